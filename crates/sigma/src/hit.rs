//! What a rule said of an event.

use serde::Serialize;

/// A rule that says "this", with its reasons.
#[derive(Debug, Clone, Serialize)]
pub struct Hit {
    /// The rule's place in the list that the rule set was made of.
    #[serde(skip)]
    pub rule: usize,
    /// The named parts of the rule that held.
    pub selections: Vec<String>,
    pub matched: Vec<Matched>,
    pub correlated: Option<Correlated>,
}

/// One field that a rule looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Matched {
    pub selection: Option<String>,
    pub field: String,
    pub value: Option<String>,
    /// What it was compared with.
    pub pattern: Option<String>,
}

/// What several events together met.
#[derive(Debug, Clone, Serialize)]
pub struct Correlated {
    /// `event_count`, `value_count`, `temporal` ...
    pub kind: &'static str,
    /// What the events have in common.
    pub group: Vec<(String, String)>,
    pub value: f64,
    pub threshold: Option<u64>,
    pub timespan_seconds: u64,
    /// The latest of them, oldest first.
    pub events: Vec<String>,
}
