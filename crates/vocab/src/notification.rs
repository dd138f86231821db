//! What a source delivered, as parsed. Formats differ; this does not.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Severity;

crate::text_enum! {
    /// How the delivery was written.
    pub enum Format {
        FortisiemXml = "fortisiem_xml",
        FortisiemEvent = "fortisiem_event",
        FortisiemJson = "fortisiem_json",
        FortisiemCef = "fortisiem_cef",
        GenericJson = "generic_json",
        /// No delivery: a rule of ours over events.
        Rule = "rule",
    }
}

/// Whether the source holds the incident for live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    #[default]
    Active,
    /// Cleared by the source: by its automatism, by hand there, or by its nightly sweep.
    Cleared,
}

/// One attribute the source names, such as `srcIpAddr` = `10.0.0.5`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The source's own attribute name (`srcIpAddr`); the label where the source gives none.
    pub attribute: String,
    /// The label people read (`Source IP`); empty where the source gives none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    pub value: String,
    /// What stood in brackets behind the value: `10.0.0.5 (HOST-1)` has the note `HOST-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Entry {
    pub fn of(attribute: &str, value: impl Into<String>) -> Self {
        Self { attribute: attribute.to_owned(), label: String::new(), value: value.into(), note: None }
    }
}

/// Something in a delivery that could not be read as it should: the rest was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where, in the words of the format: `incident/@severity`, `data[3].incidentSrc`, `rt`.
    pub path: String,
    pub message: String,
}

/// What a source delivered, as parsed; its raw bytes are kept elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    pub format: Format,
    /// The source's own incident number. Absent, empty and all-zero ids are `None`: they never match each other.
    pub incident_id: Option<String>,
    /// The rule's stable id (`PH_RULE_...`); the rule's name where a source has no id.
    pub rule_id: String,
    pub rule_name: String,
    /// What a person reads first; never empty.
    pub title: String,
    pub description: Option<String>,
    pub remediation: Option<String>,
    pub severity: Severity,
    /// The severity as the source wrote it.
    pub severity_text: Option<String>,
    pub state: SourceState,
    /// The tenant's name as the source writes it (`Super`). It never chooses a tenant by itself.
    pub organization: Option<String>,
    /// The tenant's number at the source (`phCustId`).
    pub organization_number: Option<i64>,
    pub category: Option<String>,
    pub tactics: Vec<String>,
    /// MITRE ATT&CK technique ids (`T1110.001`).
    pub techniques: Vec<String>,
    pub source_ip: Option<IpAddr>,
    pub destination_ip: Option<IpAddr>,
    pub sources: Vec<Entry>,
    pub targets: Vec<Entry>,
    pub details: Vec<Entry>,
    /// How often the source says it fired; at least 1.
    pub occurrences: u64,
    pub event_time: Option<OffsetDateTime>,
    /// The time as the source wrote it, where its zone is ambiguous or the text cannot be read.
    pub event_time_text: Option<String>,
    pub first_seen: Option<OffsetDateTime>,
    pub last_seen: Option<OffsetDateTime>,
    /// The device that reported: name or address.
    pub device: Option<String>,
    pub raw_events: Vec<String>,
    pub problems: Vec<Problem>,
}

impl Notification {
    /// Something that we ourselves have noticed at `at`, without its parties.
    pub fn of_ours(
        rule_id: &str,
        rule_name: &str,
        title: String,
        severity: Severity,
        at: OffsetDateTime,
    ) -> Self {
        Self {
            format: Format::Rule,
            incident_id: None,
            rule_id: rule_id.to_owned(),
            rule_name: rule_name.to_owned(),
            title,
            description: None,
            remediation: None,
            severity,
            severity_text: None,
            state: SourceState::Active,
            organization: None,
            organization_number: None,
            category: None,
            tactics: Vec::new(),
            techniques: Vec::new(),
            source_ip: None,
            destination_ip: None,
            sources: Vec::new(),
            targets: Vec::new(),
            details: Vec::new(),
            occurrences: 1,
            event_time: Some(at),
            event_time_text: None,
            first_seen: None,
            last_seen: None,
            device: None,
            raw_events: Vec::new(),
            problems: Vec::new(),
        }
    }
}
