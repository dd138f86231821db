use std::net::IpAddr;

use events::{NewEvent, keep};
use log_formats::{Context, read, text};
use platform::db::Scope;
use testkit::{Organization, TestApp};
use time::{Duration, OffsetDateTime};
use uuid::{NoContext, Timestamp, Uuid};
use vocab::SourceId;

pub const FORTIGATE: &str = "date=2026-11-21 time=10:15:30 devname=\"FGT-EDGE-01\" devid=\"FG100FTK20001234\" tz=\"+0000\" \
     logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" srcip=10.20.0.7 srcport=50123 \
     dstip=198.51.100.9 dstport=443 action=\"deny\" user=\"JPérez\" policyname=\"Salida a Internet\" msg=\"conexión bloqueada\"";

/// The id of the event that came so long ago, `index` telling apart those of one moment.
pub fn id_of(at: OffsetDateTime, index: u8) -> Uuid {
    let id =
        Uuid::new_v7(Timestamp::from_unix(NoContext, at.unix_timestamp().unsigned_abs(), at.nanosecond()));
    let mut bytes = *id.as_bytes();
    bytes[15] = index;
    Uuid::from_bytes(bytes)
}

/// Keeps a message as received so long ago; the id it has.
pub async fn kept(
    app: &TestApp,
    organization: &Organization,
    source: SourceId,
    raw: &[u8],
    ago: Duration,
) -> Uuid {
    let id = id_of(app.app.clock.now() - ago, 0);
    keep_as(app, organization, source, raw, id, Vec::new()).await;
    id
}

pub async fn keep_as(
    app: &TestApp,
    organization: &Organization,
    source: SourceId,
    raw: &[u8],
    id: Uuid,
    rules: Vec<Uuid>,
) {
    let text = text(raw);
    let context = Context { received_at: app.app.clock.now(), zone: None, format: None };
    let event = read(&text, &context);
    let sender = IpAddr::from([192, 0, 2, 1]);
    let new = NewEvent { id, organization: organization.id, source, event: &event, raw, sender, rules };
    let mut tx = app.app.db.begin(Scope::Organizations(&[organization.id])).await.unwrap();
    keep(&mut tx, &[new]).await.unwrap();
    tx.commit().await.unwrap();
}
