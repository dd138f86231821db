//! One's own sessions, on other devices too.

use axum::extract::State;
use axum::http::StatusCode;
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::{App, Error, Json, Path, Result, Routes, SignedIn, operations};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::SessionId;

use crate::service::IdentityService;
use crate::signals::{Changed, commit};
use crate::store::sessions::{self, SessionView};

pub fn routes() -> Routes {
    operations![list_sessions, delete_session_of_mine]
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
