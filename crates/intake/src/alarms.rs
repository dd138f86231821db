//! Alarms of the platform itself, taken like what any source delivers: grouped, weighed, told, closed like the rest.

use std::collections::HashMap;
use std::sync::Arc;

use assets::Inventory;
use bytes::Bytes;
use platform::alarm::{self, Alarm};
use platform::db::Scope;
use platform::{App, Result};
use uuid::Uuid;
use vocab::SourceId;

use crate::pipeline::Intake;
use crate::reading::{Arrival, incoming};
use crate::registry::SourceRecord;
use crate::sources::SourceKind;

/// The one row of `sources` whose kind is `platform`.
const PLATFORM: Uuid = Uuid::from_u128(0x8000_8000_0000_0000_0001);
/// Of one look.
const MOST: i64 = 100;

/// Makes alerts of the alarms that wait.
pub async fn take(app: &App) -> Result<()> {
    let mut tx = app.db.read(Scope::System).await?;
    let waiting = alarm::waiting(&mut tx, MOST).await?;
    drop(tx);
    let source = Arc::new(platform_source());
    for one in waiting {
        let id = one.id;
        match keep(app, source.clone(), one).await {
            Err(error) if error.is_passing() => return Err(error),
            // It would stand before the others for ever; what it is about is in the audit log.
            Err(error) => tracing::error!(?error, alarm = %id, "an alarm could not be kept"),
            Ok(()) => {}
        }
        // Behind the alert: a crash between the two tells it once more, as the same delivery.
        let mut tx = app.db.begin(Scope::System).await?;
        alarm::remove(&mut tx, id).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn keep(app: &App, source: Arc<SourceRecord>, alarm: Alarm) -> Result<()> {
    let raw = Bytes::from(serde_json::to_vec(&alarm.notification).map_err(anyhow::Error::from)?);
    let arrival = Arc::new(Arrival {
        source,
        body: raw.clone(),
        content_type: Some("application/json".to_owned()),
        received_at: alarm.raised_at,
        ip: None,
        request_id: None,
    });
    let (key, inventory) = (alarm.id.into_bytes(), app.service::<Inventory>());
    let incoming = incoming(&arrival, alarm.organization, alarm.notification.0, raw, key, &inventory);
    app.service::<Intake>().keep(incoming).await?;
    Ok(())
}

/// The platform as a source; nobody configures it.
pub fn platform_source() -> SourceRecord {
    SourceRecord {
        id: SourceId(PLATFORM),
        name: Arc::from("CiberCase"),
        kind: SourceKind::Generic,
        is_enabled: true,
        zone: None,
        storm_limit: Some(30),
        format: None,
        organizations: HashMap::new(),
    }
}
