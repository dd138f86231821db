//! Refresh tokens: each is used once.

use platform::Tx;
use time::OffsetDateTime;
use vocab::{SessionId, UserId};

use crate::cache::TokenHash;

pub async fn insert(
    tx: &mut Tx,
    hash: &TokenHash,
    session: SessionId,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into refresh_tokens (token_hash, session_id, created_at, expires_at) values ($1, $2, $3, $4)",
        hash.as_slice(),
        session.uuid(),
        now,
        expires_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Uses a token up. Of many who try at once, one is told its session; the others wait for that one's commit.
pub async fn use_up(
    tx: &mut Tx,
    hash: &TokenHash,
    now: OffsetDateTime,
) -> Result<Option<SessionId>, sqlx::Error> {
    let session = sqlx::query_scalar!(
        "update refresh_tokens set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2
         returning session_id",
        hash.as_slice(),
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(session.map(SessionId))
}

/// A token's session, and when it was used.
#[derive(Debug, Clone, Copy)]
pub struct KnownToken {
    pub session: SessionId,
    pub used_at: Option<OffsetDateTime>,
}

pub async fn find(tx: &mut Tx, hash: &TokenHash) -> Result<Option<KnownToken>, sqlx::Error> {
    sqlx::query_as!(
        KnownToken,
        r#"select session_id as "session: SessionId", used_at from refresh_tokens where token_hash = $1"#,
        hash.as_slice()
    )
    .fetch_optional(&mut **tx)
    .await
}

/// The session behind a refresh.
#[derive(Debug, Clone)]
pub struct LivingSession {
    pub user_id: UserId,
    pub display_name: String,
    pub expires_at: OffsetDateTime,
}

/// The session, noted as used, if it lives and its user may work.
pub async fn living_session(
    tx: &mut Tx,
    session: SessionId,
    now: OffsetDateTime,
    idle_since: OffsetDateTime,
) -> Result<Option<LivingSession>, sqlx::Error> {
    sqlx::query_as!(
        LivingSession,
        r#"update sessions s set last_seen_at = greatest(s.last_seen_at, $2)
           from users u
           where s.id = $1 and u.id = s.user_id and s.revoked_at is null and s.expires_at > $2 and s.last_seen_at > $3
             and u.is_active and not u.must_change_password
           returning s.user_id as "user_id: UserId", u.display_name, s.expires_at"#,
        session.uuid(),
        now,
        idle_since
    )
    .fetch_optional(&mut **tx)
    .await
}
