//! Signing in and out, and what is one's own.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::error::Problem;
use platform::http::present;
use platform::live::is_own_origin;
use platform::{App, Error, Json, Public, Result, Routes, SignedIn, operations};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::me::{Me, me};
use crate::model::{ColorScheme, Locale, SessionKind, check_columns, field_errors};
use crate::password::Password;
use crate::service::{IdentityService, new_token};
use crate::signals::{Changed, commit};
use crate::{cookie, layer, sign_in, store};

/// An address and a password fit many times; whoever sends more is only after our memory.
const SIGN_IN_BYTES: usize = 16 * 1024;

pub fn routes() -> Routes {
    let (schemas, paths, router) = utoipa_axum::routes!(create_session);
    let router = router.layer(DefaultBodyLimit::max(SIGN_IN_BYTES));
    Routes::default().add(create_session, (schemas, paths, router)).merge(operations![
        get_session,
        delete_session,
        update_preferences
    ])
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    #[schema(value_type = String, format = Password, max_length = 1024)]
    password: Password,
}

/// Signs in: the answer's cookie carries the session.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn, responses(
    (status = 200, body = Me),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "invalid_credentials"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "foreign_origin"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "too_many_attempts"),
))]
async fn create_session(
    caller: Public,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<Response> {
    // A page elsewhere must not sign somebody in to its own account here.
    if !is_own_origin(&headers, &app.config) {
        return Err(layer::foreign_origin());
    }
    if body.password.is_too_long() {
        return Err(Error::invalid_field("password", "has more than 1024 bytes"));
    }
    let proven = sign_in::prove(&app, &body.email, &body.password, &caller).await?;
    let token = new_token();
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let kind = SessionKind::Browser;
    let session = sign_in::open(&app, &mut tx, &proven, kind, Some(&token), &caller, &headers).await?;
    tx.commit().await?;
    let service = app.service::<IdentityService>();
    let principal =
        service.principal_of(&app, session, caller.ip).await?.ok_or_else(Error::unauthenticated)?;
    let cookie = cookie::set(&token, service.limits.absolute.whole_seconds(), app.config.is_https());
    Ok((with_cookie(cookie), Json(me(&app, &principal).await?)).into_response())
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = Me)))]
async fn get_session(caller: SignedIn, State(app): State<App>) -> Result<Json<Me>> {
    Ok(Json(me(&app, &caller.principal).await?))
}

/// Signs out, at once and everywhere.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses(
    (status = 204),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "foreign_origin"),
))]
async fn delete_session(caller: SignedIn, State(app): State<App>) -> Result<Response> {
    let (session, now) = (caller.principal.session_id, app.clock.now());
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    store::sessions::revoke(&mut tx, session, None, "signed_out", now).await?;
    let deed = Deed::new("session.ended", "session", session.uuid()).called(&caller.principal.email);
    record(&mut tx, &caller.actor, deed).await?;
    commit(&app, tx, &[Changed::Session(session)]).await?;
    Ok((StatusCode::NO_CONTENT, with_cookie(cookie::clear(app.config.is_https()))).into_response())
}

fn with_cookie(value: Option<HeaderValue>) -> HeaderMap {
    value.into_iter().map(|value| (header::SET_COOKIE, value)).collect()
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreferencesChange {
    /// Null for the browser's.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Locale>)]
    locale: Option<Option<Locale>>,
    color_scheme: Option<ColorScheme>,
    queue_columns: Option<Vec<String>>,
}

/// Changes how the web application looks to oneself.
#[utoipa::path(patch, path = "/api/v1/session/preferences", tag = "session", request_body = PreferencesChange,
    responses((status = 200, body = Me)))]
async fn update_preferences(
    caller: SignedIn,
    State(app): State<App>,
    Json(change): Json<PreferencesChange>,
) -> Result<Json<Me>> {
    let columns = change.queue_columns.as_deref().and_then(check_columns);
    let errors = field_errors([("queue_columns", columns)]);
    if !errors.is_empty() {
        return Err(Error::invalid(errors));
    }
    let user = caller.principal.user_id;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let mut own = store::users::find_own(&mut tx, user).await?.ok_or_else(Error::unauthenticated)?;
    own.locale = change.locale.unwrap_or(own.locale);
    own.color_scheme = change.color_scheme.unwrap_or(own.color_scheme);
    own.preferences.queue_columns = change.queue_columns.or(own.preferences.0.queue_columns.take());
    store::users::set_preferences(&mut tx, user, &own).await?;
    let deed = Deed::new("user.preferences_changed", "user", user.uuid()).called(&caller.principal.email);
    record(&mut tx, &caller.actor, deed).await?;
    tx.commit().await?;
    Ok(Json(me(&app, &caller.principal).await?))
}
