//! The alarm for a source that should be heard and is not.

use std::sync::Arc;

use assets::Inventory;
use bytes::Bytes;
use intake::{Arrival, Intake, Registry};
use platform::{App, Result};
use serde_json::json;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use vocab::{Entry, Notification, Severity};

/// Raises an alert for each source that has become silent, once for each silence.
pub async fn look(app: &App) -> Result<()> {
    let now = app.clock.now();
    let table = app.service::<Registry>().table();
    for silent in intake::silent_sources(app, now).await? {
        let Some(source) = table.by_id.get(&silent.source).cloned() else { continue };
        let Some(organization) = source.organization(None) else { continue };
        let raw = json!({ "source": source.name, "silent_since": silent.since.unix_timestamp(),
            "silent_after_minutes": silent.after_minutes })
        .to_string();
        let notification = notification(&source.name, silent.after_minutes, now);
        let mut digest = Sha256::new();
        digest.update(b"cibercase/silence/1");
        digest.update(source.id.uuid().as_bytes());
        digest.update(silent.since.unix_timestamp_nanos().to_le_bytes());
        let mut key = [0; 16];
        key.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
        let raw = Bytes::from(raw);
        let arrival = Arrival {
            source,
            body: raw.clone(),
            content_type: None,
            received_at: now,
            ip: None,
            request_id: None,
        };
        let inventory = app.service::<Inventory>();
        let incoming = intake::incoming(&Arc::new(arrival), organization, notification, raw, key, &inventory);
        app.service::<Intake>().keep(incoming).await?;
        // Behind the alert: a crash between the two tells it once more, as the same delivery.
        intake::mark_silent(app, silent.source, silent.since).await?;
    }
    Ok(())
}

fn notification(source: &str, after_minutes: i32, now: OffsetDateTime) -> Notification {
    let name = Entry::of("source", source);
    Notification {
        description: Some(format!(
            "The source {source} has sent nothing for longer than its {after_minutes} minutes. Look at the sender, the \
             network between, and the listeners."
        )),
        techniques: vec!["T1562.008".to_owned()],
        sources: vec![name.clone()],
        targets: vec![name],
        ..Notification::of_ours(
            "cibercase.silent_source",
            "Silent source",
            format!("Nothing heard from {source}"),
            Severity::Medium,
            now,
        )
    }
}
