//! Kept events from the oldest to the newest: what a rule would have said of them.

use std::ops::ControlFlow;

use log_formats::Event;
use platform::db::Scope;
use platform::{App, Result, audit};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{OrganizationId, SourceId};

use crate::reading::{Known, read_again};

/// Events read with one statement.
const PAGE: i64 = 2000;

/// A kept event, read again.
pub struct StoredEvent<'a> {
    pub id: Uuid,
    pub organization: OrganizationId,
    pub source: SourceId,
    pub event: &'a Event<'a>,
    /// As received, its syslog header included.
    pub raw: &'a [u8],
}

/// How far a scan got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    pub events: u64,
    /// Where `on_event` stopped it; null when everything was seen.
    pub stopped_at: Option<OffsetDateTime>,
}

/// Hands every event of the organizations received in `from..to` to `on_event`, oldest first, until it breaks. Each page
/// is a transaction of its own, so that a long scan holds nothing back.
pub async fn scan(
    app: &App,
    organizations: &[OrganizationId],
    from: OffsetDateTime,
    to: OffsetDateTime,
    mut on_event: impl FnMut(StoredEvent<'_>) -> ControlFlow<()>,
) -> Result<Scanned> {
    let scope = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let mut after: Option<Uuid> = None;
    let mut events = 0;
    loop {
        let mut tx = app.db.read(Scope::Organizations(organizations)).await?;
        let rows = sqlx::query!(
            r#"select event.id as "id!", event.organization_id as "organization_id!", event.source_id as "source_id!",
                   event.event_at, event.format as "format!", event.unparsed, event.raw as "raw!", event.raw_bytes
               from unnest($1::uuid[]) as scope (id) cross join lateral (
                   select * from events where organization_id = scope.id and id >= uuidv7_floor($2) and id < uuidv7_floor($3)
                       and id > coalesce($4, '00000000-0000-0000-0000-000000000000'::uuid)
                   order by id limit $5) as event
               order by event.id limit $5"#,
            &scope,
            from,
            to,
            after,
            PAGE
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.rollback().await?;
        let is_last = i64::try_from(rows.len()).unwrap_or(PAGE) < PAGE;
        for row in rows {
            let received_at = audit::occurred_at(row.id);
            let known = Known {
                received_at,
                event_at: row.event_at,
                format: &row.format,
                is_unparsed: row.unparsed.is_some(),
            };
            let raw = row.raw_bytes.as_deref().unwrap_or(row.raw.as_bytes());
            events += 1;
            let flow = read_again(raw, known, |event| {
                on_event(StoredEvent {
                    id: row.id,
                    organization: OrganizationId(row.organization_id),
                    source: SourceId(row.source_id),
                    event,
                    raw,
                })
            });
            if flow.is_break() {
                return Ok(Scanned { events, stopped_at: Some(received_at) });
            }
            after = Some(row.id);
        }
        if is_last {
            return Ok(Scanned { events, stopped_at: None });
        }
    }
}
