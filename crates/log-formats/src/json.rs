//! JSON (RFC 8259) to fields: `{"a": {"b": 1}, "c": ["x", "y"]}` is `a.b=1`, `c=x`, `c=y`. Numbers stay as written, so that no
//! digit is lost; null is no field. Of a text that ends too early, as datagrams do, what was whole is kept.

use std::borrow::Cow;

use crate::event::{Event, Problem};
use crate::text::without_nul;
use crate::windows_names::{self, Place};

/// Objects and arrays within each other.
const DEPTH: usize = 16;

/// Why a text is not read to its end.
enum Stop {
    /// It ends within a value.
    End,
    /// It is no JSON.
    Malformed,
}

/// Which of the senders' own objects were there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub winlog: bool,
    pub wazuh: bool,
    pub event: bool,
}

/// The name of a member, which an array gives to each of its elements.
struct Key<'a>(Cow<'a, str>);

struct Reader<'t, 'a> {
    text: &'a str,
    at: usize,
    /// The names of the objects around, joined by dots.
    path: String,
    place: Place,
    depth: usize,
    event: &'t mut Event<'a>,
    seen: Seen,
}

/// Reads an object into fields. `None` if nothing of one is there.
pub(crate) fn read<'a>(event: &mut Event<'a>, text: &'a str) -> Option<Seen> {
    let mut reader = Reader {
        text,
        at: 0,
        path: String::new(),
        place: Place::Top,
        depth: 0,
        event,
        seen: Seen::default(),
    };
    reader.space();
    if reader.peek() != Some(b'{') {
        return None;
    }
    let end = reader.object();
    let (at, seen) = (reader.at, reader.seen);
    match end {
        Ok(()) if !text.get(at..).unwrap_or_default().trim().is_empty() => event.problem(Problem::StrayText),
        Ok(()) => {}
        Err(Stop::End) => event.problem(Problem::Truncated),
        Err(Stop::Malformed) => return None,
    }
    (!event.fields.is_empty() || !event.problems.contains(&Problem::Truncated)).then_some(seen)
}

impl<'a> Reader<'_, 'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    }

    /// Takes one of two bytes, white space before and behind it too.
    fn one_of(&mut self, first: u8, second: u8) -> Result<u8, Stop> {
        self.space();
        let byte = self.peek().ok_or(Stop::End)?;
        if byte != first && byte != second {
            return Err(Stop::Malformed);
        }
        self.at += 1;
        self.space();
        Ok(byte)
    }

    fn object(&mut self) -> Result<(), Stop> {
        self.one_of(b'{', b'{')?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek().ok_or(Stop::End)? != b'"' {
                return Err(Stop::Malformed);
            }
            let key = Key(self.string()?);
            self.one_of(b':', b':')?;
            self.value(&key)?;
            if self.one_of(b',', b'}')? == b'}' {
                return Ok(());
            }
        }
    }

    fn array(&mut self, key: &Key<'a>) -> Result<(), Stop> {
        self.one_of(b'[', b'[')?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(key)?;
            if self.one_of(b',', b']')? == b']' {
                return Ok(());
            }
        }
    }

    fn value(&mut self, key: &Key<'a>) -> Result<(), Stop> {
        match self.peek().ok_or(Stop::End)? {
            b'{' | b'[' if self.depth >= DEPTH => {
                self.event.problem(Problem::TooDeep);
                self.skip()
            }
            b'{' => self.within(&key.0),
            b'[' => {
                self.depth += 1;
                let outcome = self.array(key);
                self.depth -= 1;
                outcome
            }
            b'"' => {
                let value = self.string()?;
                self.push(key, without_nul(value));
                Ok(())
            }
            _ => {
                let value = self.scalar()?;
                if value != "null" {
                    self.push(key, Cow::Borrowed(value));
                }
                Ok(())
            }
        }
    }

    /// Reads the object that a member is.
    fn within(&mut self, key: &str) -> Result<(), Stop> {
        let (length, place) = (self.path.len(), self.place);
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(key);
        self.place = windows_names::place(&self.path);
        self.seen.winlog |= self.path == "winlog";
        self.seen.wazuh |= matches!(self.path.as_str(), "win" | "data.win");
        self.seen.event |= self.path == "Event.System";
        self.depth += 1;
        let outcome = self.object();
        self.depth -= 1;
        self.path.truncate(length);
        self.place = place;
        outcome
    }

    fn push(&mut self, key: &Key<'a>, value: Cow<'a, str>) {
        let name = windows_names::own_name(self.place, &self.path, &key.0);
        self.event.push(without_nul(name), value);
    }

    fn scalar(&mut self) -> Result<&'a str, Stop> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = rest.iter().take_while(|byte| is_part(byte)).count();
        let value = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        let is_value = matches!(value, "true" | "false" | "null")
            || (value.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && value.len() < 400);
        match (is_value, self.peek()) {
            (_, None) => Err(Stop::End),
            (true, _) => Ok(value),
            (false, _) => Err(Stop::Malformed),
        }
    }

    /// The text of a string, its escapes resolved.
    fn string(&mut self) -> Result<Cow<'a, str>, Stop> {
        let start = self.at + 1;
        let mut at = start;
        let mut has_escapes = false;
        loop {
            let rest = self.text.as_bytes().get(at..).ok_or(Stop::End)?;
            let found = at + memchr::memchr2(b'"', b'\\', rest).ok_or(Stop::End)?;
            if self.text.as_bytes().get(found) == Some(&b'"') {
                self.at = found + 1;
                let raw = self.text.get(start..found).ok_or(Stop::Malformed)?;
                return Ok(if has_escapes { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) });
            }
            has_escapes = true;
            at = found + 2;
        }
    }

    /// Goes behind a value that is too deep, without going into it.
    fn skip(&mut self) -> Result<(), Stop> {
        let mut depth = 0_usize;
        loop {
            match self.peek().ok_or(Stop::End)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Resolves escapes. One that JSON does not know stays as written: paths come unescaped.
fn unescape(raw: &str) -> String {
    let mut plain = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        plain.push_str(rest.get(..at).unwrap_or_default());
        let escape = rest.get(at..).unwrap_or_default();
        let (character, length) = match escape.as_bytes().get(1) {
            Some(byte @ (b'"' | b'\\' | b'/')) => (char::from(*byte), 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'u') => unicode(escape).unwrap_or(('\\', 1)),
            _ => ('\\', 1),
        };
        plain.push(character);
        rest = escape.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

/// `\u00f1`, or a pair of surrogates; a single one is U+FFFD.
fn unicode(escape: &str) -> Option<(char, usize)> {
    let unit = |from: usize| {
        let digits =
            escape.get(from..from + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    let first = unit(2)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 6));
    }
    let second = unit(8).filter(|_| escape.get(6..8) == Some("\\u"));
    let second = second.filter(|second| first < 0xDC00 && (0xDC00..0xE000).contains(second));
    match second.and_then(|second| char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))) {
        Some(character) => Some((character, 12)),
        None => Some((char::REPLACEMENT_CHARACTER, 6)),
    }
}
