//! Sessions: one's own on other devices too, and those of people whom one administers.

use axum::extract::State;
use axum::http::StatusCode;
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::error::Problem;
use platform::{App, Error, Json, Path, Permit, Result, Routes, SignedIn, operations};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{SessionId, UserId};

use super::UsersWrite;
use crate::announce;
use crate::rights::{check_whole_person, sight};
use crate::service::IdentityService;
use crate::signals::{Changed, commit};
use crate::store::sessions::{self, SessionView};
use crate::store::users;

pub fn routes() -> Routes {
    operations![list_sessions, delete_session_of_mine, list_user_sessions, delete_user_session]
}

#[derive(Serialize, ToSchema)]
struct SessionList {
    items: Vec<SessionView>,
}

/// One's own living sessions, the latest used first.
#[utoipa::path(get, path = "/api/v1/session/list", tag = "session", responses((status = 200, body = SessionList)))]
async fn list_sessions(caller: SignedIn, State(app): State<App>) -> Result<Json<SessionList>> {
    let (me, now) = (&caller.principal, app.clock.now());
    let idle_since = now - app.service::<IdentityService>().limits.idle;
    let mut tx = app.db.read(Scope::Organizations(&[])).await?;
    let items = sessions::list(&mut tx, me.user_id, me.session_id, now, idle_since).await?;
    Ok(Json(SessionList { items }))
}

/// Ends one of one's own sessions, at once.
#[utoipa::path(delete, path = "/api/v1/session/list/{id}", tag = "session", params(("id" = SessionId, Path)),
    responses((status = 204)))]
async fn delete_session_of_mine(
    caller: SignedIn,
    State(app): State<App>,
    Path(id): Path<SessionId>,
) -> Result<StatusCode> {
    let me = &caller.principal;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let ended = sessions::revoke(&mut tx, id, Some(me.user_id), "ended_by_user", app.clock.now()).await?;
    ended.ok_or_else(Error::not_found)?;
    record(&mut tx, &caller.actor, Deed::new("session.ended", "session", id.uuid()).called(&me.email))
        .await?;
    commit(&app, tx, &[Changed::Session(id)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody's living sessions, the latest used first.
#[utoipa::path(get, path = "/api/v1/users/{id}/sessions", tag = "users", params(("id" = UserId, Path)),
    responses((status = 200, body = SessionList)))]
async fn list_user_sessions(
    permit: Permit<UsersWrite>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Json<SessionList>> {
    let service = app.service::<IdentityService>();
    let now = app.clock.now();
    let mut tx = permit.read(&app).await?;
    users::find(&mut tx, id, sight(&permit)).await?.ok_or_else(Error::not_found)?;
    let held = users::memberships(&mut tx, id).await?;
    check_whole_person(&service.policies(), &permit, &held)?;
    let current = permit.principal.session_id;
    let items = sessions::list(&mut tx, id, current, now, now - service.limits.idle).await?;
    Ok(Json(SessionList { items }))
}

/// Ends one of somebody's sessions, at once.
#[utoipa::path(delete, path = "/api/v1/users/{id}/sessions/{session_id}", tag = "users",
    params(("id" = UserId, Path), ("session_id" = SessionId, Path)),
    responses(
        (status = 204),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "beyond_own_permissions, belongs_elsewhere"),
    ))]
async fn delete_user_session(
    permit: Permit<UsersWrite>,
    State(app): State<App>,
    Path((id, session)): Path<(UserId, SessionId)>,
) -> Result<StatusCode> {
    let service = app.service::<IdentityService>();
    let mut tx = permit.begin(&app).await?;
    let held = users::lock_memberships(&mut tx, id).await?;
    let user = users::find(&mut tx, id, sight(&permit)).await?.ok_or_else(Error::not_found)?;
    check_whole_person(&service.policies(), &permit, &held)?;
    let ended =
        sessions::revoke(&mut tx, session, Some(id), "ended_by_administrator", app.clock.now()).await?;
    ended.ok_or_else(Error::not_found)?;
    announce::user(&mut tx, &permit.actor, "user.session_ended", "updated", id, &user.email, &held).await?;
    commit(&app, tx, &[Changed::Session(session)]).await?;
    Ok(StatusCode::NO_CONTENT)
}
