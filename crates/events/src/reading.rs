//! Raw bytes to fields again: what the collector read when the event came.

use log_formats::{Context, Event, Format};
use syslog::{Arrival, undo_relay_escapes};
use time::{OffsetDateTime, UtcOffset};

/// What reading an event again needs to know of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub received_at: OffsetDateTime,
    pub event_at: Option<OffsetDateTime>,
    pub format: &'a str,
    pub is_unparsed: bool,
}

/// Reads raw bytes again and hands the event on: its parts borrow from a text that lives here only.
pub(crate) fn read_again<T>(raw: &[u8], known: Known<'_>, then: impl FnOnce(&Event<'_>) -> T) -> T {
    let arrival = Arrival { received_at: known.received_at, zone: UtcOffset::UTC };
    let message = syslog::parse(raw, &arrival);
    let body = undo_relay_escapes(message.body);
    let text = log_formats::text(&body);
    let format = Format::ALL.into_iter().find(|format| format.as_str() == known.format);
    let format = format.filter(|format| *format != Format::Unparsed && !known.is_unparsed);
    let context = Context { received_at: known.received_at, zone: None, format };
    let mut event = log_formats::read(&text, &context);
    // The source's zone was known when the event came.
    event.time = known.event_at;
    then(&event)
}
