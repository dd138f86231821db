//! Browsers that somebody has signed in with.

use platform::Tx;
use time::OffsetDateTime;
use vocab::UserId;

use crate::cache::TokenHash;

/// Notes that somebody signs in with a browser of theirs; false when it is none of theirs.
pub async fn see(
    tx: &mut Tx,
    user: UserId,
    hash: &TokenHash,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update devices set last_seen_at = $3 where user_id = $1 and token_hash = $2",
        user.uuid(),
        hash.as_slice(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether we gave this token to some browser.
pub async fn is_ours(tx: &mut Tx, hash: &TokenHash) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from devices where token_hash = $1) as "is_ours!""#,
        hash.as_slice()
    )
    .fetch_one(&mut **tx)
    .await
}

pub async fn insert(
    tx: &mut Tx,
    user: UserId,
    hash: &TokenHash,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into devices (user_id, token_hash, created_at, last_seen_at) values ($1, $2, $3, $3)",
        user.uuid(),
        hash.as_slice(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether somebody has ever signed in.
pub async fn has_signed_in(tx: &mut Tx, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select last_sign_in_at is not null as "has_signed_in!" from users where id = $1"#,
        user.uuid()
    )
    .fetch_one(&mut **tx)
    .await
}

/// Removes browsers whose cookie is over since `moment`.
pub async fn remove_over(tx: &mut Tx, moment: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from devices where last_seen_at < $1", moment).execute(&mut **tx).await?;
    Ok(())
}
