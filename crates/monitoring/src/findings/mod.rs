//! What is wrong with the installation: found where it shows, told once a day while it lasts, and once when it is mended.
//!
//! Each process looks at what only it can see (its files, its machine) and writes down what it finds; one node at a time looks
//! at what all share, and tells. A check that cannot be made is a finding too.

mod installation;
mod process;
mod tell;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use vocab::Severity;

pub use process::start;
pub use tell::{GONE, run};

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FindingKind)]
pub enum Kind {
    Certificate,
    SigningKey,
    Secret,
    AuditLog,
    Errors,
    Redis,
    Resources,
    Collector,
    /// A check could not be made.
    Unchecked,
}

impl Kind {
    /// None of one that an older or a newer version has written.
    pub fn of(text: &str) -> Option<Self> {
        serde_json::from_value(Value::from(text)).ok()
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Certificate => "certificate",
            Kind::SigningKey => "signing_key",
            Kind::Secret => "secret",
            Kind::AuditLog => "audit_log",
            Kind::Errors => "errors",
            Kind::Redis => "redis",
            Kind::Resources => "resources",
            Kind::Collector => "collector",
            Kind::Unchecked => "unchecked",
        }
    }

    /// As an alert calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Kind::Certificate => "Certificate runs out",
            Kind::SigningKey => "Signing key is overdue",
            Kind::Secret => "Secret is overdue",
            Kind::AuditLog => "Audit log is not taken",
            Kind::Errors => "Errors are logged",
            Kind::Redis => "Redis is away",
            Kind::Resources => "Resources run short",
            Kind::Collector => "Log lines are not received",
            Kind::Unchecked => "Check cannot be made",
        }
    }
}

/// One thing that is wrong. Kind and subject tell it from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub kind: Kind,
    /// What it is about: a file, a machine, a receiver.
    pub subject: String,
    pub severity: Severity,
    /// What a person reads, with the figures.
    pub summary: String,
}

impl Finding {
    pub fn new(
        kind: Kind,
        subject: impl Into<String>,
        severity: Severity,
        summary: impl Into<String>,
    ) -> Self {
        Self { kind, subject: subject.into(), severity, summary: summary.into() }
    }

    /// A check that could not be made.
    pub fn unchecked(subject: impl Into<String>, cause: &anyhow::Error) -> Self {
        Self::new(Kind::Unchecked, subject, Severity::Medium, format!("This could not be checked: {cause:#}"))
    }
}

/// What so many percent in use come to; none below what the settings allow.
fn fullness(subject: String, used: f64, full_percent: u8) -> Option<Finding> {
    let bound = f64::from(full_percent);
    // Half of what is left beyond the bound is nearly nothing.
    let severity = if used >= f64::midpoint(bound, 100.0) { Severity::High } else { Severity::Medium };
    let summary = format!("{used:.1} percent are in use; {full_percent} is the bound.");
    (used >= bound).then(|| Finding::new(Kind::Resources, subject, severity, summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_full_beyond_the_bound_is_a_finding_and_the_fuller_the_graver() {
        let severity = |used| fullness("disk".to_owned(), used, 90).map(|finding| finding.severity);
        assert_eq!(severity(89.9), None);
        assert_eq!(severity(90.0), Some(Severity::Medium));
        assert_eq!(severity(95.0), Some(Severity::High));
        assert_eq!(
            fullness("disk".to_owned(), 50.0, 0).map(|finding| finding.severity),
            Some(Severity::High)
        );
    }
}
