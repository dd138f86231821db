//! What is wrong with a rule, and where.

use std::fmt;

/// Why a rule cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In the text as it was given, from 1.
    pub line: usize,
    /// The feature that this engine does not have, where that is the reason.
    pub unsupported: Option<&'static str>,
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Fault {}

/// Features that are refused, the text by which each is known, and how it is called.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("near", "`near` in a condition (use a temporal correlation)"),
    ("| count", "aggregation in a condition (use an event_count correlation)"),
    ("| sum", "aggregation in a condition (use a value_sum correlation)"),
    ("| min", "aggregation in a condition"),
    ("| max", "aggregation in a condition"),
    ("| avg", "aggregation in a condition (use a value_avg correlation)"),
];

impl Fault {
    pub(crate) fn at(line: usize, message: impl Into<String>) -> Self {
        Fault { line, unsupported: None, message: message.into() }
    }

    pub(crate) fn unsupported(line: usize, feature: &'static str) -> Self {
        Fault { line, unsupported: Some(feature), message: format!("not supported: {feature}") }
    }

    /// A parser's or compiler's complaint, with the line it is about as far as it can be told.
    pub(crate) fn about(yaml: &str, complaint: &str) -> Self {
        let condition = line_with(yaml, "condition:");
        if complaint.starts_with("Condition")
            && let Some((_, feature)) = UNSUPPORTED.iter().find(|(mark, _)| {
                yaml.lines().any(|line| line.trim_start().starts_with("condition:") && line.contains(mark))
            })
        {
            return Fault::unsupported(condition.unwrap_or(1), feature);
        }
        let quoted = complaint.split(['\'', '`', '"']).nth(1).and_then(|word| line_with(yaml, word));
        let told = number_behind(complaint, "line ");
        let by_word = complaint.starts_with("Condition").then_some(condition).flatten();
        // `unknown detection identifier: missing`
        let last = complaint.rsplit_once(": ").and_then(|(_, word)| line_with(yaml, word));
        Fault::at(told.or(by_word).or(quoted).or(last).unwrap_or(1), complaint)
    }
}

pub(crate) fn line_with(yaml: &str, word: &str) -> Option<usize> {
    if word.is_empty() {
        return None;
    }
    yaml.lines().position(|line| line.contains(word)).map(|index| index + 1)
}

fn number_behind(text: &str, word: &str) -> Option<usize> {
    let (_, rest) = text.split_once(word)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}
