//! Cells that a spreadsheet shows rather than runs (CWE-1236).
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a line break is a formula to a spreadsheet; where it splits at
//! `;`, tabs or line breaks too, so is what follows one of those inside a cell. An export puts an apostrophe before
//! each such character, and before an apostrophe that stands there already. An import takes exactly those apostrophes
//! off again, so that what was exported comes back as it was.

use std::borrow::Cow;

/// Follows a text character by character, and knows where an apostrophe is needed.
struct Watch {
    is_first: bool,
    begins: bool,
}

impl Watch {
    fn new() -> Self {
        Self { is_first: true, begins: true }
    }

    /// Whether `c`, coming next, gets an apostrophe.
    fn guards(&self, c: char) -> bool {
        match c {
            // The wide forms are formulas to East Asian spreadsheets.
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\'' => self.begins,
            '\t' | '\r' | '\n' => self.is_first,
            _ => false,
        }
    }

    fn pass(&mut self, c: char) {
        self.is_first = false;
        // Spaces and quotes do not make a formula text.
        self.begins = matches!(c, ';' | '\t' | '\r' | '\n') || (self.begins && matches!(c, ' ' | '"'));
    }
}

/// A cell as an export writes it.
pub fn guarded(text: &str) -> Cow<'_, str> {
    let mut watch = Watch::new();
    let mut written = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if watch.guards(c) {
            written.push('\'');
        }
        watch.pass(c);
        written.push(c);
    }
    if written.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(written) }
}

/// A cell as it was before [`guarded`].
pub fn unguarded(text: &str) -> Cow<'_, str> {
    let mut watch = Watch::new();
    let mut read = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(mut c) = rest.next() {
        if c == '\''
            && watch.begins
            && let Some(guarded) = rest.next_if(|next| watch.guards(*next))
        {
            c = guarded;
        }
        watch.pass(c);
        read.push(c);
    }
    if read.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(read) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{guarded, unguarded};

    #[test]
    fn what_a_spreadsheet_would_run_gets_an_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1"] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        for text in ["", "web01", "a=b", "1-1", " x", "a;b=1", "a;\nb"] {
            assert_eq!(guarded(text), text);
        }
        for (text, written) in
            [("a;=1", "a;'=1"), ("a; \"=1", "a; \"'=1"), ("a\n@b", "a\n'@b"), (" =1", " '=1")]
        {
            assert_eq!(guarded(text), written);
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_as_it_was(text in "['=+@;\" \t\r\n-]{0,6}.{0,5}[;'= ]{0,4}") {
            let written = guarded(&text).into_owned();
            prop_assert!(!written.starts_with(['\t', '\r', '\n']));
            for piece in written.split([';', '\t', '\r', '\n']) {
                let begin = piece.trim_start_matches([' ', '"']);
                prop_assert!(!begin.starts_with(['=', '+', '-', '@']), "{:?}", written);
            }
            let read = unguarded(&written);
            prop_assert_eq!(read.as_ref(), text.as_str());
        }
    }
}
