//! Signing in and out, and what is one's own.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::error::Problem;
use platform::http::present;
use platform::live::is_own_origin;
use platform::{App, Error, Json, Public, Result, Routes, SignedIn, operations};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::challenge::{self, Answer};
use crate::cookie::{self, Name};
use crate::me::{Me, me};
use crate::model::{ColorScheme, Locale, SessionKind, check_columns, field_errors};
use crate::passkey::{PasskeyAnswer, RequestOptions};
use crate::password::Password;
use crate::second_factor::Method;
use crate::service::{IdentityService, new_token};
use crate::sign_in::{self, Opened, Opening, Proven};
use crate::signals::{Changed, commit};
use crate::{device, layer, store};

/// An address and a password fit many times; whoever sends more is only after our memory.
const SIGN_IN_BYTES: usize = 16 * 1024;

pub fn routes() -> Routes {
    let (schemas, paths, router) = utoipa_axum::routes!(create_session);
    let router = router.layer(DefaultBodyLimit::max(SIGN_IN_BYTES));
    Routes::default().add(create_session, (schemas, paths, router)).merge(operations![
        answer_challenge,
        begin_passkey_challenge,
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

/// The password was right; a second factor is wanted too.
#[derive(Serialize, ToSchema)]
pub(super) struct Challenged {
    /// What its person has set up; a recovery code is good in place of either.
    methods: Vec<Method>,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

/// Signs in: the answer's cookie carries the session, or waits for the second factor.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn, responses(
    (status = 200, body = Me),
    (status = 202, body = Challenged, description = "A second factor is wanted too, at /api/v1/session/challenge."),
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
    enter(&app, &proven, &caller, &headers).await
}

/// Opens the browser's session, or asks for the second factor.
pub(super) async fn enter(
    app: &App,
    proven: &Proven,
    caller: &Public,
    headers: &HeaderMap,
) -> Result<Response> {
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    if sign_in::wants_second_factor(&mut tx, proven).await? {
        let (token, expires_at) = challenge::begin(app, &mut tx, proven, caller).await?;
        let has = store::second_factors::methods(&mut tx, proven.account.id).await?;
        let methods = Method::names(has.has_app, has.has_passkey);
        tx.commit().await?;
        let seconds = challenge::LIFETIME.whole_seconds();
        let cookie = cookie::set(Name::Challenge, &token, seconds, app.config.is_https());
        let body = Challenged { methods, expires_at };
        return Ok((StatusCode::ACCEPTED, with_cookies([cookie]), Json(body)).into_response());
    }
    let token = new_token();
    let opening = Opening {
        kind: SessionKind::Browser,
        token: Some(&token),
        second_factor: proven.second_factor,
        through: proven.through.as_deref(),
        caller,
        headers,
    };
    let opened = sign_in::open(app, &mut tx, &proven.account, opening).await?;
    tx.commit().await?;
    signed_in(app, opened, &token, caller).await
}

async fn signed_in(app: &App, opened: Opened, token: &str, caller: &Public) -> Result<Response> {
    let (service, is_https) = (app.service::<IdentityService>(), app.config.is_https());
    let principal =
        service.principal_of(app, opened.session, caller.ip).await?.ok_or_else(Error::unauthenticated)?;
    let seconds = service.limits.absolute.whole_seconds();
    let cookies = [
        cookie::set(Name::Session, token, seconds, is_https),
        cookie::clear(Name::Challenge, is_https),
        opened.device.and_then(|device| device::cookie(app, &device)),
    ];
    Ok((with_cookies(cookies), Json(me(app, &principal).await?)).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChallengeAnswer {
    /// Of the authenticator app, or a recovery code.
    #[schema(max_length = 64)]
    code: Option<String>,
    /// What `POST /api/v1/session/challenge/passkey-options` asked for, signed.
    passkey: Option<PasskeyAnswer>,
}

/// Says what the browser that has proven the password is to sign with a passkey, with `navigator.credentials.get`.
#[utoipa::path(post, path = "/api/v1/session/challenge/passkey-options", tag = "session", responses(
    (status = 200, body = RequestOptions),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "challenge_over"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "foreign_origin"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "passkeys_unavailable, second_factor_not_begun"),
))]
async fn begin_passkey_challenge(
    _caller: Public,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<RequestOptions>> {
    if !is_own_origin(&headers, &app.config) {
        return Err(layer::foreign_origin());
    }
    let token = cookie::find(&headers, Name::Challenge, app.config.is_https()).ok_or_else(challenge::over)?;
    Ok(Json(challenge::ask_passkey(&app, token).await?))
}

/// Signs in with the second factor, in the browser that has proven the password: its cookie says for whom.
#[utoipa::path(post, path = "/api/v1/session/challenge", tag = "session", request_body = ChallengeAnswer, responses(
    (status = 200, body = Me),
    (status = 401, body = Problem, content_type = "application/problem+json",
        description = "second_factor_wrong, passkey_refused, challenge_over"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "foreign_origin"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "too_many_attempts"),
))]
async fn answer_challenge(
    caller: Public,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<ChallengeAnswer>,
) -> Result<Response> {
    if !is_own_origin(&headers, &app.config) {
        return Err(layer::foreign_origin());
    }
    let token = cookie::find(&headers, Name::Challenge, app.config.is_https()).ok_or_else(challenge::over)?;
    let answer = match (&body.passkey, &body.code) {
        (Some(passkey), _) => Answer::Passkey(passkey),
        (None, Some(code)) => Answer::Code(code),
        (None, None) => return Err(Error::invalid_field("code", "is missing")),
    };
    let (opened, token) = challenge::meet(&app, token, answer, &caller, &headers).await?;
    signed_in(&app, opened, &token, &caller).await
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
    Ok((StatusCode::NO_CONTENT, with_cookies([cookie::clear(Name::Session, app.config.is_https())]))
        .into_response())
}

pub(super) fn with_cookies<const N: usize>(
    values: [Option<HeaderValue>; N],
) -> AppendHeaders<Vec<(HeaderName, HeaderValue)>> {
    AppendHeaders(values.into_iter().flatten().map(|value| (header::SET_COOKIE, value)).collect())
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
