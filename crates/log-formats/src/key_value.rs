//! `key=value key="value"`, and the same with commas (FortiGate's `set format csv`).
//!
//! A value in quotes ends at a quote that another `key=` or the end follows. `\"` never ends it, and any other quote is
//! part of it: whoever can write into a value cannot end it by a quote of his own alone.

use std::borrow::Cow;

use crate::event::{Context, Event, Format, Problem, Unparsed};
use crate::{fortigate, json_event};

/// No key is longer.
const KEY: usize = 64;

/// So few pairs may be in any text.
const FEWEST: usize = 3;

/// Whether a text begins with `key=`, and not with a word of prose.
pub(crate) fn begins(text: &str) -> bool {
    key(text.as_bytes()).is_some_and(|length| length > 1)
}

/// Where the first `key=` stands, behind the words of a header.
pub(crate) fn first_pair(text: &str) -> Option<usize> {
    let words = text.split_inclusive([' ', ',']).take(6);
    let mut at = 0;
    for word in words {
        if begins(word) {
            return Some(at);
        }
        at += word.len();
    }
    None
}

pub(crate) fn read<'a>(event: &mut Event<'a>, text: &'a str, context: &Context) -> Result<(), Unparsed> {
    event.fields.reserve(64);
    let mut pairs = Pairs::new(text);
    let mut stray: Option<&'a str> = None;
    while let Some(item) = pairs.next() {
        match item {
            Item::Pair(key, value) => event.push(Cow::Borrowed(key), value),
            Item::Stray(text) => {
                event.problem(Problem::StrayText);
                stray = stray.or(Some(text));
            }
        }
        if event.is_full() {
            break;
        }
    }
    if pairs.is_truncated {
        event.problem(Problem::Truncated);
    }
    let is_fortigate = context.format.is_some_and(Format::is_fortigate) || fortigate::is_one(&event.fields);
    if event.fields.is_empty() || (event.fields.len() < FEWEST && context.format.is_none() && !is_fortigate) {
        return Err(Unparsed::NotKeyValue);
    }
    if is_fortigate {
        let is_csv = pairs.separator == Some(b',');
        event.format = if is_csv { Format::FortigateCsv } else { Format::FortigateKeyValue };
        fortigate::map(event, context);
    } else {
        event.format = Format::KeyValue;
        json_event::map(event, context);
    }
    event.message = event.message.take().or(stray.map(Cow::Borrowed));
    Ok(())
}

enum Item<'a> {
    Pair(&'a str, Cow<'a, str>),
    Stray(&'a str),
}

struct Pairs<'a> {
    text: &'a str,
    at: usize,
    /// Space or comma, as the first value shows.
    separator: Option<u8>,
    /// No quote from here on is followed by `key=` or the end: searched once, not for every value again.
    is_without_end: bool,
    is_truncated: bool,
}

impl<'a> Pairs<'a> {
    fn new(text: &'a str) -> Self {
        // Some relays put a bar behind the last value.
        let text = text.trim_end_matches(['|', ' ', '\t', '\r', '\n', '\0']);
        Pairs { text, at: 0, separator: None, is_without_end: false, is_truncated: false }
    }

    fn rest(&self, at: usize) -> &'a [u8] {
        self.text.as_bytes().get(at..).unwrap_or_default()
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn is_separator(&self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t') || (byte == b',' && self.separator != Some(b' '))
    }

    fn separators(&self, at: usize) -> usize {
        self.rest(at).iter().take_while(|byte| self.is_separator(**byte)).count()
    }

    fn next(&mut self) -> Option<Item<'a>> {
        self.at += self.separators(self.at);
        if self.at >= self.text.len() {
            return None;
        }
        let Some(length) = key(self.rest(self.at)) else {
            let start = self.at;
            self.at = self.before_next_pair(start);
            return Some(Item::Stray(self.slice(start, self.at).trim_end()));
        };
        let name = self.slice(self.at, self.at + length);
        let start = self.at + length + 1;
        let value = match self.rest(start).first() {
            Some(b'"') => self.quoted(start + 1),
            _ => self.unquoted(start),
        };
        Some(Item::Pair(name, value))
    }

    /// Where a value without quotes or a stray text ends: where separators and another `key=` follow.
    fn before_next_pair(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            let word = self.rest(at).iter().take_while(|byte| !self.is_separator(**byte)).count();
            let end = at + word;
            let gap = self.separators(end);
            if gap == 0 || end + gap >= self.text.len() {
                return end;
            }
            if key(self.rest(end + gap)).is_some() {
                return end;
            }
            at = end + gap;
        }
    }

    fn unquoted(&mut self, start: usize) -> Cow<'a, str> {
        let first = self.rest(start).first();
        // `group= srcip=...`: nothing, and then another key.
        let is_empty = first.is_none_or(|byte| {
            self.is_separator(*byte) && key(self.rest(start + self.separators(start))).is_some()
        });
        let end = if is_empty { start } else { self.before_next_pair(start) };
        self.separate(end);
        self.at = end;
        Cow::Borrowed(self.slice(start, end).trim())
    }

    fn quoted(&mut self, start: usize) -> Cow<'a, str> {
        let mut at = start;
        let mut first = None;
        let mut has_escapes = false;
        let end = loop {
            let Some(found) = memchr::memchr2(b'"', b'\\', self.rest(at)).map(|found| at + found) else {
                self.is_without_end |= first.is_some();
                self.is_truncated |= first.is_none();
                break first.unwrap_or(self.text.len());
            };
            if self.rest(found).first() == Some(&b'\\') {
                has_escapes = true;
                at = found + 2;
            } else if self.is_end(found + 1) || (self.is_without_end && first.is_none()) {
                break found;
            } else {
                first = first.or(Some(found));
                at = found + 1;
            }
        };
        self.separate(end + 1);
        self.at = (end + 1).min(self.text.len());
        let value = self.slice(start, end.min(self.text.len()));
        if has_escapes { unescape(value) } else { Cow::Borrowed(value) }
    }

    /// Whether a value may end here: the text does, or separators and another key follow.
    fn is_end(&self, at: usize) -> bool {
        let gap = self.separators(at);
        at + gap >= self.text.len() || (gap > 0 && key(self.rest(at + gap)).is_some())
    }

    fn separate(&mut self, end: usize) {
        if self.separator.is_none() {
            self.separator = self.rest(end).first().map(|byte| if *byte == b',' { b',' } else { b' ' });
        }
    }
}

/// How long the key at the start is, if `=` follows it.
fn key(bytes: &[u8]) -> Option<usize> {
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = bytes.iter().take(KEY + 1).take_while(|byte| is_key(byte)).count();
    (length > 0 && length <= KEY && bytes.get(length) == Some(&b'=')).then_some(length)
}

/// `\"` and `\\`. Another backslash is one: Windows paths come as they are.
fn unescape(value: &str) -> Cow<'_, str> {
    let mut plain = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let is_escape = matches!(rest.as_bytes().get(at + 1), Some(b'"' | b'\\'));
        let kept = if is_escape { at } else { at + 1 };
        plain.push_str(rest.get(..kept).unwrap_or_default());
        let escaped = at + 1;
        let behind = if is_escape { escaped + 1 } else { escaped };
        plain.push_str(rest.get(escaped..behind).unwrap_or_default());
        rest = rest.get(behind..).unwrap_or_default();
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}
