//! Records of our own audit log as events. They are made in the program and never read from a text, so that no sender can
//! write one: rules about the platform meet what the platform itself has recorded, and nothing else.

use std::borrow::Cow;
use std::net::IpAddr;

use time::OffsetDateTime;

use crate::event::{Event, Format};

/// What of a record becomes an event.
#[derive(Debug, Clone)]
pub struct AuditEvent<'a> {
    pub at: OffsetDateTime,
    pub action: &'a str,
    pub source_ip: Option<IpAddr>,
    pub user: Option<&'a str>,
    pub fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// The event of a record.
pub fn audit_event(record: AuditEvent<'_>) -> Event<'_> {
    let mut event = Event::new(Format::CibercaseAudit, record.at);
    event.time = Some(record.at);
    event.action = Some(Cow::Borrowed(record.action));
    event.source_ip = record.source_ip;
    event.user = record.user.map(Cow::Borrowed);
    event.device = Some(Cow::Borrowed("CiberCase"));
    event.product = Some(Cow::Borrowed("CiberCase"));
    event.vendor = Some(Cow::Borrowed("CiberCase"));
    for (name, value) in record.fields {
        event.push(name, value);
    }
    event
}
