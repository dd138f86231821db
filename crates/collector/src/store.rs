//! Every statement of the collector's own tables.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;
use platform::{App, Result, Tx};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vocab::OrganizationId;

use crate::http::UnknownSender;
use crate::spool::Transport;
use crate::unknown::Noted;

/// How far a spool is kept.
#[derive(Debug, Default)]
pub struct Place {
    pub position: i64,
    pub state_position: i64,
    pub state: Option<Vec<u8>>,
}

pub async fn place(tx: &mut Tx, spool: Uuid) -> Result<Option<Place>, sqlx::Error> {
    sqlx::query_as!(
        Place,
        "select position, state_position, state from collector_positions where spool = $1",
        spool
    )
    .fetch_optional(&mut **tx)
    .await
}

/// Moves a spool's place on, in the transaction that keeps what is between; false when it is elsewhere by now.
pub async fn advance(tx: &mut Tx, spool: Uuid, from: i64, to: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into collector_positions as known (spool, position, state_position) values ($1, $3, $2)
         on conflict (spool) do update set position = excluded.position, updated_at = now()
         where known.position = $2",
        spool,
        from,
        to
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps what rules have seen up to `position`.
pub async fn save_state(tx: &mut Tx, spool: Uuid, position: i64, state: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update collector_positions set state_position = $2, state = $3 where spool = $1",
        spool,
        position,
        state
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn add_unknown(app: &App, noted: &HashMap<IpAddr, Noted>, most: usize) -> Result<()> {
    let addresses = noted.keys().map(|address| IpNet::from(*address)).collect::<Vec<_>>();
    let transports = noted.values().map(|one| one.transport.as_str().to_owned()).collect::<Vec<_>>();
    let messages = noted.values().map(|one| one.messages).collect::<Vec<_>>();
    let first = noted.values().map(|one| one.first_seen_at).collect::<Vec<_>>();
    let last = noted.values().map(|one| one.last_seen_at).collect::<Vec<_>>();
    let samples = noted.values().map(|one| log_formats::text(&one.sample).into_owned()).collect::<Vec<_>>();
    let mut tx = app.db.begin(platform::db::Scope::System).await?;
    sqlx::query!(
        "insert into unknown_senders as known (address, transport, messages, first_seen_at, last_seen_at, sample)
         select * from unnest($1::inet[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::text[])
             as news (address, transport, messages, first_seen_at, last_seen_at, sample)
             order by address
         on conflict (address) do update set transport = excluded.transport,
             messages = known.messages + excluded.messages,
             last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at),
             sample = case excluded.sample when '' then known.sample else excluded.sample end",
        &addresses,
        &transports,
        &messages,
        &first,
        &last,
        &samples
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from unknown_senders where address in
             (select address from unknown_senders order by last_seen_at desc, address offset $1)",
        i64::try_from(most)?
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Those that no source has by now, the latest first. At most as many as are remembered.
pub async fn unknown_senders(tx: &mut Tx) -> Result<Vec<UnknownSender>, sqlx::Error> {
    sqlx::query_as!(
        UnknownSender,
        r#"select host(address) as "address!", transport as "transport: Transport", messages, first_seen_at, last_seen_at,
                  sample
           from unknown_senders
           where not exists (select from source_networks where network >>= address and masklen(network) > 0)
           order by last_seen_at desc, address limit 1000"#
    )
    .fetch_all(&mut **tx)
    .await
}

pub async fn oldest_organization(tx: &mut Tx) -> Result<Option<OrganizationId>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from organizations order by created_at, id limit 1")
        .fetch_optional(&mut **tx)
        .await?;
    Ok(id.map(OrganizationId))
}

pub async fn has_catch_all(tx: &mut Tx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from source_networks where masklen(network) = 0) as "exists!""#
    )
    .fetch_one(&mut **tx)
    .await
}

pub async fn save_report(app: &App, node: Uuid, report: &Value) -> Result<()> {
    sqlx::query!(
        "insert into collector_reports (node, reported_at, report) values ($1, $2, $3)
         on conflict (node) do update set reported_at = excluded.reported_at, report = excluded.report",
        node,
        app.clock.now(),
        report
    )
    .execute(app.db.pool())
    .await?;
    Ok(())
}

/// What other processes said lately.
pub async fn reports(app: &App, but: Uuid, since: OffsetDateTime) -> Result<Vec<Value>, sqlx::Error> {
    sqlx::query_scalar!(
        "select report from collector_reports where node <> $1 and reported_at > $2 order by node",
        but,
        since
    )
    .fetch_all(app.db.pool())
    .await
}

/// Removes reports of processes that are gone, and unknown senders that were not heard for a month.
pub async fn forget_old(app: &App) -> Result<()> {
    let now = app.clock.now();
    sqlx::query!("delete from collector_reports where reported_at < $1", now - Duration::hours(1))
        .execute(app.db.pool())
        .await?;
    sqlx::query!("delete from unknown_senders where last_seen_at < $1", now - Duration::days(30))
        .execute(app.db.pool())
        .await?;
    Ok(())
}
