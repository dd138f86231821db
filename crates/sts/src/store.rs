//! Every SQL statement of the module.

use platform::Tx;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::key::{KeyPhase, NewKey};

/// A key as the table has it.
#[derive(Debug, Clone)]
pub struct KeyRow {
    pub kid: String,
    pub phase: KeyPhase,
    pub public_x: String,
    pub public_y: String,
    pub sealed_private_key: Option<Vec<u8>>,
    pub prepared_at: OffsetDateTime,
    pub activated_at: Option<OffsetDateTime>,
    pub tainted_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
}

/// Phases change in one transaction at a time.
pub async fn lock(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('signing_keys'))").execute(&mut **tx).await?;
    Ok(())
}

/// The keys that are not revoked, the latest first.
pub async fn living(tx: &mut Tx) -> Result<Vec<KeyRow>, sqlx::Error> {
    sqlx::query_as!(
        KeyRow,
        r#"select kid, phase as "phase: KeyPhase", public_x, public_y, sealed_private_key, prepared_at, activated_at,
                  tainted_at, revoked_at
           from signing_keys
           where phase <> 'revoked'
           order by prepared_at desc, kid"#
    )
    .fetch_all(&mut **tx)
    .await
}

/// The keys there have been of late, the latest first.
pub async fn recent(tx: &mut Tx) -> Result<Vec<KeyRow>, sqlx::Error> {
    sqlx::query_as!(
        KeyRow,
        r#"select kid, phase as "phase: KeyPhase", public_x, public_y, null::bytea as sealed_private_key, prepared_at,
                  activated_at, tainted_at, revoked_at
           from signing_keys
           order by prepared_at desc, kid
           limit 20"#
    )
    .fetch_all(&mut **tx)
    .await
}

pub async fn insert(tx: &mut Tx, key: &NewKey, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into signing_keys (kid, phase, public_x, public_y, sealed_private_key, prepared_at)
         values ($1, 'prepared', $2, $3, $4, $5)",
        key.public.kid,
        key.public.x,
        key.public.y,
        key.sealed,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The prepared key's turn has come.
pub async fn activate(tx: &mut Tx, kid: &str, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("update signing_keys set phase = 'active', activated_at = $2 where kid = $1", kid, now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The same private key, sealed with another secret.
pub async fn keep_sealed(tx: &mut Tx, kid: &str, sealed: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!("update signing_keys set sealed_private_key = $2 where kid = $1", kid, sealed)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The key signs no more, and what could sign is forgotten.
pub async fn taint(tx: &mut Tx, kid: &str, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update signing_keys set phase = 'tainted', tainted_at = $2, sealed_private_key = null where kid = $1",
        kid,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Nothing that the key signed is believed any more.
pub async fn revoke(tx: &mut Tx, kid: &str, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update signing_keys set phase = 'revoked', revoked_at = $2, sealed_private_key = null where kid = $1",
        kid,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The tokens that were ended before their time and would still live.
pub async fn revoked_tokens(tx: &mut Tx, now: OffsetDateTime) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select jti from revoked_tokens where expires_at > $1", now)
        .fetch_all(&mut **tx)
        .await
}

/// Ends a token; false when it was ended already.
pub async fn revoke_token(tx: &mut Tx, jti: Uuid, expires_at: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into revoked_tokens (jti, expires_at) values ($1, $2) on conflict do nothing",
        jti,
        expires_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses an assertion up; false when it has been used already.
pub async fn use_assertion(
    tx: &mut Tx,
    hash: &[u8],
    expires_at: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into used_assertions (assertion_hash, expires_at) values ($1, $2) on conflict do nothing",
        hash,
        expires_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes what has run out anyway.
pub async fn remove_over(tx: &mut Tx, moment: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from revoked_tokens where expires_at < $1", moment).execute(&mut **tx).await?;
    sqlx::query!("delete from used_assertions where expires_at < $1", moment).execute(&mut **tx).await?;
    Ok(())
}
