//! Tokens for programs: OAuth 2.0's token and revocation endpoints.

use crate::store::sessions::Account;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::{Actor, App, Public, Routes, Tx};
use serde::Serialize;
use serde_json::json;
use sts::oauth::{OauthError, OauthForm, OauthProblem, no_store};
use sts::{EVERYTHING, NewToken, Subject};
use utoipa::ToSchema;
use vocab::{SessionId, UserId};

use crate::model::SessionKind;
use crate::password::Password;
use crate::refresh::{Refreshed, refresh};
use crate::second_factor::Evidence;
use crate::service::{IdentityService, hash_of, new_token};
use crate::sign_in::{self, Opening};
use crate::signals::{Changed, commit};
use crate::{second_factor, store};

const FORM_BYTES: usize = 16 * 1024;
/// The one client there is: ours, and scripts of ours. Registered clients of others come with their own grants.
const CLIENT: &str = "cibercase";

pub fn routes() -> Routes {
    let (schemas, paths, router) = utoipa_axum::routes!(issue_token);
    let issuing = (schemas, paths, router.layer(DefaultBodyLimit::max(FORM_BYTES)));
    let (schemas, paths, router) = utoipa_axum::routes!(revoke_token);
    let revoking = (schemas, paths, router.layer(DefaultBodyLimit::max(FORM_BYTES)));
    Routes::default().add(issue_token, issuing).add(revoke_token, revoking)
}

/// Describes the form; it is read field by field, since OAuth ignores what it does not know.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only described")]
struct TokenRequest {
    /// `password` or `refresh_token`.
    grant_type: String,
    username: Option<String>,
    #[schema(format = Password)]
    password: Option<String>,
    /// The second factor's code, for who has one; without it the error is `mfa_required`.
    otp: Option<String>,
    refresh_token: Option<String>,
    scope: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only described")]
struct RevocationRequest {
    token: String,
}

#[derive(Serialize, ToSchema)]
struct TokenAnswer {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    /// Good for one use.
    refresh_token: String,
    scope: &'static str,
}

/// Issues an access token for a password or for a refresh token.
#[utoipa::path(post, path = "/api/v1/auth/token", tag = "session",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = TokenAnswer),
        (status = 400, body = OauthProblem),
        (status = 413, body = OauthProblem),
        (status = 429, body = OauthProblem),
    ))]
async fn issue_token(
    caller: Public,
    State(app): State<App>,
    headers: HeaderMap,
    form: OauthForm,
) -> Result<Response, OauthError> {
    if form.field("scope").is_some_and(|scope| scope != EVERYTHING) {
        return Err(OauthError::new("invalid_scope", "The one scope is `api`."));
    }
    match form.required("grant_type")? {
        "password" if app.config.session.allow_password_grant => {
            by_password(&app, &caller, &headers, &form).await
        }
        "refresh_token" => by_refresh_token(&app, &caller, &form).await,
        _ => Err(OauthError::new("unsupported_grant_type", "This grant is not offered here.")),
    }
}

async fn by_password(
    app: &App,
    caller: &Public,
    headers: &HeaderMap,
    form: &OauthForm,
) -> Result<Response, OauthError> {
    let password = Password::new(form.required("password")?.to_owned());
    if password.is_too_long() {
        return Err(OauthError::new("invalid_request", "The password has more than 1024 bytes."));
    }
    let proven = sign_in::prove(app, form.required("username")?, &password, caller).await?;
    if proven.account.must_change_password {
        let tx = app.db.begin(Scope::Organizations(&[])).await?;
        stop(tx, &proven.account, &sign_in::actor(&proven.account, caller), "password_change").await?;
        let description = "The password must be changed first; sign in to the web interface.";
        return Err(OauthError::new("invalid_grant", description));
    }
    let service = app.service::<IdentityService>();
    let refresh_token = new_token();
    let now = app.clock.now();
    let account = &proven.account;
    let actor = sign_in::actor(account, caller);
    let attempt = match form.field("otp") {
        Some(_) => Some(second_factor::admit(app, account, &actor).await?),
        None => None,
    };
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let wants_second_factor = sign_in::wants_second_factor(&mut tx, &proven).await?;
    let second_factor = match form.field("otp").zip(attempt) {
        _ if !wants_second_factor => None,
        None => {
            stop(tx, account, &actor, "second_factor").await?;
            return Err(OauthError::new("mfa_required", "Send the second factor's code as `otp`."));
        }
        Some((code, attempt)) => {
            let shown_by = (&actor, &attempt);
            let shown =
                second_factor::prove(app, tx, account, &Evidence::Code(code), shown_by, "second_factor")
                    .await?;
            tx = shown.0;
            Some(shown.1)
        }
    };
    if second_factor.is_none() {
        let held = store::users::lock_memberships(&mut tx, account.id).await?;
        if service.access.requires_second_factor(&held) {
            stop(tx, account, &actor, "second_factor_enrolment").await?;
            let description = "A second factor must be set up first; sign in to the web interface.";
            return Err(OauthError::new("invalid_grant", description));
        }
    }
    let through = proven.through.as_deref();
    let opening = Opening { kind: SessionKind::Token, token: None, second_factor, through, caller, headers };
    let session = sign_in::open(app, &mut tx, account, opening).await?.session;
    let expires_at = now + service.limits.absolute;
    store::refresh_tokens::insert(&mut tx, &hash_of(&refresh_token), session, now, expires_at).await?;
    tx.commit().await?;
    answer(app, proven.account.id, session, refresh_token).await
}

/// Keeps that a right password was not enough: whoever tries passwords learns of right ones here.
async fn stop(mut tx: Tx, account: &Account, actor: &Actor, wanted: &str) -> platform::Result<()> {
    let deed = Deed::new("session.challenged", "user", account.id.uuid()).called(&account.email);
    record(&mut tx, actor, deed.with(json!({ "wanted": wanted }))).await?;
    tx.commit().await?;
    Ok(())
}

async fn by_refresh_token(app: &App, caller: &Public, form: &OauthForm) -> Result<Response, OauthError> {
    match refresh(app, form.required("refresh_token")?, caller).await? {
        Refreshed::Successor { user, session, token } => answer(app, user, session, token).await,
        Refreshed::Refused => Err(OauthError::new("invalid_grant", "The refresh token is not valid.")),
    }
}

async fn answer(
    app: &App,
    user: UserId,
    session: SessionId,
    refresh_token: String,
) -> Result<Response, OauthError> {
    let service = app.service::<IdentityService>();
    let lifetime = service.limits.access_token;
    let new = NewToken {
        subject: Subject::Person { user, session },
        audience: service.sts.audience(),
        client_id: CLIENT,
        scope: EVERYTHING,
        act: None,
        bound_to: None,
        now: app.clock.now(),
        lifetime,
    };
    let tokens = service.sts.tokens(app).await?;
    let (access_token, _) = tokens.issue(&new).map_err(|error| OauthError::Other(error.into()))?;
    let body = TokenAnswer {
        access_token,
        token_type: "Bearer",
        expires_in: lifetime.whole_seconds(),
        refresh_token,
        scope: EVERYTHING,
    };
    Ok((no_store(), axum::Json(body)).into_response())
}

/// Ends the session of an access token or a refresh token (RFC 7009). A token that is not ours is no error.
#[utoipa::path(post, path = "/api/v1/auth/revoke", tag = "session",
    request_body(content = RevocationRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200), (status = 400, body = OauthProblem), (status = 413, body = OauthProblem)))]
async fn revoke_token(
    caller: Public,
    State(app): State<App>,
    form: OauthForm,
) -> Result<Response, OauthError> {
    let (token, now) = (form.required("token")?, app.clock.now());
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let session = match app
        .service::<IdentityService>()
        .sts
        .verify(&app, token, caller.certificate.as_deref())
        .await?
    {
        Ok(claims) => match claims.subject {
            Subject::Person { session, .. } if claims.act.is_none() => Some(session),
            // A service ends its own tokens, and nobody's session.
            _ => None,
        },
        Err(_) => store::refresh_tokens::find(&mut tx, &hash_of(token)).await?.map(|known| known.session),
    };
    if let Some(session) = session
        && let Some(user) = store::sessions::revoke(&mut tx, session, None, "revoked_by_client", now).await?
    {
        let actor =
            Actor { id: Some(user.uuid()), ip: caller.ip, request_id: caller.request_id, ..Actor::system() };
        record(&mut tx, &actor, Deed::new("session.ended", "session", session.uuid())).await?;
        commit(&app, tx, &[Changed::Session(session)]).await?;
    }
    Ok((StatusCode::OK, no_store()).into_response())
}
