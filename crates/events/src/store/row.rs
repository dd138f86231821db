//! An event as it stands in its table, and as it is told.

use ipnet::IpNet;
use platform::ids;
use sqlx::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{OrganizationId, SourceId};

use crate::model::{EventItem, EventSeverity};
use crate::reading::{Known, read_again};

const MESSAGE_CHARS: usize = 300;

pub const COLUMNS: &str = "id, organization_id, source_id, event_at, sender, source_ip, source_port, destination_ip, \
     destination_port, coalesce(user_name, user_key) as user_name, coalesce(host_name, host_key) as host_name, action, \
     severity, rule_name, event_code, device, product, format, unparsed, rules, raw, raw_bytes";

#[derive(FromRow)]
pub struct EventRow {
    id: Uuid,
    organization_id: Uuid,
    source_id: Uuid,
    event_at: Option<OffsetDateTime>,
    sender: IpNet,
    source_ip: Option<IpNet>,
    source_port: Option<i32>,
    destination_ip: Option<IpNet>,
    destination_port: Option<i32>,
    user_name: Option<String>,
    host_name: Option<String>,
    action: Option<String>,
    severity: i16,
    rule_name: Option<String>,
    event_code: Option<String>,
    device: Option<String>,
    product: Option<String>,
    format: String,
    unparsed: Option<String>,
    rules: Option<Vec<Uuid>>,
    pub raw: String,
    pub raw_bytes: Option<Vec<u8>>,
}

impl EventRow {
    pub fn bytes(&self) -> &[u8] {
        self.raw_bytes.as_deref().unwrap_or(self.raw.as_bytes())
    }

    pub fn known(&self) -> Known<'_> {
        Known {
            received_at: ids::occurred_at(self.id),
            event_at: self.event_at,
            format: &self.format,
            is_unparsed: self.unparsed.is_some(),
        }
    }
}

impl From<EventRow> for EventItem {
    fn from(row: EventRow) -> Self {
        let message = read_again(row.bytes(), row.known(), |event| {
            event.message.as_deref().map(|text| text.chars().take(MESSAGE_CHARS).collect::<String>())
        });
        let message = message.unwrap_or_else(|| row.raw.chars().take(MESSAGE_CHARS).collect());
        let address = |net: IpNet| net.addr().to_string();
        EventItem {
            id: row.id,
            organization_id: OrganizationId(row.organization_id),
            source_id: SourceId(row.source_id),
            received_at: ids::occurred_at(row.id),
            event_at: row.event_at,
            sender: address(row.sender),
            source_ip: row.source_ip.map(address),
            source_port: row.source_port,
            destination_ip: row.destination_ip.map(address),
            destination_port: row.destination_port,
            user: row.user_name,
            host: row.host_name,
            action: row.action,
            severity: severity_of(row.severity),
            rule_name: row.rule_name,
            event_code: row.event_code,
            device: row.device,
            product: row.product,
            format: row.format,
            unparsed: row.unparsed,
            rules: row.rules.unwrap_or_default(),
            message,
        }
    }
}

pub fn severity_of(id: i16) -> EventSeverity {
    EventSeverity::ALL
        .iter()
        .copied()
        .find(|severity| *severity as i16 == id)
        .unwrap_or(EventSeverity::Unknown)
}
