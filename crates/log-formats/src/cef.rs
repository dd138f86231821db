//! CEF (ArcSight Common Event Format, implementation standard 25), and what FortiSIEM makes of it: a space behind `CEF:`,
//! and an unescaped `rawEvent=` to the end.

use std::borrow::Cow;

/// What stands between the pipes of one line.
pub struct Header<'a> {
    pub vendor: Cow<'a, str>,
    pub product: Cow<'a, str>,
    pub signature: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub severity: Cow<'a, str>,
    /// Everything behind the seventh pipe.
    pub extension: &'a str,
}

/// More than a syslog header takes: a priority, a time, a host.
const SYSLOG_HEADER: usize = 200;

/// Where CEF begins in a line: at its start, or behind a syslog header.
pub fn cef_start(line: &str) -> Option<usize> {
    let at = line.get(..line.floor_char_boundary(SYSLOG_HEADER))?.find("CEF:")?;
    let (before, from) = line.split_at_checked(at)?;
    let version = from.get(4..)?.trim_start();
    let is_cef = version.starts_with(|digit: char| digit.is_ascii_digit());
    let is_header = before.is_empty()
        || (before.ends_with(|c: char| c.is_whitespace() || matches!(c, '>' | ':'))
            && !before.contains(['|', '=', '{', '"'])
            && (!before.contains('<') || begins_with_priority(before)));
    (is_cef && is_header).then_some(at)
}

fn begins_with_priority(line: &str) -> bool {
    let inside = line.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    inside.is_some_and(|(number, _)| number.parse::<u8>().is_ok_and(|number| number <= 191))
}

/// Whether a line is an incident of FortiSIEM, which the crate `fortisiem` reads.
pub(crate) fn is_incident(line: &str) -> bool {
    header(line).is_some_and(|header| {
        header.product.eq_ignore_ascii_case("FortiSIEM") || header.product.eq_ignore_ascii_case("AccelOps")
    })
}

/// The header of a line that begins with `CEF:`; `None` where pipes are missing.
pub fn header(cef: &str) -> Option<Header<'_>> {
    let (_version, rest) = field(cef)?;
    let (vendor, rest) = field(rest)?;
    let (product, rest) = field(rest)?;
    let (_device_version, rest) = field(rest)?;
    let (signature, rest) = field(rest)?;
    let (name, rest) = field(rest)?;
    let (severity, extension) = field(rest)?;
    Some(Header { vendor, product, signature, name, severity, extension })
}

/// Up to the next pipe that is not escaped.
fn field(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let is_end = byte == b'|' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })?;
    Some((unescape(text.get(..end)?.trim()), text.get(end + 1..)?))
}

/// The `key=value` pairs of an extension, in order. A value ends where white space and another `key=` follow; the value
/// of `rawEvent` is all the rest, as written. An escaped `\=` begins no value.
pub fn extension(text: &str) -> Extension<'_> {
    Extension { text, from: 0, current: None, is_last: false }
}

/// See [`extension`].
pub struct Extension<'a> {
    text: &'a str,
    /// Where the next `=` is looked for.
    from: usize,
    /// The key whose value is being read, and where that begins.
    current: Option<(&'a str, usize)>,
    is_last: bool,
}

impl<'a> Iterator for Extension<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_last {
            let rest = self.text.as_bytes().get(self.from..).unwrap_or_default();
            let Some(equals) = memchr::memchr(b'=', rest).map(|at| self.from + at) else {
                self.is_last = true;
                break;
            };
            self.from = equals + 1;
            let lowest = self.current.map_or(0, |(_, start)| start);
            let Some(key_start) = key_start(self.text, equals, lowest) else { continue };
            let Some(key) = self.text.get(key_start..equals) else { continue };
            self.is_last = key == "rawEvent";
            if let Some((key, start)) = self.current.replace((key, self.from)) {
                return Some((key, value(self.text, start, key_start)));
            }
        }
        let (key, start) = self.current.take()?;
        match key {
            "rawEvent" => Some((key, Cow::Borrowed(self.text.get(start..).unwrap_or_default()))),
            _ => Some((key, value(self.text, start, self.text.len()))),
        }
    }
}

/// Where the key before an `=` begins, if it is a key: a name with white space or nothing before it.
fn key_start(text: &str, equals: usize, lowest: usize) -> Option<usize> {
    let before = text.as_bytes().get(lowest..equals)?;
    let is_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'[' | b']');
    let length = before.iter().rev().take_while(|byte| is_name(byte)).count();
    let outer = before.len().checked_sub(length + 1).and_then(|at| before.get(at));
    let is_apart = outer.map_or(lowest == 0, u8::is_ascii_whitespace);
    (length > 0 && is_apart).then_some(equals - length)
}

fn value(text: &str, start: usize, end: usize) -> Cow<'_, str> {
    unescape(text.get(start..end).unwrap_or_default().trim())
}

/// `\|`, `\=`, `\\`, `\n`, `\r`. Another backslash is a backslash: Windows paths come unescaped.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = characters.peek().copied().filter(|_| character == '\\');
        let replaced = match escaped {
            Some(next @ ('|' | '=' | '\\')) => Some(next),
            Some('n' | 'r') => Some('\n'),
            _ => None,
        };
        if replaced.is_some() {
            characters.next();
        }
        plain.push(replaced.unwrap_or(character));
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let pairs: Vec<_> = extension(text).collect();
        let found: Vec<_> = pairs.iter().map(|(key, value)| (*key, value.as_ref())).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn values_hold_spaces_and_end_before_the_next_key() {
        check(
            "src=192.0.2.1 msg=two words here dst=192.0.2.2",
            &[("src", "192.0.2.1"), ("msg", "two words here"), ("dst", "192.0.2.2")],
        );
        check("cs3=a:b,  cs5=7", &[("cs3", "a:b,"), ("cs5", "7")]);
        check("msg=a\\=b c\\\\d\\ne", &[("msg", "a=b c\\d\ne")]);
        check("a= b=x", &[("a", ""), ("b", "x")]);
        check("", &[]);
        check("no pairs", &[]);
        check("a=b=c", &[("a", "b=c")]);
        check("msg=x=y z", &[("msg", "x=y z")]);
    }

    #[test]
    fn a_raw_event_takes_all_the_rest_as_written() {
        check(
            "cnt=2 rawEvent=<e a=\"1\"> src=192.0.2.9 \\n",
            &[("cnt", "2"), ("rawEvent", "<e a=\"1\"> src=192.0.2.9 \\n")],
        );
    }

    #[test]
    fn pipes_are_escaped_in_the_header() {
        let Some(header) = header(r"CEF: 0|Ve\|ndor|Pro\\duct|1|7|na\|me|5|k=v|w") else {
            unreachable!("the header is complete")
        };
        assert_eq!((&*header.product, &*header.name), ("Pro\\duct", "na|me"));
        assert_eq!((&*header.severity, header.extension), ("5", "k=v|w"));
        assert!(super::header("CEF:0|a|b|c|d|e").is_none());
    }

    #[test]
    fn cef_begins_a_line_or_follows_a_syslog_header() {
        for line in [
            "CEF:0|",
            "CEF: 0|",
            "<134>CEF:0|",
            "May 14 14:19:36 192.0.2.2 CEF: 0|",
            "<14>1 - h a - - - CEF:1|",
        ] {
            assert!(cef_start(line).is_some(), "{line:?}");
        }
        for line in ["", "CEF", "CEF:x|", "a|CEF:0|", "<incident>CEF:0|", "xCEF:0|", "{\"a\": \"CEF:0|"] {
            assert!(cef_start(line).is_none(), "{line:?}");
        }
    }
}
