//! What every format needs while it reads one incident: the limits, the zone, the problems so far, and clean text.

use std::borrow::Cow;
use std::fmt::Write;

use time::UtcOffset;
use vocab::Problem;

use crate::limits::Limits;

pub(crate) struct Reading<'l> {
    pub limits: &'l Limits,
    /// The zone of times that name none, or an ambiguous one.
    pub zone: Option<UtcOffset>,
    /// What stands before every path of this incident: `incident/`, `data[3].`, nothing.
    prefix: String,
    pub problems: Vec<Problem>,
}

/// A hostile incident shall not write a problem per byte.
const MAX_PROBLEMS: usize = 50;

impl<'l> Reading<'l> {
    pub fn new(limits: &'l Limits, zone: Option<UtcOffset>, prefix: impl Into<String>) -> Self {
        Self { limits, zone, prefix: prefix.into(), problems: Vec::new() }
    }

    pub fn problem(&mut self, path: &str, message: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            let path = format!("{}{path}", self.prefix);
            self.problems.push(Problem { path, message: message.into() });
        }
    }

    /// The text trimmed, bounded and without control characters; `None` for an empty text and the literal `null`.
    pub fn text(&mut self, text: &str, path: &str) -> Option<String> {
        let mut text = present(text)?;
        if text.len() > self.limits.text_bytes {
            text = text.get(..text.floor_char_boundary(self.limits.text_bytes)).unwrap_or_default();
            self.problem(path, format!("the text was cut at {} bytes", self.limits.text_bytes));
        }
        Some(visible(text).into_owned())
    }
}

/// The text without the white space around it, unless it says nothing.
pub(crate) fn present(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && !text.eq_ignore_ascii_case("null")).then_some(text)
}

/// Control characters as visible escapes (`\u0000`): a database text cannot hold NUL, and a terminal obeys the others.
/// Tabs and line feeds stay; CR LF becomes LF.
fn visible(text: &str) -> Cow<'_, str> {
    let is_plain =
        |byte: u8| (0x20..0x7f).contains(&byte) || byte > 0xc2 || matches!(byte, b'\t' | b'\n' | 0x80..0xc2);
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\t' | '\n' => clean.push(character),
            _ if character.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(clean, "\\u{:04x}", u32::from(character));
            }
            _ => clean.push(character),
        }
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        assert_eq!(visible(input), expected, "{input:?}");
    }

    #[test]
    fn control_characters_become_visible_and_nothing_else_changes() {
        check("plain text, ñ, 漢字, 🦀", "plain text, ñ, 漢字, 🦀");
        check("a\u{0}b", "a\\u0000b");
        check("bell\u{7}", "bell\\u0007");
        check("delete\u{7f}", "delete\\u007f");
        check("next line\u{85}", "next line\\u0085");
        check("\u{1b}[31mred", "\\u001b[31mred");
        check("tab\tand\nline", "tab\tand\nline");
        check("dos\r\nlines", "dos\nlines");
        check("old\rmac", "old\\u000dmac");
        check("a non-breaking\u{a0}space", "a non-breaking\u{a0}space");
    }

    #[test]
    fn a_text_that_says_nothing_is_absent() {
        for empty in ["", "  \n\t ", "null", " NULL ", "Null"] {
            assert_eq!(present(empty), None, "{empty:?}");
        }
        assert_eq!(present(" nullify "), Some("nullify"));
    }

    #[test]
    fn a_text_beyond_the_limit_is_cut_between_characters_and_noted() {
        let limits = Limits { text_bytes: 5, ..Limits::default() };
        let mut reading = Reading::new(&limits, None, "incident/");
        assert_eq!(reading.text("añañañ", "name").as_deref(), Some("aña"));
        assert_eq!(reading.problems[0].path, "incident/name");
    }
}
