//! Alerts as people and programs see them.

use detection::urgency::{Criticality, Term};
use ipnet::IpNet;
use platform::{Error, Result};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vocab::{AlertId, AssetId, Entry, OrganizationId, Problem, Severity, SourceId, TicketId, Urgency};

vocab::text_enum! {
    pub enum AlertState {
        New = "new",
        Acknowledged = "acknowledged",
        Suppressed = "suppressed",
        Closed = "closed",
    }
}

/// An alert in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Alert {
    pub id: AlertId,
    pub organization_id: OrganizationId,
    pub source_id: Option<SourceId>,
    pub source_name: Option<String>,
    /// The source's own number.
    pub incident_id: Option<String>,
    pub rule_id: String,
    pub rule_name: String,
    pub title: String,
    pub severity: Severity,
    pub urgency: Urgency,
    pub state: AlertState,
    /// Whether the source holds it for live: `active` or `cleared`.
    pub source_state: String,
    #[schema(value_type = Option<String>)]
    pub source_ip: Option<IpAddr>,
    #[schema(value_type = Option<String>)]
    pub destination_ip: Option<IpAddr>,
    pub asset: Option<AlertAsset>,
    pub techniques: Vec<String>,
    pub tactics: Vec<String>,
    /// What we received.
    pub deliveries: i32,
    /// The largest count a payload claimed.
    pub occurrences: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub first_seen_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    pub ticket: Option<AlertTicket>,
    /// A stable code, such as `same_rule_and_entities`.
    pub why_grouped: String,
}

/// The asset an alert touches.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertAsset {
    pub id: AssetId,
    pub name: String,
    pub criticality: Criticality,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertTicket {
    pub id: TicketId,
    pub reference: String,
}

/// An alert's own page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertDetail {
    #[serde(flatten)]
    pub alert: Alert,
    #[serde(flatten)]
    pub reading: Reading,
    #[schema(value_type = Vec<Object>)]
    pub urgency_terms: Vec<Term>,
}

/// The rest of what was read of a notification; its raw events stay with the raw payload.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Reading {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_time_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tactics: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<String>,
    #[schema(value_type = Vec<Object>)]
    pub sources: Vec<Entry>,
    #[schema(value_type = Vec<Object>)]
    pub targets: Vec<Entry>,
    #[schema(value_type = Vec<Object>)]
    pub details: Vec<Entry>,
    #[schema(value_type = Vec<Object>)]
    pub problems: Vec<Problem>,
}

/// Raw bytes as they came, as text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RawPayload {
    pub alert_id: AlertId,
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    pub content_type: Option<String>,
    pub size_bytes: i64,
    pub body_text: String,
    /// Whether bytes that are no text were replaced.
    pub is_lossy: bool,
    /// Whether `body_text` is left out, for the newer ones are as much as one answer holds.
    pub is_left_out: bool,
}

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlertQuery {
    /// Several, comma separated.
    #[param(value_type = Option<Vec<OrganizationId>>, style = Form, explode = false)]
    pub organization_id: Option<String>,
    /// Several, comma separated.
    #[param(value_type = Option<Vec<Severity>>, style = Form, explode = false)]
    pub severity: Option<String>,
    /// Several, comma separated.
    #[param(value_type = Option<Vec<AlertState>>, style = Form, explode = false)]
    pub state: Option<String>,
    pub source_id: Option<Uuid>,
    #[param(max_length = 1000)]
    pub rule_id: Option<String>,
    /// An address, as source or destination.
    pub ip: Option<String>,
    /// Words of the title or the rule.
    #[param(max_length = 1000)]
    pub q: Option<String>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<OffsetDateTime>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

/// A query's filters, read.
#[derive(Debug, Clone)]
pub struct AlertFilter {
    pub severities: Vec<i16>,
    pub states: Vec<String>,
    pub source: Option<Uuid>,
    pub rule_id: Option<String>,
    pub ip: Option<IpNet>,
    pub words: Vec<String>,
    pub from: Option<OffsetDateTime>,
    pub to: Option<OffsetDateTime>,
    pub before: Option<Uuid>,
    pub limit: i64,
}

impl AlertFilter {
    pub fn read(query: &AlertQuery) -> Result<Self> {
        let severities = platform::http::several::<Severity>("severity", query.severity.as_deref())?;
        let states = platform::http::several::<AlertState>("state", query.state.as_deref())?;
        let ip = match query.ip.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => Some(IpNet::from(
                text.parse::<IpAddr>().map_err(|_| Error::invalid_field("ip", "is not an address"))?,
            )),
            None => None,
        };
        let words = query.q.as_deref().unwrap_or_default();
        for (field, text) in [("q", Some(words)), ("rule_id", query.rule_id.as_deref())] {
            if text.is_some_and(|text| text.chars().count() > 1000 || text.contains('\0')) {
                return Err(Error::invalid_field(field, "has at most 1000 characters, none of them NUL"));
            }
        }
        Ok(Self {
            severities: severities.into_iter().map(Severity::step).collect(),
            states: states.into_iter().map(|state| state.as_str().to_owned()).collect(),
            source: query.source_id,
            rule_id: query.rule_id.clone().filter(|text| !text.is_empty()),
            ip,
            words: words.split_whitespace().take(8).map(str::to_lowercase).collect(),
            from: query.from.map(within_ids),
            to: query.to.map(within_ids),
            before: query.cursor.as_deref().map(platform::Cursor::read).transpose()?,
            limit: platform::page::limit(query.limit)?,
        })
    }
}

/// A moment that an id can tell: ids begin in 1970.
fn within_ids(moment: OffsetDateTime) -> OffsetDateTime {
    match moment.checked_to_offset(time::UtcOffset::UTC) {
        Some(moment) => moment.max(OffsetDateTime::UNIX_EPOCH),
        None if moment.year() <= 1970 => OffsetDateTime::UNIX_EPOCH,
        None => time::PrimitiveDateTime::MAX.assume_utc(),
    }
}
