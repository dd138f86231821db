//! Kept events from the oldest to the newest: what a rule would have said of them.

use std::collections::VecDeque;

use log_formats::Event;
use platform::db::Scope;
use platform::{App, Result, ids};
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

/// A walk over the events of organizations received in `from..to`: one organization after the other, each from its oldest
/// event on. Each page is one walk along the primary key in a transaction of its own, so that a long scan holds nothing
/// back and costs the same however many organizations there are.
pub struct Scan {
    organizations: VecDeque<OrganizationId>,
    from: OffsetDateTime,
    to: OffsetDateTime,
    after: Uuid,
    /// How many there are to see, to the minute.
    pub total: u64,
}

impl Scan {
    /// Counts what there is to see.
    pub async fn begin(
        app: &App,
        organizations: &[OrganizationId],
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Self> {
        let mut tx = app.db.read(Scope::Organizations(organizations)).await?;
        let total = sqlx::query_scalar!(
            r#"select coalesce(sum(total), 0)::bigint as "total!" from event_minutes
               where organization_id = any($1) and minute >= date_trunc('minute', $2::timestamptz) and minute < $3"#,
            &organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
            from,
            to
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.rollback().await?;
        let organizations = organizations.iter().copied().collect();
        Ok(Self { organizations, from, to, after: Uuid::nil(), total: total.try_into().unwrap_or_default() })
    }

    /// Hands the next events to `on_event`; says how many, or none when all were seen.
    pub async fn page(
        &mut self,
        app: &App,
        mut on_event: impl FnMut(StoredEvent<'_>),
    ) -> Result<Option<u64>> {
        let Some(organization) = self.organizations.front().copied() else { return Ok(None) };
        let mut tx = app.db.read(Scope::Organizations(&[organization])).await?;
        let rows = sqlx::query!(
            r#"select id, source_id, event_at, format, unparsed, raw, raw_bytes from events
               where organization_id = $1 and id >= uuidv7_floor($2) and id < uuidv7_floor($3) and id > $4
               order by id limit $5"#,
            organization.uuid(),
            self.from,
            self.to,
            self.after,
            PAGE
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.rollback().await?;
        for row in &rows {
            let known = Known {
                received_at: ids::occurred_at(row.id),
                event_at: row.event_at,
                format: &row.format,
                is_unparsed: row.unparsed.is_some(),
            };
            let raw = row.raw_bytes.as_deref().unwrap_or(row.raw.as_bytes());
            let (id, source) = (row.id, SourceId(row.source_id));
            read_again(raw, known, |event| on_event(StoredEvent { id, organization, source, event, raw }));
        }
        let seen = rows.len();
        match rows.last() {
            Some(last) if i64::try_from(seen).is_ok_and(|seen| seen == PAGE) => self.after = last.id,
            _ => {
                self.organizations.pop_front();
                self.after = Uuid::nil();
            }
        }
        Ok(Some(seen as u64))
    }
}
