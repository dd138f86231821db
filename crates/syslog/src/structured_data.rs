//! RFC 5424, 6.3: `[id name="value" name="value"][id ...]`.

use std::borrow::Cow;

use crate::message::Problem;

/// The structured data of a message, as written. Its elements are read when they are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StructuredData<'a> {
    raw: &'a [u8],
}

/// One element: its id, and its parameters as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    pub id: &'a str,
    parameters: &'a [u8],
}

impl<'a> StructuredData<'a> {
    /// The text as written, empty where there is none.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    pub fn elements(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut rest = self.raw;
        std::iter::from_fn(move || {
            let (element, behind) = element(rest, &mut |_| {}).ok()?;
            rest = behind;
            Some(element)
        })
    }

    /// The first parameter of that name in the elements of that id.
    pub fn get(&self, id: &str, name: &str) -> Option<Cow<'a, str>> {
        let mut elements = self.elements().filter(|element| element.id == id);
        elements
            .find_map(|element| element.parameters().find(|(known, _)| *known == name))
            .map(|found| found.1)
    }

    /// Reads the structured data at the start of `bytes`, `-` too, and returns what follows.
    pub(crate) fn split(
        bytes: &'a [u8],
        problems: &mut Vec<Problem>,
    ) -> Result<(StructuredData<'a>, &'a [u8]), &'static str> {
        if let Some(rest) = bytes.strip_prefix(b"-") {
            return Ok((StructuredData::default(), rest));
        }
        let mut rest = bytes;
        // Enough to see the double ones of a message that is not made to harm.
        let mut seen: [&str; 8] = [""; 8];
        let mut count = 0;
        while rest.first() == Some(&b'[') {
            let mut complain = |problem| {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            };
            let (element, behind) = element(rest, &mut complain)?;
            if seen.contains(&element.id) {
                complain(Problem::RepeatedElement);
            }
            if let Some(slot) = seen.get_mut(count) {
                *slot = element.id;
                count += 1;
            }
            rest = behind;
        }
        if rest.len() == bytes.len() {
            return Err("it has no structured data");
        }
        let raw = bytes.get(..bytes.len() - rest.len()).unwrap_or_default();
        Ok((StructuredData { raw }, rest))
    }
}

impl<'a> Element<'a> {
    /// Names and values, in order; a name may repeat. Of the escapes only `\"`, `\\` and `\]` are any (6.3.3).
    pub fn parameters(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> + use<'a> {
        let mut rest = self.parameters;
        std::iter::from_fn(move || {
            let (name, value, behind) = parameter(rest, &mut |_| {}).ok()?;
            rest = behind;
            Some((name, unescape(value)))
        })
    }
}

/// `[id name="value"]` at the start of `bytes`.
fn element<'a>(
    bytes: &'a [u8],
    complain: &mut impl FnMut(Problem),
) -> Result<(Element<'a>, &'a [u8]), &'static str> {
    let inside = bytes.strip_prefix(b"[").ok_or("its structured data is none")?;
    let (id, parameters) = name(inside, complain)?;
    let mut rest = parameters;
    while rest.first() == Some(&b' ') {
        // `[id ]`: an empty parameter is none.
        if rest.trim_ascii_start().first() == Some(&b']') {
            rest = rest.trim_ascii_start();
            break;
        }
        rest = parameter(rest, complain)?.2;
    }
    let behind = rest.strip_prefix(b"]").ok_or("a structured data element does not end")?;
    let parameters = parameters.get(..parameters.len() - rest.len()).unwrap_or_default();
    Ok((Element { id, parameters }, behind))
}

/// ` name="value"` at the start of `bytes`: the value as written. A space behind the `=` is forgiven.
fn parameter<'a>(
    bytes: &'a [u8],
    complain: &mut impl FnMut(Problem),
) -> Result<(&'a str, &'a [u8], &'a [u8]), &'static str> {
    const WHAT: &str = "a structured data parameter is none";
    let (name, rest) = name(bytes.strip_prefix(b" ").ok_or(WHAT)?.trim_ascii_start(), complain)?;
    let value = rest.strip_prefix(b"=").ok_or(WHAT)?.trim_ascii_start().strip_prefix(b"\"").ok_or(WHAT)?;
    let mut at = 0;
    loop {
        let found = memchr::memchr3(b'"', b'\\', b']', value.get(at..).ok_or(WHAT)?).ok_or(WHAT)?;
        match value.get(at + found) {
            Some(b'\\') => at += found + 2,
            Some(b'"') => {
                let (value, rest) = value.split_at_checked(at + found).ok_or(WHAT)?;
                return Ok((name, value, rest.get(1..).unwrap_or_default()));
            }
            _ => return Err("a bracket in structured data is not escaped"),
        }
    }
}

/// An SD-NAME: printable ASCII but `=`, `]`, `"` and space, 32 at most.
fn name<'a>(
    bytes: &'a [u8],
    complain: &mut impl FnMut(Problem),
) -> Result<(&'a str, &'a [u8]), &'static str> {
    const WHAT: &str = "a structured data name is none";
    let end = bytes.iter().position(|byte| matches!(byte, b' ' | b'=' | b']' | b'"')).ok_or(WHAT)?;
    let (name, rest) = bytes.split_at_checked(end).ok_or(WHAT)?;
    if name.is_empty() {
        return Err(WHAT);
    }
    if name.len() > 32 || !name.iter().all(u8::is_ascii_graphic) {
        complain(Problem::StructuredDataName);
    }
    Ok((std::str::from_utf8(name).map_err(|_| WHAT)?, rest))
}

fn unescape(value: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', value).is_none() {
        return String::from_utf8_lossy(value);
    }
    let mut plain = Vec::with_capacity(value.len());
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escaped = bytes.next_if(|next| byte == b'\\' && matches!(next, b'"' | b'\\' | b']'));
        plain.push(escaped.unwrap_or(byte));
    }
    match String::from_utf8(plain) {
        Ok(text) => Cow::Owned(text),
        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}
