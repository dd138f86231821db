//! Checking what people type: lengths, control characters, tags. Every mistake is told at once.

use platform::error::FieldError;
use platform::{Error, Result};

#[derive(Default)]
pub struct Checks {
    errors: Vec<FieldError>,
}

impl Checks {
    /// One line, kept trimmed; between `min` and `max` characters.
    pub fn line(&mut self, path: &str, text: &str, min: usize, max: usize) -> String {
        self.check(path, text, min, max, |c| !c.is_control())
    }

    /// Several lines, kept trimmed; between `min` and `max` bytes.
    pub fn text(&mut self, path: &str, text: &str, min: usize, max: usize) -> String {
        self.check(path, text, min, max, |c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
    }

    fn check(&mut self, path: &str, text: &str, min: usize, max: usize, allowed: fn(char) -> bool) -> String {
        // The description's limit counts what was sent, the space around it too.
        let length = if max > 4000 { text.len() } else { text.chars().count() };
        let text = text.trim();
        if text.len() < min {
            self.wrong(path, "must not be empty");
        } else if length > max {
            self.wrong(path, format!("is longer than {max}"));
        } else if !text.chars().all(allowed) {
            self.wrong(path, "has control characters");
        }
        text.to_owned()
    }

    /// Tags: lower case, without commas, each once, at most 20 of 50 characters.
    pub fn tags(&mut self, path: &str, tags: &[String]) -> Vec<String> {
        if tags.len() > 20 {
            self.wrong(path, "has more than 20 tags");
            return Vec::new();
        }
        let mut clean = Vec::new();
        for (index, tag) in tags.iter().enumerate() {
            let at = format!("{path}[{index}]");
            if tag.contains(',') {
                self.wrong(&at, "has a comma");
            }
            let tag = self.line(&at, &tag.to_lowercase(), 1, 50);
            if !clean.contains(&tag) {
                clean.push(tag);
            }
        }
        clean
    }

    pub fn wrong(&mut self, path: &str, message: impl Into<String>) {
        self.errors.push(FieldError { path: path.to_owned(), message: message.into() });
    }

    /// The value, or everything that is wrong with it.
    pub fn done<T>(self, value: T) -> Result<T> {
        if self.errors.is_empty() { Ok(value) } else { Err(Error::invalid(self.errors)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_at_once() {
        let mut checks = Checks::default();
        checks.line("title", "  ", 1, 10);
        checks.text("reason", "a\0b", 1, 10);
        checks.tags("tags", &["a,b".to_owned(), "x".repeat(51)]);
        let Err(Error::Problem(problem)) = checks.done(()) else { unreachable!("it is wrong") };
        let paths = problem.errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>();
        assert_eq!(paths, ["title", "reason", "tags[0]", "tags[1]"]);
    }

    #[test]
    fn tags_are_lower_case_and_there_once() {
        let mut checks = Checks::default();
        let tags = checks.tags("tags", &["VIP".to_owned(), "vip".to_owned(), " a b ".to_owned()]);
        assert_eq!(tags, ["vip", "a b"]);
        assert!(checks.done(()).is_ok());
    }
}
