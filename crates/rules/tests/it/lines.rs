//! Lines as senders write them.

use log_formats::{Context, Event, read, text};
use rules::{Engine, Firing, Seen};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;
use vocab::{OrganizationId, SourceId};

pub const RECEIVED: OffsetDateTime = datetime!(2026-11-21 02:00:00 UTC);

pub const IPS: &str = r#"date=2026-11-21 time=02:00:00 devname="fw-01" devid="FGT60F0000000001" logid="0419016384" type="utm" subtype="ips" eventtype="signature" level="alert" vd="root" severity="critical" srcip=203.0.113.9 srcport=40112 dstip=192.0.2.20 dstport=443 action="dropped" attack="Apache.Log4j.Error.Log.Remote.Code.Execution" attackid=51006 msg="web: Log4j""#;

/// Lines, one event each, of one organization, a second apart.
pub struct Stream {
    pub organization: OrganizationId,
    pub source: SourceId,
    next: u128,
    now: OffsetDateTime,
}

impl Stream {
    pub fn new() -> Self {
        Self::of(OrganizationId::new(), RECEIVED)
    }

    /// Of an organization, from this moment on.
    pub fn of(organization: OrganizationId, now: OffsetDateTime) -> Self {
        Stream { organization, source: SourceId::new(), next: 1, now }
    }

    /// The same stream from its beginning.
    pub fn again(&self) -> Self {
        Stream { organization: self.organization, source: self.source, ..Stream::new() }
    }

    /// What the engine wants to be told of these lines.
    pub fn send(&mut self, engine: &Engine, lines: &[&str]) -> Vec<Firing> {
        let texts = lines.iter().map(|line| text(line.as_bytes())).collect::<Vec<_>>();
        let events = texts.iter().map(|text| self.event(text)).collect::<Vec<_>>();
        let seen = events.iter().zip(lines).map(|((id, event), line)| Seen {
            id: *id,
            organization: self.organization,
            source: self.source,
            event,
            raw: line.as_bytes(),
        });
        engine.evaluate(&seen.collect::<Vec<_>>())
    }

    fn event<'a>(&mut self, text: &'a str) -> (Uuid, Event<'a>) {
        let context = Context { received_at: self.now, zone: None, format: None };
        let mut event = read(text, &context);
        // The fixtures' own times are far away: the rules then go by when a line came.
        event.time = None;
        self.now += time::Duration::seconds(1);
        self.next += 1;
        (Uuid::from_u128(self.next), event)
    }
}
