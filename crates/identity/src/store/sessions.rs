//! Sessions and refresh tokens.

use std::collections::BTreeMap;
use std::net::IpAddr;

use platform::db::Scope;
use platform::{App, Result, Tx};
use sqlx::types::Json;
use sqlx::types::ipnet::IpNet;
use time::OffsetDateTime;
use vocab::{OrganizationId, SessionId, UserId};

use crate::cache::TokenHash;
use crate::model::{AccountSource, Membership, SessionKind, Standing};

/// A session to be opened.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    pub user: UserId,
    pub kind: SessionKind,
    pub token_hash: Option<TokenHash>,
    pub has_second_factor: bool,
    pub now: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<&'a str>,
}

pub async fn insert(tx: &mut Tx, new: NewSession<'_>) -> Result<SessionId, sqlx::Error> {
    let id = SessionId::new();
    sqlx::query!(
        "insert into sessions (id, user_id, kind, token_hash, created_at, last_seen_at, expires_at, ip, user_agent,
                               has_second_factor)
         values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)",
        id.uuid(),
        new.user.uuid(),
        new.kind.as_str(),
        new.token_hash.as_ref().map(|hash| hash.as_slice()),
        new.now,
        new.expires_at,
        new.ip.map(IpNet::from) as _,
        new.user_agent,
        new.has_second_factor,
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
                  s.ip as "ip: IpNet", s.has_second_factor, u.email, u.display_name,
                  u.must_change_password,
                  (select coalesce(jsonb_agg(jsonb_build_object('organization_id', m.organization_id, 'role', m.role)
                                             order by m.organization_id), '[]')
                   from memberships m where m.user_id = u.id) as "memberships!: Json<Vec<Membership>>",
                  array(select o.id from organizations o
                        where exists (select from memberships m where m.user_id = u.id and m.organization_id is null)
                        order by o.id) as "all_organizations!: Vec<OrganizationId>",
                  (select coalesce(jsonb_object_agg(o.id, o.slug), '{}') from organizations o
                   where exists (select from memberships m where m.user_id = u.id
                                 and (m.organization_id is null or m.organization_id = o.id)))
                      as "short_names!: Json<BTreeMap<OrganizationId, String>>"
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
        has_second_factor: row.has_second_factor,
        memberships: row.memberships.0,
        all_organizations: row.all_organizations,
        short_names: row.short_names.0,
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

/// What signing in looks at.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    pub password_hash: String,
    pub password_generation: i32,
    pub is_active: bool,
    pub must_change_password: bool,
    pub source: AccountSource,
}

pub async fn account_by_email(app: &App, email: &str) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as!(
        Account,
        r#"select id as "id: UserId", email, display_name, password_hash, password_generation, is_active, must_change_password,
                  source as "source: AccountSource"
           from users where email = $1"#,
        email
    )
    .fetch_optional(app.db.pool())
    .await
}

pub async fn account_by_id(app: &App, user: UserId) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as!(
        Account,
        r#"select id as "id: UserId", email, display_name, password_hash, password_generation, is_active, must_change_password,
                  source as "source: AccountSource"
           from users where id = $1"#,
        user.uuid()
    )
    .fetch_optional(app.db.pool())
    .await
}

/// Whether somebody has signed in to this account from this address since `since`; of IPv6, from this network of 64
/// bits, as failures are counted.
pub async fn is_known_address(
    app: &App,
    email: &str,
    ip: IpAddr,
    since: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let one = IpNet::from(ip);
    let network = match ip {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => IpNet::new(ip, 64).map_or(one, |net| net.trunc()),
        _ => one,
    };
    sqlx::query_scalar!(
        r#"select exists (select from sessions s join users u on u.id = s.user_id
                          where u.email = $1 and s.ip <<= $2 and s.created_at > $3) as "is_known!""#,
        email,
        network as _,
        since
    )
    .fetch_one(app.db.pool())
    .await
}

/// Locks the row of somebody whose password was proven, so that whoever changes them next ends the session about to be
/// opened too. False when the user was disabled or got another password since.
pub async fn lock_proven(tx: &mut Tx, user: UserId, proven_generation: i32) -> Result<bool, sqlx::Error> {
    let row = sqlx::query!(
        "select id from users where id = $1 and is_active and password_generation = $2 for no key update",
        user.uuid(),
        proven_generation
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// Keeps the password that was proven under a better hash.
pub async fn keep_better_hash(tx: &mut Tx, user: UserId, hash: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set password_hash = $2 where id = $1", user.uuid(), hash)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn note_sign_in(tx: &mut Tx, user: UserId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set last_sign_in_at = $2 where id = $1", user.uuid(), now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// When the person of a session last proved to be there, and what they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    pub proven_at: OffsetDateTime,
    /// Of the person, not of the session.
    pub has_app: bool,
    pub has_passkey: bool,
}

impl Proof {
    pub fn has_second_factor(&self) -> bool {
        self.has_app || self.has_passkey
    }
}

pub async fn proof(app: &App, session: SessionId) -> Result<Option<Proof>, sqlx::Error> {
    sqlx::query_as!(
        Proof,
        r#"select coalesce(s.proven_at, s.created_at) as "proven_at!",
                  exists (select from totp_factors f where f.user_id = s.user_id and f.confirmed_at is not null)
                      as "has_app!",
                  exists (select from passkeys p where p.user_id = s.user_id) as "has_passkey!"
           from sessions s where s.id = $1"#,
        session.uuid()
    )
    .fetch_optional(app.db.pool())
    .await
}

/// The password was proven again in this session.
pub async fn note_proof(tx: &mut Tx, session: SessionId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("update sessions set proven_at = $2 where id = $1", session.uuid(), now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A second factor was shown in this session.
pub async fn note_second_factor(
    tx: &mut Tx,
    session: SessionId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sessions set has_second_factor = true, proven_at = $2 where id = $1",
        session.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A session as its user sees it.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SessionView {
    pub id: SessionId,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen_at: OffsetDateTime,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub is_current: bool,
}

/// The living sessions of a user, the latest used first.
pub async fn list(
    tx: &mut Tx,
    user: UserId,
    current: SessionId,
    now: OffsetDateTime,
    idle_since: OffsetDateTime,
) -> Result<Vec<SessionView>, sqlx::Error> {
    sqlx::query_as!(
        SessionView,
        r#"select id as "id: SessionId", created_at, last_seen_at, host(ip) as ip, user_agent,
                  id = $2 as "is_current!"
           from sessions
           where user_id = $1 and revoked_at is null and expires_at > $3 and last_seen_at > $4
           order by last_seen_at desc, id desc
           limit 200"#,
        user.uuid(),
        current.uuid(),
        now,
        idle_since
    )
    .fetch_all(&mut **tx)
    .await
}

/// Ends one living session, of this user where one is named. Says whose it was.
pub async fn revoke(
    tx: &mut Tx,
    session: SessionId,
    of: Option<UserId>,
    reason: &str,
    now: OffsetDateTime,
) -> Result<Option<UserId>, sqlx::Error> {
    let user = sqlx::query_scalar!(
        "update sessions set revoked_at = $4, revoked_reason = $3
         where id = $1 and ($2::uuid is null or user_id = $2) and revoked_at is null and expires_at > $4
         returning user_id",
        session.uuid(),
        of.map(UserId::uuid),
        reason,
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(user.map(UserId))
}

/// Ends every session of a user but one.
pub async fn revoke_all(
    tx: &mut Tx,
    user: UserId,
    except: Option<SessionId>,
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sessions set revoked_at = $4, revoked_reason = $3
         where user_id = $1 and id is distinct from $2 and revoked_at is null",
        user.uuid(),
        except.map(SessionId::uuid),
        reason,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes sessions over before `moment`, their refresh tokens with them; so many at once.
pub async fn remove_over(tx: &mut Tx, moment: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from sessions where id in (select id from sessions where expires_at < $1 order by expires_at limit 1000)",
        moment
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// A user by address, for the record of a failed attempt.
pub async fn known_email(tx: &mut Tx, email: &str) -> Result<Option<(UserId, String)>, sqlx::Error> {
    let row =
        sqlx::query!("select id, email from users where email = $1", email).fetch_optional(&mut **tx).await?;
    Ok(row.map(|row| (UserId(row.id), row.email)))
}
