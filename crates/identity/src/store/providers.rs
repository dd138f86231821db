//! Who somebody is at a provider, and browsers that are awaited back from one.

use platform::Tx;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use vocab::{SessionId, UserId};

use crate::cache::TokenHash;
use crate::model::AccountSource;

/// A browser that is sent to a provider.
#[derive(Debug, Clone, Copy)]
pub struct NewAttempt<'a> {
    pub state_hash: TokenHash,
    pub browser_hash: TokenHash,
    pub provider: &'a str,
    /// Who links the provider, in which session.
    pub linking: Option<(UserId, SessionId)>,
    pub expires_at: OffsetDateTime,
}

pub async fn insert_attempt(tx: &mut Tx, new: NewAttempt<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into provider_attempts (state_hash, browser_hash, provider, user_id, session_id, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        new.state_hash.as_slice(),
        new.browser_hash.as_slice(),
        new.provider,
        new.linking.map(|(user, _)| user.uuid()),
        new.linking.map(|(_, session)| session.uuid()),
        new.expires_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Uses an attempt up; false when this browser has none of this state at this provider, for this purpose.
pub async fn take_attempt(
    tx: &mut Tx,
    (state_hash, browser_hash): (&TokenHash, &TokenHash),
    provider: &str,
    linking: Option<(UserId, SessionId)>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from provider_attempts
         where state_hash = $1 and browser_hash = $2 and provider = $3 and expires_at > $4
           and user_id is not distinct from $5 and session_id is not distinct from $6",
        state_hash.as_slice(),
        browser_hash.as_slice(),
        provider,
        now,
        linking.map(|(user, _)| user.uuid()),
        linking.map(|(_, session)| session.uuid())
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes attempts that were over before `moment`.
pub async fn remove_over(tx: &mut Tx, moment: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from provider_attempts where expires_at < $1", moment)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected())
}

/// Whose account is linked to this subject.
pub async fn linked_user(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<UserId>, sqlx::Error> {
    let user = sqlx::query_scalar!(
        "select user_id from linked_identities where issuer = $1 and subject = $2",
        issuer,
        subject
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(user.map(UserId))
}

pub async fn note_use(
    tx: &mut Tx,
    issuer: &str,
    subject: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update linked_identities set last_used_at = $3 where issuer = $1 and subject = $2",
        issuer,
        subject,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A link to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewLink<'a> {
    pub issuer: &'a str,
    pub subject: &'a str,
    pub user: UserId,
    pub provider: &'a str,
    pub now: OffsetDateTime,
}

/// Links an account; false when the subject, or the account at this issuer, is linked already.
pub async fn insert_link(tx: &mut Tx, new: NewLink<'_>) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into linked_identities (issuer, subject, user_id, provider, linked_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        new.issuer,
        new.subject,
        new.user.uuid(),
        new.provider,
        new.now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A link as its person sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkedProvider {
    /// The provider's id in the settings.
    pub provider: String,
    #[serde(with = "time::serde::rfc3339")]
    pub linked_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
}

pub async fn links(tx: &mut Tx, user: UserId) -> Result<Vec<LinkedProvider>, sqlx::Error> {
    sqlx::query_as!(
        LinkedProvider,
        "select provider, linked_at, last_used_at from linked_identities
         where user_id = $1 and issuer <> 'directory' order by linked_at, issuer",
        user.uuid()
    )
    .fetch_all(&mut **tx)
    .await
}

/// Takes a link away; false when there is none.
pub async fn remove_link(tx: &mut Tx, user: UserId, provider: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from linked_identities where user_id = $1 and provider = $2 and issuer <> 'directory'",
        user.uuid(),
        provider
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() >= 1)
}

/// Where an account comes from.
pub async fn source(tx: &mut Tx, user: UserId) -> Result<Option<AccountSource>, sqlx::Error> {
    sqlx::query_scalar!(r#"select source as "source: AccountSource" from users where id = $1"#, user.uuid())
        .fetch_optional(&mut **tx)
        .await
}
