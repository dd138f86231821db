//! Sigma rules over events: which of them an event meets, and what several events together mean.
//!
//! Words: a **rule** is one Sigma document, or a correlation with the documents it refers to; a **hit** is a rule that says
//! "this"; the **log source** of a rule says which events it is for, and events of others never meet it. A **tenant** is
//! whom an event belongs to: events of two tenants never correlate.
//!
//! ```
//! use log_formats::{Context, read, text};
//! use sigma::{Armed, Moment, Rule, Ruleset};
//! let rule = Rule::parse("title: Denied\nlogsource: {product: fortigate}\ndetection: {it: {action: deny}, condition: it}").unwrap();
//! let rules = Ruleset::new(&[Armed { key: "denied", rule: &rule, quiet_seconds: None, threshold: None }], None);
//! # let context = Context { received_at: time::OffsetDateTime::UNIX_EPOCH, zone: None, format: None };
//! let text = text(b"devid=FGT1 type=traffic subtype=forward srcip=192.0.2.7 action=deny");
//! let hits = rules.evaluate(&read(&text, &context), Moment { tenant: "acme", id: "1", at: 0 }, |_| true);
//! assert_eq!(hits[0].rule, 0);
//! ```
//!
//! Invariants: no I/O, no clock, never a panic; state is bounded per rule; what is unsupported is refused by name and line,
//! never ignored. Rules see the sender's own field names and, where it has none such, those of our flat columns.
//! Source: the Sigma specification 2.1, as `rsigma-eval` evaluates it. Nobody else uses that crate.

mod correlate;
mod event;
mod fault;
mod hit;
mod rule;
mod ruleset;
mod trial;

pub use event::value;
pub use fault::Fault;
pub use hit::{Correlated, Hit, Matched};
pub use rule::{Correlation, Rule, Source};
pub use ruleset::{Armed, Moment, Ruleset};
pub use trial::{Step, Trial, try_out};
