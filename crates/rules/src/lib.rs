//! Rules: what in the stream of events is worth an alert.
//!
//! Words: a *rule* is a Sigma rule with its settings; a *built-in* rule comes with the program and is for every organization;
//! a *firing* is a rule that wants an alert; a *suppression* keeps a rule quiet about some events until a date.
//! Tables: `rules`, `rule_suppressions`, `rule_hits`, `rule_firings`.
//! Invariants: a rule of an organization never meets another's events; what fires twice after a replay has the same
//! delivery key; every node follows changes without a restart.

mod built_in;
mod engine;
mod firing;
mod quiet;

pub use engine::{Engine, Evaluation, Seen};
pub use firing::Firing;
