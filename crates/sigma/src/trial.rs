//! A rule tried on one event: what held and what did not, for whoever writes it.

use log_formats::{Event, log_source};
use rsigma_eval::explain_rule;
use serde::Serialize;
use serde_json::Value;

use crate::event::Native;
use crate::rule::{Rule, Source};

/// What came of trying a rule.
#[derive(Debug, Clone, Serialize)]
pub struct Trial {
    /// Whether a document of the rule says "this". A correlation then counts the event.
    pub is_match: bool,
    /// Whether the rule is for events of this kind at all.
    pub is_for_source: bool,
    pub steps: Vec<Step>,
}

/// One comparison.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    pub selection: String,
    /// None where it looks for words anywhere.
    pub field: Option<String>,
    pub pattern: Option<String>,
    pub value: Option<String>,
    pub is_match: bool,
    /// `matched`, `field_absent`, `value_mismatch`, `case_mismatch`, `existence` or `no_keyword_match`.
    pub reason: String,
}

/// Steps that are told; a rule has some dozens.
const MOST_STEPS: usize = 200;

pub fn try_out(rule: &Rule, event: &Event<'_>) -> Trial {
    let source = log_source(event);
    let native = Native { event, tenant: "", id: "", asked_fields: 0 };
    let mut trial = Trial { is_match: false, is_for_source: false, steps: Vec::new() };
    for document in &rule.documents.rules {
        let Ok(compiled) = rsigma_eval::compile_rule(document) else { continue };
        let explained = explain_rule(&compiled, &native);
        let is_for = crate::ruleset::is_for(&Source::from(&document.logsource), &source);
        trial.is_for_source |= is_for;
        trial.is_match |= is_for && explained.matched;
        for condition in &explained.conditions {
            let condition = serde_json::to_value(condition).unwrap_or_default();
            walk(&condition, "", &mut trial.steps);
        }
    }
    trial
}

/// Leaves are objects with a `reason`; the names of what they belong to stand above them.
fn walk(node: &Value, selection: &str, steps: &mut Vec<Step>) {
    match node {
        Value::Object(members) => {
            let selection = node["name"].as_str().unwrap_or(selection);
            if let Some(reason) = node["reason"].as_str()
                && steps.len() < MOST_STEPS
            {
                steps.push(Step {
                    selection: selection.to_owned(),
                    field: node["field"].as_str().map(str::to_owned),
                    pattern: text(&node["pattern"]),
                    value: text(&node["actual"]),
                    is_match: node["matched"].as_bool().unwrap_or_default(),
                    reason: reason.to_owned(),
                });
            }
            members.values().for_each(|member| walk(member, selection, steps));
        }
        Value::Array(members) => members.iter().for_each(|member| walk(member, selection, steps)),
        _ => {}
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
