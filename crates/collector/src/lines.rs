//! From spooled records to events: header, a relay's escapes, text, format, organization.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use intake::{SourceRecord, Table};
use log_formats::{Context, Event, Problem, Unparsed};
use syslog::{Arrival, Message};
use time::UtcOffset;
use uuid::Uuid;
use vocab::OrganizationId;

use crate::spool::Record;

/// A record whose source is known, its header read.
pub struct Line<'r> {
    pub record: &'r Record,
    pub id: Uuid,
    pub source: Arc<SourceRecord>,
    pub message: Message<'r>,
    body: Cow<'r, [u8]>,
}

/// Reads headers. What a removed source sent is left out: it belongs to nobody.
pub fn lines<'r>(records: &'r [Record], table: &Table, spool: Uuid) -> Vec<Line<'r>> {
    let lines = records.iter().filter_map(|record| {
        let accepted = &record.accepted;
        let source = table.by_id.get(&accepted.source)?.clone();
        let zone = source.zone.unwrap_or(UtcOffset::UTC);
        let message = syslog::parse(&accepted.message, &Arrival { received_at: accepted.received_at, zone });
        let id = event_id(record, spool);
        Some(Line { record, id, source, body: syslog::undo_relay_escapes(message.body), message })
    });
    lines.collect()
}

impl Line<'_> {
    pub fn text(&self) -> Cow<'_, str> {
        log_formats::text(&self.body)
    }

    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// As the webhook would have it.
    pub fn arrival(&self, body: Bytes) -> intake::Arrival {
        let accepted = &self.record.accepted;
        intake::Arrival {
            source: self.source.clone(),
            body,
            content_type: None,
            received_at: accepted.received_at,
            ip: Some(accepted.sender.ip()),
            request_id: None,
        }
    }

    /// Reads the text; what its format leaves open is as the header says.
    pub fn event<'t>(&'t self, text: &'t str) -> Event<'t> {
        let received_at = self.record.accepted.received_at;
        let context = Context { received_at, zone: self.source.zone, format: self.source.format };
        let read = AssertUnwindSafe(|| log_formats::read(text, &context));
        let mut event = catch_unwind(read).unwrap_or_else(|_| {
            tracing::error!(event = %self.id, "reading a log line panicked; it is kept as it came");
            let mut bare = log_formats::read("", &context);
            bare.unparsed = Some(Unparsed::UnknownFormat);
            bare
        });
        if event.time.is_none() {
            event.time = self.message.time.map(|time| time.at);
        }
        let host = self.message.host.filter(|host| !host.is_empty() && *host != "-");
        if event.host.is_none() && event.device.is_none() {
            event.host = host.map(Cow::Borrowed);
        }
        if event.device.is_none() {
            event.device = host.map(Cow::Borrowed);
        }
        if event.product.is_none() {
            event.product = self.message.app.map(Cow::Borrowed);
        }
        if self.record.accepted.is_cut {
            event.problems.push(Problem::Truncated);
        }
        event
    }

    /// Behind a relay the device's number or name chooses among what the source maps; otherwise the source's own holds.
    pub fn organization(&self, event: &Event<'_>) -> Option<OrganizationId> {
        if self.source.organizations.len() > 1 {
            let names = [
                event.get("devid").or_else(|| event.get("device_id")),
                event.get("FTNTFGTdevid").or_else(|| event.get("deviceExternalId")),
                event.device.as_deref(),
                event.host.as_deref(),
                self.message.host,
            ];
            let chosen = names.into_iter().flatten().filter(|name| !name.trim().is_empty());
            let chosen = chosen.filter_map(|name| self.source.organization(Some(name))).next();
            if chosen.is_some() {
                return chosen;
            }
        }
        self.source.organization(None)
    }
}

/// A UUIDv7 of when and where the message was accepted: the same whenever it is read, and in order.
fn event_id(record: &Record, spool: Uuid) -> Uuid {
    let nanos = record.accepted.received_at.unix_timestamp_nanos();
    let millis = u64::try_from(nanos / 1_000_000).unwrap_or_default();
    // 4096ths of a millisecond.
    let fraction = u64::try_from(nanos % 1_000_000).unwrap_or_default() * 4096 / 1_000_000;
    let high = (millis << 16) | 0x7000 | fraction;
    let spool = u64::from(crc32fast::hash(spool.as_bytes())) & 0x3f_ffff;
    let low = (0b10 << 62) | ((record.position & 0xff_ffff_ffff) << 22) | spool;
    Uuid::from_u64_pair(high, low)
}
