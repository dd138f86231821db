use std::collections::{BTreeMap, HashMap};

use audit::Record;
use ipnet::IpNet;
use platform::db::Scope;
use platform::{App, Result, Tx};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A network from which somebody has not signed in for so long is forgotten, unless it is the last that is known.
const NETWORKS_KEPT: Duration = Duration::days(180);
const SIGN_INS_KEPT: Duration = Duration::days(30);

/// How far the audit log was seen, and what rules remember there.
#[derive(Debug, Clone)]
pub struct Place {
    pub position: u64,
    pub began_at: OffsetDateTime,
    pub memory: Option<Value>,
}

/// The place; the first time it is the log's beginning.
pub async fn place(tx: &mut Tx) -> Result<Place> {
    sqlx::query!(
        "insert into monitoring_watch (position, began_at) values (0, now()) on conflict (is_only) do nothing"
    )
    .execute(&mut **tx)
    .await?;
    let row =
        sqlx::query!("select position, began_at, memory from monitoring_watch").fetch_one(&mut **tx).await?;
    Ok(Place { position: u64::try_from(row.position)?, began_at: row.began_at, memory: row.memory })
}

/// Moves the place on from where it was; says whether it was still there.
pub async fn advance(tx: &mut Tx, from: u64, to: u64, memory: &Value) -> Result<bool> {
    let done = sqlx::query!(
        "update monitoring_watch set position = $2, memory = $3 where position = $1",
        i64::try_from(from)?,
        i64::try_from(to)?,
        memory
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The log is shorter than what was seen of it.
pub async fn fall_back(tx: &mut Tx, to: u64) -> Result<()> {
    sqlx::query!("update monitoring_watch set position = $1", i64::try_from(to)?).execute(&mut **tx).await?;
    Ok(())
}

/// The networks that these people signed in from.
pub async fn networks(tx: &mut Tx, users: &[Uuid]) -> Result<Vec<(Uuid, IpNet)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select user_id, network as "network: IpNet" from monitoring_networks where user_id = any ($1)"#,
        users
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.user_id, row.network)).collect())
}

pub async fn learn(tx: &mut Tx, learned: &HashMap<(Uuid, IpNet), OffsetDateTime>) -> Result<(), sqlx::Error> {
    let users = learned.keys().map(|(user, _)| *user).collect::<Vec<_>>();
    let networks = learned.keys().map(|(_, network)| *network).collect::<Vec<_>>();
    let times = learned.values().copied().collect::<Vec<_>>();
    sqlx::query!(
        "insert into monitoring_networks as known (user_id, network, last_seen_at)
         select * from unnest($1::uuid[], $2::cidr[], $3::timestamptz[])
         on conflict (user_id, network) do update
             set last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)",
        &users,
        &networks as _,
        &times
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Sign-ins of one minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignIns {
    pub succeeded: i64,
    pub failed: i64,
    pub services_failed: i64,
}

impl SignIns {
    /// What records say of sign-ins, by the minute.
    pub fn of(records: &[(Record, OffsetDateTime)]) -> BTreeMap<OffsetDateTime, Self> {
        let mut minutes = BTreeMap::<OffsetDateTime, Self>::new();
        for (record, at) in records {
            let minute = at.replace_second(0).and_then(|at| at.replace_nanosecond(0)).unwrap_or(*at);
            let counts = |one: &mut Self| match record.action.as_str() {
                "session.opened" => one.succeeded += 1,
                "session.refused" => one.failed += 1,
                "service.refused" => one.services_failed += 1,
                _ => {}
            };
            counts(minutes.entry(minute).or_default());
        }
        minutes.retain(|_, one| *one != Self::default());
        minutes
    }
}

pub async fn count(tx: &mut Tx, minutes: &BTreeMap<OffsetDateTime, SignIns>) -> Result<(), sqlx::Error> {
    let of = |pick: fn(&SignIns) -> i64| minutes.values().map(pick).collect::<Vec<_>>();
    sqlx::query!(
        "insert into monitoring_sign_ins as known (minute, succeeded, failed, services_failed)
         select * from unnest($1::timestamptz[], $2::bigint[], $3::bigint[], $4::bigint[])
         on conflict (minute) do update set succeeded = known.succeeded + excluded.succeeded,
             failed = known.failed + excluded.failed,
             services_failed = known.services_failed + excluded.services_failed",
        &minutes.keys().copied().collect::<Vec<_>>(),
        &of(|one| one.succeeded),
        &of(|one| one.failed),
        &of(|one| one.services_failed)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Lets go what is too old to say anything.
pub async fn forget_old(app: &App) -> Result<()> {
    let (mut tx, now) = (app.db.begin(Scope::System).await?, app.clock.now());
    sqlx::query!(
        "delete from monitoring_networks old where last_seen_at < $1 and exists (
             select from monitoring_networks newer
             where newer.user_id = old.user_id and newer.last_seen_at > old.last_seen_at)",
        now - NETWORKS_KEPT
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from monitoring_sign_ins where minute < $1", now - SIGN_INS_KEPT)
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}

/// Sign-ins since then, all minutes together.
pub async fn sign_ins(tx: &mut Tx, since: OffsetDateTime) -> Result<SignIns, sqlx::Error> {
    sqlx::query_as!(
        SignIns,
        r#"select coalesce(sum(succeeded), 0)::bigint as "succeeded!", coalesce(sum(failed), 0)::bigint as "failed!",
                  coalesce(sum(services_failed), 0)::bigint as "services_failed!"
           from monitoring_sign_ins where minute >= $1"#,
        since
    )
    .fetch_one(&mut **tx)
    .await
}
