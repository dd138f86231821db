//! Events as the API tells of them, and what one may ask.

use platform::http::several;
use platform::{Cursor, Error, Result};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vocab::{OrganizationId, SourceId};

use crate::filter::{Filter, addresses, text};
use crate::keeping;

vocab::text_enum! {
    /// OCSF's severities, in its order.
    pub enum EventSeverity {
        Unknown = "unknown",
        Informational = "informational",
        Low = "low",
        Medium = "medium",
        High = "high",
        Critical = "critical",
        Fatal = "fatal",
    }
}

/// An event of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventItem {
    pub id: Uuid,
    pub organization_id: OrganizationId,
    pub source_id: SourceId,
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    /// When the sender says it happened.
    #[serde(with = "time::serde::rfc3339::option")]
    pub event_at: Option<OffsetDateTime>,
    /// The address it came from, a relay's perhaps.
    pub sender: String,
    pub source_ip: Option<String>,
    pub source_port: Option<i32>,
    pub destination_ip: Option<String>,
    pub destination_port: Option<i32>,
    pub user: Option<String>,
    pub host: Option<String>,
    pub action: Option<String>,
    pub severity: EventSeverity,
    pub rule_name: Option<String>,
    pub event_code: Option<String>,
    pub device: Option<String>,
    pub product: Option<String>,
    pub format: String,
    /// Why it could not be read; null when it could.
    pub unparsed: Option<String>,
    /// The detection rules that it matched.
    pub rules: Vec<Uuid>,
    /// What it says, at most 300 characters.
    pub message: String,
}

/// A field as the sender wrote it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventField {
    pub name: String,
    pub value: String,
}

/// One event with everything that was received.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventDetail {
    #[serde(flatten)]
    pub event: EventItem,
    /// In the sender's order; a name may stand twice.
    pub fields: Vec<EventField>,
    /// The event in OCSF 1.8.
    #[schema(value_type = Object)]
    pub ocsf: Box<serde_json::value::RawValue>,
    /// As received: text, or base64 where it is not UTF-8 or holds a NUL.
    pub raw: String,
    pub is_base64: bool,
    /// What was odd in it, in English.
    pub problems: Vec<String>,
}

/// A page of events, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventPage {
    pub items: Vec<EventItem>,
    /// Give it back as `cursor` to go on; null when the period was searched to its beginning.
    pub next_cursor: Option<String>,
    /// The search stopped here with its page not full, so as to do bounded work; `next_cursor` goes on.
    #[serde(with = "time::serde::rfc3339::option")]
    pub cut_off: Option<OffsetDateTime>,
}

/// How many of each severity, by its name.
pub type BySeverity = std::collections::BTreeMap<EventSeverity, i64>;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventBucket {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub total: i64,
    /// How many of each severity; those with none are left out.
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub by_severity: BySeverity,
}

/// How many events came when. Buckets without events are left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventHistogram {
    pub bucket_seconds: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub to: OffsetDateTime,
    pub buckets: Vec<EventBucket>,
    /// What is older was not counted, so as to do bounded work.
    #[serde(with = "time::serde::rfc3339::option")]
    pub cut_off: Option<OffsetDateTime>,
}

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Received at or after; a day before `to` when left out.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<OffsetDateTime>,
    /// Received before; now when left out.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<OffsetDateTime>,
    /// Several, comma separated.
    #[param(value_type = Option<Vec<OrganizationId>>, style = Form, explode = false)]
    pub organization_id: Option<String>,
    pub source_id: Option<Uuid>,
    /// An address or a network, at either end.
    pub ip: Option<String>,
    /// An address or a network.
    pub source_ip: Option<String>,
    /// An address or a network.
    pub destination_ip: Option<String>,
    /// Case and accents are ignored.
    #[param(max_length = 1000)]
    pub host: Option<String>,
    /// Case and accents are ignored.
    #[param(max_length = 1000)]
    pub user: Option<String>,
    #[param(max_length = 1000)]
    pub action: Option<String>,
    /// Several, comma separated.
    #[param(value_type = Option<Vec<EventSeverity>>, style = Form, explode = false)]
    pub severity: Option<String>,
    #[param(max_length = 1000)]
    pub event_code: Option<String>,
    #[param(max_length = 1000)]
    pub device: Option<String>,
    #[param(max_length = 1000)]
    pub product: Option<String>,
    #[param(max_length = 1000)]
    pub format: Option<String>,
    #[param(max_length = 1000)]
    pub rule_name: Option<String>,
    /// A detection rule that matched.
    pub rule_id: Option<Uuid>,
    /// Only those that could not be read, or only those that could.
    pub unparsed: Option<bool>,
    /// All of these words stand somewhere in the raw text; case and accents are ignored.
    #[param(max_length = 1000)]
    pub text: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

impl EventQuery {
    /// Reads the filters, and the organizations asked for.
    pub fn read(&self, now: OffsetDateTime) -> Result<(Filter, Vec<OrganizationId>)> {
        let to = within_ids(self.to.unwrap_or(now + Duration::minutes(1)));
        let from =
            self.from.map_or_else(|| (to - Duration::days(1)).max(OffsetDateTime::UNIX_EPOCH), within_ids);
        if from >= to {
            return Err(Error::invalid_field("from", "is before `to`"));
        }
        let severities = several::<EventSeverity>("severity", self.severity.as_deref())?;
        let words = text("text", self.text.as_deref())?.unwrap_or_default();
        let key = |field, value: &Option<String>| {
            Ok::<_, Error>(text(field, value.as_deref())?.map(|value| keeping::key(&value)))
        };
        let columns = [
            ("action", &self.action),
            ("event_code", &self.event_code),
            ("device", &self.device),
            ("product", &self.product),
            ("format", &self.format),
            ("rule_name", &self.rule_name),
        ];
        let mut equal = Vec::new();
        for (column, value) in columns {
            equal.extend(text(column, value.as_deref())?.map(|value| (column, value.to_ascii_lowercase())));
        }
        let filter = Filter {
            from,
            to,
            source: self.source_id,
            ip: addresses("ip", self.ip.as_deref())?,
            source_ip: addresses("source_ip", self.source_ip.as_deref())?,
            destination_ip: addresses("destination_ip", self.destination_ip.as_deref())?,
            host: key("host", &self.host)?,
            user: key("user", &self.user)?,
            severities: severities.into_iter().map(|severity| severity as i16).collect(),
            equal,
            rule: self.rule_id,
            unparsed: self.unparsed,
            words: words.split_whitespace().take(8).map(keeping::fold).collect(),
            before: self.cursor.as_deref().map(Cursor::read).transpose()?,
            limit: platform::page::limit(self.limit)?,
        };
        Ok((filter, several("organization_id", self.organization_id.as_deref())?))
    }
}

/// A moment that an id can tell: ids begin in 1970.
fn within_ids(moment: OffsetDateTime) -> OffsetDateTime {
    let latest = time::PrimitiveDateTime::MAX.assume_utc();
    let moment = moment.checked_to_offset(time::UtcOffset::UTC).unwrap_or(latest);
    moment.clamp(OffsetDateTime::UNIX_EPOCH, latest)
}
