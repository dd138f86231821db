//! Entries: `<entry attribute= name=>` elements and `attr:value,` lists.

use std::net::IpAddr;

use vocab::Entry;

use crate::addresses::{NoAddress, address};
use crate::known_attributes::is_known;
use crate::reading::{Reading, present};

/// An entry of clean parts; `None` where the value says nothing.
pub(crate) fn entry(
    reading: &mut Reading<'_>,
    attribute: &str,
    label: &str,
    value: &str,
    path: &str,
) -> Option<Entry> {
    let value = reading.text(value, path)?;
    let label = reading.text(label, path).unwrap_or_default();
    let attribute = reading.text(attribute, path);
    let (value, note) = match split_note(&value) {
        Some((value, note)) => (value.to_owned(), Some(note.to_owned())),
        None => (value, None),
    };
    Some(Entry { attribute: attribute.unwrap_or_else(|| label.clone()), label, value, note })
}

/// `10.0.0.5 (HOST-1)` is a value and a note. A value with white space of its own (`C:\Program Files (x86)`) has none.
fn split_note(text: &str) -> Option<(&str, &str)> {
    let (value, note) = text.strip_suffix(')')?.split_once(" (")?;
    let (value, note) = (value.trim(), note.trim());
    let is_single = !value.is_empty() && !value.contains(char::is_whitespace);
    (is_single && !note.is_empty()).then_some((value, note))
}

/// Splits `attr:value, attr:value,`. The first name may be any; a later one has to be a name FortiSIEM is known to
/// use, because values hold commas and colons. A text before any name is an entry of the list's own name.
pub(crate) fn attribute_list(reading: &mut Reading<'_>, text: &str, list_name: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let Some(text) = present(text) else { return entries };
    let mut current = leading_name(text, |_| true).unwrap_or((list_name, text));
    let mut from = 0;
    while let Some(comma) = current.1.get(from..).and_then(|rest| rest.find(',')) {
        let behind = current.1.get(from + comma + 1..).unwrap_or_default();
        match leading_name(behind.trim_start(), is_known) {
            Some(next) => {
                let value = current.1.get(..from + comma).unwrap_or_default();
                push(reading, &mut entries, (current.0, value), list_name);
                (current, from) = (next, 0);
            }
            None => from += comma + 1,
        }
        if entries.len() > reading.limits.members {
            reading.problem(list_name, "the list has too many entries; the rest was left out");
            return entries;
        }
    }
    push(reading, &mut entries, current, list_name);
    entries
}

fn push(reading: &mut Reading<'_>, entries: &mut Vec<Entry>, (name, value): (&str, &str), list_name: &str) {
    let value = value.trim_matches(|c: char| c.is_whitespace() || c == ',');
    entries.extend(entry(reading, name, "", value, list_name));
}

/// `srcIpAddr:` at the start, and what follows it.
fn leading_name(text: &str, is_accepted: fn(&str) -> bool) -> Option<(&str, &str)> {
    // Only the name is looked at, not all of the text for a colon: this runs once per comma.
    let end = text.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_')?;
    let (name, rest) = text.split_at_checked(end)?;
    let value = rest.strip_prefix(':')?;
    (!name.is_empty() && !value.starts_with("//") && is_accepted(name)).then_some((name, value))
}

/// The address of the first entry of `attribute` that has one. Entries without are problems, and stay as they are.
pub(crate) fn address_of(
    reading: &mut Reading<'_>,
    entries: &[Entry],
    attribute: &str,
    path: &str,
) -> Option<IpAddr> {
    let mut candidates = entries.iter().filter(|entry| entry.attribute == attribute);
    candidates.find_map(|entry| readable_address(reading, &entry.value, &format!("{path}/{attribute}")))
}

pub(crate) fn readable_address(reading: &mut Reading<'_>, text: &str, path: &str) -> Option<IpAddr> {
    let message = match address(text) {
        Ok(address) => return Some(address),
        Err(NoAddress::Unspecified) => "the address is unspecified; kept as text",
        Err(NoAddress::Unreadable) => "not an address; kept as text",
    };
    reading.problem(path, message);
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let limits = Limits::default();
        let entries = attribute_list(&mut Reading::new(&limits, None, ""), text, "incidentSrc");
        let found: Vec<_> =
            entries.iter().map(|entry| (entry.attribute.as_str(), entry.value.as_str())).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn a_list_is_split_on_known_names_only() {
        check("", &[]);
        check(" , ", &[]);
        check("srcIpAddr:192.0.2.1,", &[("srcIpAddr", "192.0.2.1")]);
        check("srcIpAddr:192.0.2.1, user:ana, ", &[("srcIpAddr", "192.0.2.1"), ("user", "ana")]);
        check(
            "vulnName:Overflow, remote, severity: high, ",
            &[("vulnName", "Overflow, remote"), ("severity", "high")],
        );
        check("user:ana, note:x", &[("user", "ana, note:x")]);
        check("customThing:one,user:bo", &[("customThing", "one"), ("user", "bo")]);
        check(
            "url:https://a.example/x,y:z,hostName:h",
            &[("url", "https://a.example/x,y:z"), ("hostName", "h")],
        );
        check("srcIpAddr:2001:db8::1,", &[("srcIpAddr", "2001:db8::1")]);
        check("https://a.example/", &[("incidentSrc", "https://a.example/")]);
        check("just text", &[("incidentSrc", "just text")]);
        check("user:,hostName:h,", &[("hostName", "h")]);
        check("user:null,", &[]);
    }

    #[test]
    fn brackets_behind_a_single_word_are_a_note() {
        assert_eq!(split_note("192.0.2.5 (HOST-1)"), Some(("192.0.2.5", "HOST-1")));
        assert_eq!(split_note("17 (UDP)"), Some(("17", "UDP")));
        assert_eq!(split_note("ana (Ana (Night) Shift)"), Some(("ana", "Ana (Night) Shift")));
        for whole in ["C:\\Program Files (x86)", "(alone)", "f(x)", "a ()", "a (b", "plain"] {
            assert_eq!(split_note(whole), None, "{whole:?}");
        }
    }
}
