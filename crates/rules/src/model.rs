//! What people see and set of a rule.

use platform::{Error, Result};
use serde::{Deserialize, Serialize};
use sigma::Rule as Sigma;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use vocab::{OrganizationId, RuleId, Severity, SuppressionId, UserId};

vocab::text_enum! {
    pub enum Origin {
        /// Comes with the program: its text is not ours to change.
        BuiltIn = "built_in",
        Own = "own",
    }
}

/// A rule in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleSummary {
    pub id: RuleId,
    /// None: for all organizations.
    pub organization_id: Option<OrganizationId>,
    pub origin: Origin,
    pub title: String,
    pub description: Option<String>,
    /// What its alerts have: the one that was set, else the rule's own.
    pub severity: Severity,
    pub own_severity: Severity,
    pub is_enabled: bool,
    /// `event_count`, `value_count`, `temporal` ...; none for rules about single events.
    pub kind: Option<String>,
    /// Product, category and service, as `windows / security`.
    pub log_sources: Vec<String>,
    pub techniques: Vec<String>,
    pub tactics: Vec<String>,
    pub numbers: RuleNumbers,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    pub version: i32,
}

/// What a rule has done, in the organizations that the caller sees.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RuleNumbers {
    /// Events that met it in the last 24 hours, an hour each, oldest first.
    pub hits_by_hour: Vec<i64>,
    pub hits_7_days: i64,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_hit_at: Option<OffsetDateTime>,
    /// Its tickets of the last 90 days that have a verdict.
    pub verdicts: i64,
    pub false_positives: i64,
}

/// A rule with its text and settings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleDetail {
    #[serde(flatten)]
    pub summary: RuleSummary,
    pub yaml: String,
    pub author: Option<String>,
    pub references: Vec<String>,
    pub false_positives: Vec<String>,
    pub group_by: Vec<String>,
    pub timespan_seconds: Option<i64>,
    pub own_threshold: Option<i64>,
    /// What was set instead; none leaves it to the rule.
    pub severity_setting: Option<Severity>,
    pub threshold: Option<i32>,
    pub throttle_seconds: Option<i32>,
    /// What holds while none is set.
    pub default_throttle_seconds: i64,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RuleQuery {
    /// Part of the title, a technique or a log source.
    #[param(max_length = 200)]
    pub q: Option<String>,
    pub origin: Option<Origin>,
    pub is_enabled: Option<bool>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// None makes it a rule of all organizations.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    #[schema(min_length = 1, max_length = 262144)]
    pub yaml: String,
    #[serde(default)]
    pub is_enabled: bool,
}

#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    #[serde(default)]
    pub is_enabled: Option<bool>,
    /// Null leaves it to the rule.
    #[serde(default, deserialize_with = "platform::http::present")]
    pub severity: Option<Option<Severity>>,
    #[serde(default, deserialize_with = "platform::http::present")]
    #[schema(minimum = 1, maximum = 10000)]
    pub threshold: Option<Option<i32>>,
    #[serde(default, deserialize_with = "platform::http::present")]
    #[schema(minimum = 0, maximum = 86400)]
    pub throttle_seconds: Option<Option<i32>>,
    /// Of one's own rules only.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 262144)]
    pub yaml: Option<String>,
}

impl RuleChange {
    pub fn check(&self) -> Result<()> {
        if self.threshold.flatten().is_some_and(|threshold| !(1..=10_000).contains(&threshold)) {
            return Err(Error::invalid_field("threshold", "is 1 to 10000"));
        }
        if self.throttle_seconds.flatten().is_some_and(|seconds| !(0..=86_400).contains(&seconds)) {
            return Err(Error::invalid_field("throttle_seconds", "is 0 to 86400"));
        }
        Ok(())
    }
}

/// Keeps a rule quiet until a date.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleSuppression {
    pub id: SuppressionId,
    pub rule_id: RuleId,
    pub organization_id: Option<OrganizationId>,
    /// About events only where this field has the value; none: about all.
    pub field: Option<String>,
    pub value: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    pub reason: String,
    pub created_by: Option<UserId>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRuleSuppression {
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub field: Option<String>,
    #[serde(default)]
    #[schema(max_length = 500)]
    pub value: Option<String>,
    /// At most a year ahead.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl NewRuleSuppression {
    pub fn check(&self, now: OffsetDateTime) -> Result<()> {
        if self.until <= now || self.until > now + time::Duration::days(366) {
            return Err(Error::invalid_field("until", "is in the future, at most a year ahead"));
        }
        check_text("reason", &self.reason, 1000)?;
        match (&self.field, &self.value) {
            (None, None) => Ok(()),
            (Some(field), Some(value)) => {
                check_text("field", field, 200)?;
                check_text("value", value, 500)
            }
            _ => Err(Error::invalid_field("value", "a field and its value belong together")),
        }
    }
}

fn check_text(path: &str, text: &str, most: usize) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > most || text.contains('\0') {
        return Err(Error::invalid_field(path, format!("has 1 to {most} characters")));
    }
    Ok(())
}

/// Reads a rule's text, or says where it is wrong.
pub fn read(yaml: &str) -> Result<Sigma> {
    if yaml.contains('\0') {
        return Err(Error::invalid_field("yaml", "line 1: holds a NUL"));
    }
    Sigma::parse(yaml).map_err(|fault| Error::invalid_field("yaml", fault.to_string()))
}

/// `windows / security`, `fortigate`, `windows / process_creation`.
pub fn log_sources(rule: &Sigma) -> Vec<String> {
    let name = |source: &sigma::Source| {
        let parts = [&source.product, &source.category, &source.service];
        let parts = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>();
        if parts.is_empty() { "*".to_owned() } else { parts.join(" / ") }
    };
    rule.sources.iter().map(name).collect()
}
