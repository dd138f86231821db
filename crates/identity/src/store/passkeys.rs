//! Passkeys, and what browsers were asked to sign with them.

use platform::Tx;
use time::OffsetDateTime;
use vocab::{PasskeyId, UserId};

use crate::cache::TokenHash;

/// A passkey as its person sees it.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PasskeyView {
    pub id: PasskeyId,
    pub name: String,
    /// Whether it may be on several devices of its person.
    pub may_be_copied: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
}

/// Somebody's passkeys, the oldest first.
pub async fn list(tx: &mut Tx, user: UserId) -> Result<Vec<PasskeyView>, sqlx::Error> {
    sqlx::query_as!(
        PasskeyView,
        r#"select id as "id: PasskeyId", name, may_be_copied, created_at, last_used_at
           from passkeys where user_id = $1 order by id"#,
        user.uuid()
    )
    .fetch_all(&mut **tx)
    .await
}

/// What a browser is told of a key, so that it finds it or makes no second one.
#[derive(Debug)]
pub struct Known {
    pub credential_id: Vec<u8>,
    pub transports: Vec<String>,
    pub is_verified: bool,
}

pub async fn known(tx: &mut Tx, user: UserId) -> Result<Vec<Known>, sqlx::Error> {
    sqlx::query_as!(
        Known,
        "select credential_id, transports, is_verified from passkeys where user_id = $1 order by id",
        user.uuid()
    )
    .fetch_all(&mut **tx)
    .await
}

/// A key as it is kept.
#[derive(Debug)]
pub struct Kept {
    pub id: PasskeyId,
    pub sealed_public_key: Vec<u8>,
    pub counter: i64,
    pub is_verified: bool,
    pub may_be_copied: bool,
}

/// The key of this person that has this id of an authenticator's.
pub async fn find(tx: &mut Tx, user: UserId, credential_id: &[u8]) -> Result<Option<Kept>, sqlx::Error> {
    sqlx::query_as!(
        Kept,
        r#"select id as "id: PasskeyId", sealed_public_key, counter, is_verified, may_be_copied
           from passkeys where user_id = $1 and credential_id = $2"#,
        user.uuid(),
        credential_id
    )
    .fetch_optional(&mut **tx)
    .await
}

/// A public key, and what it is sealed with and under.
#[derive(Debug)]
pub struct Sealed {
    pub id: PasskeyId,
    pub user: UserId,
    pub credential_id: Vec<u8>,
    pub sealed_public_key: Vec<u8>,
}

/// Every public key, whose row stays as it is until the transaction ends.
pub async fn all_sealed(tx: &mut Tx) -> Result<Vec<Sealed>, sqlx::Error> {
    sqlx::query_as!(
        Sealed,
        r#"select id as "id: PasskeyId", user_id as "user: UserId", credential_id, sealed_public_key
           from passkeys order by id for update"#
    )
    .fetch_all(&mut **tx)
    .await
}

/// The same public key, sealed with another secret.
pub async fn keep_sealed(tx: &mut Tx, id: PasskeyId, sealed: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!("update passkeys set sealed_public_key = $2 where id = $1", id.uuid(), sealed)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A key to be kept.
#[derive(Debug)]
pub struct NewPasskey<'a> {
    pub user: UserId,
    pub name: &'a str,
    pub credential_id: &'a [u8],
    pub sealed_public_key: &'a [u8],
    pub counter: u32,
    pub is_verified: bool,
    pub may_be_copied: bool,
    pub transports: &'a [String],
    pub now: OffsetDateTime,
}

/// Keeps a key; none when the authenticator's id of it is known already.
pub async fn insert(tx: &mut Tx, new: NewPasskey<'_>) -> Result<Option<PasskeyView>, sqlx::Error> {
    sqlx::query_as!(
        PasskeyView,
        r#"insert into passkeys (id, user_id, name, credential_id, sealed_public_key, counter, is_verified, may_be_copied,
                                 transports, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           on conflict (credential_id) do nothing
           returning id as "id: PasskeyId", name, may_be_copied, created_at, last_used_at"#,
        PasskeyId::new().uuid(),
        new.user.uuid(),
        new.name,
        new.credential_id,
        new.sealed_public_key,
        i64::from(new.counter),
        new.is_verified,
        new.may_be_copied,
        new.transports,
        new.now
    )
    .fetch_optional(&mut **tx)
    .await
}

/// A key was shown.
pub async fn note_use(
    tx: &mut Tx,
    passkey: PasskeyId,
    counter: u32,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update passkeys set counter = $2, last_used_at = $3 where id = $1",
        passkey.uuid(),
        i64::from(counter),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn rename(
    tx: &mut Tx,
    user: UserId,
    passkey: PasskeyId,
    name: &str,
) -> Result<Option<PasskeyView>, sqlx::Error> {
    sqlx::query_as!(
        PasskeyView,
        r#"update passkeys set name = $3 where id = $1 and user_id = $2
           returning id as "id: PasskeyId", name, may_be_copied, created_at, last_used_at"#,
        passkey.uuid(),
        user.uuid(),
        name
    )
    .fetch_optional(&mut **tx)
    .await
}

/// Takes a key of this person away, and says what it was called.
pub async fn remove(tx: &mut Tx, user: UserId, passkey: PasskeyId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from passkeys where id = $1 and user_id = $2 returning name",
        passkey.uuid(),
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await
}

/// Keeps what a browser is asked to sign, in place of what it was asked before for the same.
pub async fn keep_challenge(
    tx: &mut Tx,
    bound_to: &TokenHash,
    user: UserId,
    challenge: &[u8],
    expires_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into passkey_challenges (bound_to, user_id, challenge, expires_at) values ($1, $2, $3, $4)
         on conflict (bound_to) do update
         set user_id = excluded.user_id, challenge = excluded.challenge, expires_at = excluded.expires_at",
        bound_to.as_slice(),
        user.uuid(),
        challenge,
        expires_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Uses a challenge up, whatever becomes of the answer; none when there is none, or it is over.
pub async fn take_challenge(
    tx: &mut Tx,
    bound_to: &TokenHash,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let row = sqlx::query!(
        "delete from passkey_challenges where bound_to = $1 and user_id = $2 returning challenge, expires_at",
        bound_to.as_slice(),
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.filter(|row| row.expires_at > now).map(|row| row.challenge))
}

/// Removes challenges that were over before `moment`.
pub async fn remove_over(tx: &mut Tx, moment: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from passkey_challenges where expires_at < $1", moment).execute(&mut **tx).await?;
    Ok(())
}
