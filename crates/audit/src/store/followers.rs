//! Who is told of the log, and how far.

use platform::{Result, Tx};
use time::OffsetDateTime;

vocab::text_enum! {
    pub enum FollowerKind {
        Witness = "witness",
        Siem = "siem",
    }
}

/// One who is told of the log.
pub struct Follower {
    pub name: String,
    pub kind: FollowerKind,
    /// How much of it they have.
    pub size: u64,
    pub told_at: Option<OffsetDateTime>,
    /// Why they take nothing now, and since when.
    pub problem: Option<String>,
    pub failing_since: Option<OffsetDateTime>,
}

pub async fn followers(tx: &mut Tx) -> Result<Vec<Follower>> {
    let rows = sqlx::query!(
        r#"select name, kind as "kind: FollowerKind", size, told_at, problem, failing_since
           from audit_followers order by kind, name"#
    )
    .fetch_all(&mut **tx)
    .await?;
    let followers = rows.into_iter().map(|row| {
        Ok(Follower {
            name: row.name,
            kind: row.kind,
            size: u64::try_from(row.size)?,
            told_at: row.told_at,
            problem: row.problem,
            failing_since: row.failing_since,
        })
    });
    followers.collect()
}

pub async fn follower(tx: &mut Tx, name: &str) -> Result<Option<Follower>> {
    Ok(followers(tx).await?.into_iter().find(|follower| follower.name == name))
}

/// They have the log up to `size`. What another node told them beyond that meanwhile stays.
pub async fn keep_told(
    tx: &mut Tx,
    name: &str,
    kind: FollowerKind,
    size: u64,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "insert into audit_followers as known (name, kind, size, told_at) values ($1, $2, $3, $4)
         on conflict (name) do update set size = greatest(known.size, excluded.size), told_at = excluded.told_at,
             problem = null, failing_since = null",
        name,
        kind.as_str(),
        i64::try_from(size)?,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// They take nothing.
pub async fn keep_failing(
    tx: &mut Tx,
    name: &str,
    kind: FollowerKind,
    problem: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "insert into audit_followers as known (name, kind, size, problem, failing_since) values ($1, $2, 0, $3, $4)
         on conflict (name) do update set problem = excluded.problem,
             failing_since = coalesce(known.failing_since, excluded.failing_since)",
        name,
        kind.as_str(),
        problem,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
