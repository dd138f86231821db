//! Every SQL statement of the module.

use platform::Tx;
use platform::secrets::Versions;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

const DIGEST_BYTES: usize = 8;

/// What a process has of one secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub name: &'static str,
    pub used: i32,
    pub known: i32,
    /// Of the latest value: two who have the same number may have other values.
    pub digest: Vec<u8>,
}

impl Read {
    pub fn of(name: &'static str, versions: &Versions) -> Self {
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            name,
            used: number(versions.current().number),
            known: number(versions.latest()),
            digest: digest(versions),
        }
    }
}

/// Enough to tell values apart, and too little to find one by.
fn digest(versions: &Versions) -> Vec<u8> {
    let latest = versions.each().max_by_key(|version| version.number);
    let secret = latest.map_or("", |version| &version.secret);
    Sha256::digest(secret).iter().take(DIGEST_BYTES).copied().collect()
}

/// Changes are made in one transaction at a time, and a start lets in who may sign in under the same lock.
pub async fn lock(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    // Who keeps the secrets may be slower than a transaction that does nothing may be.
    sqlx::query!("select set_config('idle_in_transaction_session_timeout', '0', true)")
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtext('secrets'))").execute(&mut *tx).await?;
    Ok(())
}

pub async fn report(
    tx: &mut Tx,
    process: Uuid,
    reads: &[Read],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let names = reads.iter().map(|read| read.name.to_owned()).collect::<Vec<_>>();
    let used = reads.iter().map(|read| read.used).collect::<Vec<_>>();
    let known = reads.iter().map(|read| read.known).collect::<Vec<_>>();
    let digests = reads.iter().map(|read| read.digest.clone()).collect::<Vec<_>>();
    sqlx::query!(
        "insert into secret_readers (process_id, name, used, known, digest, seen_at)
         select $1, name, used, known, digest, $6
         from unnest($2::text[], $3::int[], $4::int[], $5::bytea[]) as read (name, used, known, digest)
         on conflict (process_id, name) do update
         set used = excluded.used, known = excluded.known, digest = excluded.digest, seen_at = excluded.seen_at",
        process,
        &names,
        &used,
        &known,
        &digests,
        now
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("delete from secret_readers where seen_at < $1", now - time::Duration::days(1))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn forget(tx: &mut Tx, process: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from secret_readers where process_id = $1", process).execute(&mut **tx).await?;
    Ok(())
}

/// How many processes heard of since then do not know the latest version as it is here, and how many do not use it.
pub async fn laggards(
    tx: &mut Tx,
    name: &str,
    versions: &Versions,
    since: OffsetDateTime,
) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) filter (where known < $2 or digest <> $4) as "ignorant!",
                  count(*) filter (where used < $2 or digest <> $4) as "idle!"
           from secret_readers where name = $1 and seen_at >= $3"#,
        name,
        i32::try_from(versions.latest()).unwrap_or(i32::MAX),
        since,
        digest(versions)
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.ignorant, row.idle))
}
