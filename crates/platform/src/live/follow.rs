//! Following the outbox: one task a process, woken by NOTIFY, reading the table.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::postgres::PgListener;
use sqlx::types::Json;
use tokio::task::JoinHandle;
use uuid::Uuid;
use vocab::{OrganizationId, UserId};

use super::hub::Event;
use super::outbox::Position;
use super::{Live, Signal};
use crate::db::{Db, Scope};
use crate::{Result, threads};

/// Rows read at once.
const RUN: i64 = 1000;
/// How soon to look again while an older transaction is still running.
const PENDING: Duration = Duration::from_millis(5);
/// How soon to look again after changes were found: while many come, a look is for many.
const PAUSE: Duration = Duration::from_millis(20);
/// How long to wait for a NOTIFY before looking anyway.
const IDLE: Duration = Duration::from_secs(2);

/// Starts following, on a thread of its own: changes come by the hundred. The task ends when its handle is aborted.
pub fn start(live: &Live) -> Result<JoinHandle<()>> {
    let live = live.clone();
    let thread =
        threads::run("live", async move { follow_on(&live).await }).context("a thread for live changes")?;
    #[expect(clippy::disallowed_methods, reason = "the caller owns the handle")]
    Ok(tokio::spawn(thread.ended()))
}

async fn follow_on(live: &Live) {
    loop {
        let outcome = follow(live).await;
        if live.db.pool().is_closed() {
            // The process stops: there is nothing left to follow.
            return;
        }
        if let Err(error) = outcome {
            tracing::warn!(?error, "live changes are interrupted; trying again");
        }
        let _ = live.signals.send(Signal::Lost);
        live.hub.lag_all();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn follow(live: &Live) -> Result<()> {
    // One to listen, one to read.
    let db = &live.db.following(2);
    let mut listener = PgListener::connect_with(db.pool()).await?;
    listener.listen_all(["cibercase_outbox", "cibercase_signal"]).await?;
    if live.hub.position() == Position::default() {
        live.hub.start_at(present(db).await?);
    }
    let _ = live.signals.send(Signal::Lost);
    loop {
        let before = live.hub.position();
        let is_pending = catch_up(live, db).await?;
        if live.hub.position() != before {
            tokio::time::sleep(PAUSE).await;
        }
        let patience = if is_pending { PENDING } else { IDLE };
        match tokio::time::timeout(patience, listener.try_recv()).await {
            // Nothing came: look anyway.
            Err(_) => {}
            Ok(Ok(Some(notification))) => pass_on(live, notification.channel(), notification.payload()),
            Ok(Ok(None)) => return Err(anyhow::anyhow!("the listening connection was lost").into()),
            Ok(Err(error)) => return Err(error.into()),
        }
        // One look serves all that were sent meanwhile.
        while let Some(notification) = listener.next_buffered() {
            pass_on(live, notification.channel(), notification.payload());
        }
    }
}

fn pass_on(live: &Live, channel: &str, payload: &str) {
    if channel != "cibercase_signal" {
        return;
    }
    let (topic, text) = payload.split_once(':').unwrap_or((payload, ""));
    let _ = live.signals.send(Signal::Sent { topic: topic.to_owned(), text: text.to_owned() });
}

/// Publishes all that is settled; says whether something written may still be waiting for an older transaction.
async fn catch_up(live: &Live, db: &Db) -> Result<bool> {
    loop {
        let from = live.hub.position();
        let events = read_after(db, from, None).await?;
        if events.is_empty() {
            return is_pending(db, from).await;
        }
        let is_full = i64::try_from(events.len()).unwrap_or(0) >= RUN;
        live.hub.publish(&events);
        if !is_full {
            // Where some were, more may be: the next look says, and asks what waits only when it finds nothing.
            return Ok(true);
        }
    }
}

/// A change as browsers read it; what it says of its object is passed on as it was written.
#[derive(Serialize)]
struct Told<'a> {
    seq: &'a str,
    topic: &'a str,
    organization_id: Option<Uuid>,
    id: Uuid,
    change: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

/// Settled changes after `from`, in order, up to `until` where given.
pub(super) async fn read_after(db: &Db, from: Position, until: Option<Position>) -> Result<Vec<Event>> {
    let tx = &mut db.read(Scope::System).await?;
    let until = until.unwrap_or(Position { xact: u64::MAX, seq: i64::MAX });
    let rows = sqlx::query!(
        r#"select xact::text as "xact!", seq as "seq!", organization_id, user_id, topic, object_id, change,
                  data as "data: Json<Box<RawValue>>"
           from outbox
           where (xact, seq) > ($1::text::xid8, $2) and (xact, seq) <= ($3::text::xid8, $4)
             and xact < pg_snapshot_xmin(pg_current_snapshot())
           order by xact, seq
           limit $5"#,
        from.xact.to_string(),
        from.seq,
        until.xact.to_string(),
        until.seq,
        RUN
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let position = Position { xact: row.xact.parse()?, seq: row.seq };
            let told = Told {
                seq: &position.to_string(),
                topic: &row.topic,
                organization_id: row.organization_id,
                id: row.object_id,
                change: &row.change,
                data: row.data.as_ref().map(|data| &*data.0),
            };
            let json = serde_json::to_string(&told).map_err(anyhow::Error::from)?;
            Ok(Event {
                position,
                topic: Arc::from(row.topic),
                organization: row.organization_id.map(OrganizationId),
                user: row.user_id.map(UserId),
                id: row.object_id,
                json: Arc::from(json),
            })
        })
        .collect()
}

/// The place before which everything is settled now.
pub(super) async fn present(db: &Db) -> Result<Position> {
    let tx = &mut db.read(Scope::System).await?;
    let xact = sqlx::query_scalar!(r#"select pg_snapshot_xmin(pg_current_snapshot())::text as "xact!""#)
        .fetch_one(&mut **tx)
        .await?;
    // Everything of transactions before this one is settled and past.
    Ok(Position { xact: xact.parse::<u64>()?.saturating_sub(1), seq: i64::MAX })
}

/// Whether the table still holds changes from `position` on; false means the place has been dropped with its day.
pub(super) async fn is_kept(db: &Db, position: Position) -> Result<bool> {
    let tx = &mut db.read(Scope::System).await?;
    let oldest = sqlx::query_scalar!(r#"select min(xact::text::numeric)::text as "oldest" from (select xact from outbox order by xact, seq limit 1) as first"#)
        .fetch_one(&mut **tx)
        .await?;
    Ok(match oldest {
        Some(oldest) => oldest.parse::<u64>()? <= position.xact,
        // An empty table does not say what it once held: only who has heard all until now has missed nothing.
        None => position >= present(db).await?,
    })
}

async fn is_pending(db: &Db, position: Position) -> Result<bool> {
    let tx = &mut db.read(Scope::System).await?;
    let is_pending = sqlx::query_scalar!(
        r#"select exists (select from outbox where (xact, seq) > ($1::text::xid8, $2)) as "is_pending!""#,
        position.xact.to_string(),
        position.seq
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(is_pending)
}
