//! Sessions and refresh tokens.

use std::net::IpAddr;

use platform::db::Scope;
use platform::{App, Result, Tx};
use sqlx::types::Json;
use sqlx::types::ipnet::IpNet;
use time::OffsetDateTime;
use vocab::{OrganizationId, SessionId, UserId};

use crate::cache::TokenHash;
use crate::model::{Membership, SessionKind, Standing};

/// A session to be opened.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    pub user: UserId,
    pub kind: SessionKind,
    pub token_hash: Option<TokenHash>,
    pub now: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<&'a str>,
}

pub async fn insert(tx: &mut Tx, new: NewSession<'_>) -> Result<SessionId, sqlx::Error> {
    let id = SessionId::new();
    sqlx::query!(
        "insert into sessions (id, user_id, kind, token_hash, created_at, last_seen_at, expires_at, ip, user_agent)
         values ($1, $2, $3, $4, $5, $5, $6, $7, $8)",
        id.uuid(),
        new.user.uuid(),
        new.kind.as_str(),
        new.token_hash.as_ref().map(|hash| hash.as_slice()),
        new.now,
        new.expires_at,
        new.ip.map(IpNet::from) as _,
        new.user_agent,
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

pub async fn find_by_token(app: &App, hash: &TokenHash) -> Result<Option<SessionId>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from sessions where token_hash = $1", hash.as_slice())
        .fetch_optional(app.db.pool())
        .await?;
    Ok(id.map(SessionId))
}

/// Session, user and memberships, if the session lives: not revoked, neither too old nor idle since `idle_since`, and
/// of an active user.
pub async fn standing(
    app: &App,
    session: SessionId,
    now: OffsetDateTime,
    idle_since: OffsetDateTime,
) -> Result<Option<Standing>, sqlx::Error> {
    let tx = &mut app.db.read(Scope::Organizations(&[])).await?;
    let row = sqlx::query!(
        r#"select s.id, s.user_id, s.kind as "kind: SessionKind", s.created_at, s.last_seen_at, s.expires_at,
                  s.ip as "ip: IpNet", u.email, u.display_name, u.must_change_password,
                  (select coalesce(jsonb_agg(jsonb_build_object('organization_id', m.organization_id, 'role', m.role)
                                             order by m.organization_id), '[]')
                   from memberships m where m.user_id = u.id) as "memberships!: Json<Vec<Membership>>",
                  array(select o.id from organizations o
                        where exists (select from memberships m where m.user_id = u.id and m.organization_id is null)
                        order by o.id) as "all_organizations!: Vec<OrganizationId>"
           from sessions s join users u on u.id = s.user_id
           where s.id = $1 and s.revoked_at is null and s.expires_at > $2 and s.last_seen_at > $3 and u.is_active"#,
        session.uuid(),
        now,
        idle_since
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| Standing {
        session_id: SessionId(row.id),
        user_id: UserId(row.user_id),
        kind: row.kind,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
        ip: row.ip.map(|net| net.addr()),
        email: row.email,
        display_name: row.display_name,
        must_change_password: row.must_change_password,
        memberships: row.memberships.0,
        all_organizations: row.all_organizations,
    }))
}

/// Writes down that a session is in use.
pub async fn touch(app: &App, session: SessionId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2",
        session.uuid(),
        now
    )
    .execute(app.db.pool())
    .await?;
    Ok(())
}
