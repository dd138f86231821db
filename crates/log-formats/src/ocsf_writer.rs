//! JSON, written straight to its text: a tree of values would cost more than reading the event did.

use std::fmt::Write;

/// An object being written. Members come in the order in which they are written, and their names are known to be plain.
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    pub fn new() -> Self {
        let mut out = String::with_capacity(4096);
        out.push('{');
        Writer { out }
    }

    pub fn finish(mut self) -> String {
        self.out.push('}');
        self.out
    }

    fn comma(&mut self) {
        if !self.out.ends_with(['{', '[']) {
            self.out.push(',');
        }
    }

    fn key(&mut self, name: &str) {
        self.comma();
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    pub fn number(&mut self, name: &str, value: i128) {
        self.key(name);
        // Writing to a string does not fail.
        let _ = write!(self.out, "{value}");
    }

    /// Anything that says itself in plain characters, such as an address.
    pub fn plain(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.key(name);
            let _ = write!(self.out, "\"{value}\"");
        }
    }

    pub fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.key(name);
            self.string(value);
        }
    }

    /// A whole number that a field has as text, if it is one.
    pub fn digits(&mut self, name: &str, value: Option<&str>) {
        if let Some(number) = value.and_then(|value| value.parse::<i64>().ok()) {
            self.number(name, i128::from(number));
        }
    }

    /// A member whose name is not known to be plain.
    pub fn field(&mut self, name: &str, values: &[&str]) {
        self.comma();
        self.string(name);
        self.out.push(':');
        match values {
            [value] => self.string(value),
            _ => {
                self.out.push('[');
                for value in values {
                    self.comma();
                    self.string(value);
                }
                self.out.push(']');
            }
        }
    }

    /// An object within; nothing if nothing is written into it.
    pub fn object(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.nested(name, "{", "}", fill);
    }

    /// A list of one object; nothing if nothing is written into that.
    pub fn list_of_one(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.nested(name, "[{", "}]", fill);
    }

    fn nested(&mut self, name: &str, open: &str, close: &str, fill: impl FnOnce(&mut Self)) {
        let before = self.out.len();
        self.key(name);
        self.out.push_str(open);
        let start = self.out.len();
        fill(self);
        if self.out.len() == start {
            self.out.truncate(before);
        } else {
            self.out.push_str(close);
        }
    }

    fn string(&mut self, value: &str) {
        self.out.push('"');
        let mut rest = value;
        while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.out.push_str(before);
            match from.as_bytes().first() {
                Some(b'"') => self.out.push_str("\\\""),
                Some(b'\\') => self.out.push_str("\\\\"),
                Some(b'\n') => self.out.push_str("\\n"),
                Some(b'\r') => self.out.push_str("\\r"),
                Some(b'\t') => self.out.push_str("\\t"),
                byte => {
                    let _ = write!(self.out, "\\u{:04x}", byte.copied().unwrap_or_default());
                }
            }
            rest = from.get(1..).unwrap_or_default();
        }
        self.out.push_str(rest);
        self.out.push('"');
    }
}
