//! Secrets of authenticator apps, recovery codes, and sign-ins that wait for one of them.

use platform::Tx;
use time::OffsetDateTime;
use vocab::UserId;

use crate::cache::TokenHash;

/// An authenticator app of somebody's.
#[derive(Debug, Clone)]
pub struct Totp {
    pub sealed_secret: Vec<u8>,
    pub created_at: OffsetDateTime,
    pub confirmed_at: Option<OffsetDateTime>,
    pub last_step: i64,
    pub last_used_at: Option<OffsetDateTime>,
}

pub async fn find(tx: &mut Tx, user: UserId) -> Result<Option<Totp>, sqlx::Error> {
    sqlx::query_as!(
        Totp,
        "select sealed_secret, created_at, confirmed_at, last_step, last_used_at from totp_factors where user_id = $1",
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await
}

/// Every app's secret, whose row stays as it is until the transaction ends.
pub async fn all_sealed(tx: &mut Tx) -> Result<Vec<(UserId, Vec<u8>)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select user_id as "user_id: UserId", sealed_secret from totp_factors order by user_id for update"#
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.user_id, row.sealed_secret)).collect())
}

/// The same secret, sealed with another one.
pub async fn keep_sealed(tx: &mut Tx, user: UserId, sealed: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!("update totp_factors set sealed_secret = $2 where user_id = $1", user.uuid(), sealed)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether somebody has a second factor.
pub async fn is_enrolled(tx: &mut Tx, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from enrolled_people where user_id = $1) as "is_enrolled!""#,
        user.uuid()
    )
    .fetch_one(&mut **tx)
    .await
}

/// Keeps a secret to be confirmed, in place of one that never was; false when there is a confirmed one.
pub async fn propose(
    tx: &mut Tx,
    user: UserId,
    sealed_secret: &[u8],
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into totp_factors (user_id, sealed_secret, created_at) values ($1, $2, $3)
         on conflict (user_id) do update set sealed_secret = excluded.sealed_secret, created_at = excluded.created_at
         where totp_factors.confirmed_at is null",
        user.uuid(),
        sealed_secret,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The app has shown that it knows the secret, with the code of `step`; false when another was proposed meanwhile.
pub async fn confirm(
    tx: &mut Tx,
    user: UserId,
    sealed_secret: &[u8],
    step: i64,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update totp_factors set confirmed_at = $3, last_step = $2, last_used_at = $3
         where user_id = $1 and confirmed_at is null and sealed_secret = $4",
        user.uuid(),
        step,
        now,
        sealed_secret
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses the code of a step up; false when it or a later one was used meanwhile.
pub async fn use_step(
    tx: &mut Tx,
    user: UserId,
    step: i64,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update totp_factors set last_step = $2, last_used_at = $3
         where user_id = $1 and confirmed_at is not null and last_step < $2",
        user.uuid(),
        step,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses a recovery code up; false when it is none of this person's, or was used before.
pub async fn use_recovery_code(
    tx: &mut Tx,
    user: UserId,
    hash: &TokenHash,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null",
        user.uuid(),
        hash.as_slice(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts these recovery codes in place of all there were.
pub async fn replace_recovery_codes(
    tx: &mut Tx,
    user: UserId,
    hashes: &[TokenHash],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from recovery_codes where user_id = $1", user.uuid()).execute(&mut **tx).await?;
    let hashes: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.to_vec()).collect();
    sqlx::query!(
        "insert into recovery_codes (user_id, code_hash, created_at) select $1, unnest($2::bytea[]), $3",
        user.uuid(),
        &hashes,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How many recovery codes of somebody are good yet.
pub async fn recovery_codes_left(tx: &mut Tx, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from recovery_codes where user_id = $1 and used_at is null"#,
        user.uuid()
    )
    .fetch_one(&mut **tx)
    .await
}

/// Removes whatever is asked of somebody beside their password; false when there was nothing.
pub async fn remove_all(tx: &mut Tx, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query!("delete from recovery_codes where user_id = $1", user.uuid()).execute(&mut **tx).await?;
    sqlx::query!("delete from sign_in_challenges where user_id = $1", user.uuid()).execute(&mut **tx).await?;
    sqlx::query!("update sessions set has_second_factor = false where user_id = $1", user.uuid())
        .execute(&mut **tx)
        .await?;
    sqlx::query!("delete from passkey_challenges where user_id = $1", user.uuid()).execute(&mut **tx).await?;
    let passkeys =
        sqlx::query!("delete from passkeys where user_id = $1", user.uuid()).execute(&mut **tx).await?;
    let had_app = remove_totp(tx, user).await?;
    Ok(had_app || passkeys.rows_affected() > 0)
}

/// Removes somebody's authenticator app; false when there was no confirmed one.
pub async fn remove_totp(tx: &mut Tx, user: UserId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query_scalar!(
        "delete from totp_factors where user_id = $1 returning confirmed_at",
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(done.flatten().is_some())
}

/// What somebody may show beside the password, recovery codes apart.
#[derive(Debug, Clone, Copy)]
pub struct Methods {
    pub has_app: bool,
    pub has_passkey: bool,
}

pub async fn methods(tx: &mut Tx, user: UserId) -> Result<Methods, sqlx::Error> {
    sqlx::query_as!(
        Methods,
        r#"select exists (select from totp_factors where user_id = $1 and confirmed_at is not null) as "has_app!",
                  exists (select from passkeys where user_id = $1) as "has_passkey!""#,
        user.uuid()
    )
    .fetch_one(&mut **tx)
    .await
}

/// A sign-in that waits for a second factor.
#[derive(Debug, Clone)]
pub struct Challenge {
    pub user: UserId,
    pub password_generation: i32,
    /// Who vouched in place of a password of ours.
    pub through: Option<String>,
}

pub async fn insert_challenge(
    tx: &mut Tx,
    hash: &TokenHash,
    challenge: &Challenge,
    expires_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sign_in_challenges (token_hash, user_id, password_generation, through, expires_at)
         values ($1, $2, $3, $4, $5)",
        hash.as_slice(),
        challenge.user.uuid(),
        challenge.password_generation,
        challenge.through.as_deref(),
        expires_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whose sign-in waits here, while it may be tried again.
pub async fn find_challenge(
    tx: &mut Tx,
    hash: &TokenHash,
    most_tries: i32,
    now: OffsetDateTime,
) -> Result<Option<Challenge>, sqlx::Error> {
    sqlx::query_as!(
        Challenge,
        r#"select user_id as "user: UserId", password_generation, through from sign_in_challenges
           where token_hash = $1 and tries < $2 and expires_at > $3"#,
        hash.as_slice(),
        most_tries,
        now
    )
    .fetch_optional(&mut **tx)
    .await
}

/// Takes one try of a challenge; false when there is none left.
pub async fn take_try(
    tx: &mut Tx,
    hash: &TokenHash,
    most_tries: i32,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update sign_in_challenges set tries = tries + 1 where token_hash = $1 and tries < $2 and expires_at > $3",
        hash.as_slice(),
        most_tries,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a challenge; false when somebody else has done so.
pub async fn remove_challenge(tx: &mut Tx, hash: &TokenHash) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from sign_in_challenges where token_hash = $1", hash.as_slice())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes challenges that were over before `moment`.
pub async fn remove_over(tx: &mut Tx, moment: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from sign_in_challenges where expires_at < $1", moment)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected())
}
