//! Other installations' logs, as far as they were shown.

use platform::{Result, Tx};
use time::OffsetDateTime;

use super::{Checkpoint, CheckpointRow};

/// The last checkpoint of a log, kept from others until the transaction ends.
pub async fn witnessed(tx: &mut Tx, origin: &str) -> Result<Option<Checkpoint>> {
    // Also where there is none yet.
    sqlx::query!("select pg_advisory_xact_lock(hashtext('audit.witness ' || $1))", origin)
        .execute(&mut **tx)
        .await?;
    let row = sqlx::query_as!(
        CheckpointRow,
        "select size, root, note, seen_at as made_at from audit_witnessed where origin = $1",
        origin
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(CheckpointRow::checkpoint).transpose()
}

pub async fn all_witnessed(tx: &mut Tx) -> Result<Vec<(String, Checkpoint)>> {
    let rows = sqlx::query!(
        "select origin, size, root, note, seen_at as made_at from audit_witnessed order by origin"
    )
    .fetch_all(&mut **tx)
    .await?;
    let all = rows.into_iter().map(|row| {
        let kept = CheckpointRow { size: row.size, root: row.root, note: row.note, made_at: row.made_at };
        Ok((row.origin, kept.checkpoint()?))
    });
    all.collect()
}

pub async fn keep_witnessed(
    tx: &mut Tx,
    said: &merkle::Checkpoint,
    note: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "insert into audit_witnessed (origin, size, root, note, seen_at) values ($1, $2, $3, $4, $5)
         on conflict (origin) do update set size = excluded.size, root = excluded.root, note = excluded.note,
             seen_at = excluded.seen_at",
        said.origin,
        i64::try_from(said.size)?,
        &said.root[..],
        note,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
