//! The token endpoint of services.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::live::SessionSource;
use platform::{App, Public, Routes};
use serde::Serialize;
use serde_json::json;
use time::Duration;
use utoipa::ToSchema;

use super::bounded;
use crate::client::{Client, authenticate};
use crate::grants::{self, Grant};
use crate::oauth::{OauthError, OauthForm, OauthProblem, no_store};
use crate::service::Sts;
use crate::token::{Claims, Subject};

pub(crate) const CLIENT_CREDENTIALS: &str = "client_credentials";
pub(crate) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 8693, 3.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

pub fn routes() -> Routes {
    Routes::default().add(issue_service_token, bounded(utoipa_axum::routes!(issue_service_token)))
}

/// Describes the form; it is read field by field, since OAuth ignores what it does not know.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only described")]
struct ServiceTokenRequest {
    /// `client_credentials` or `urn:ietf:params:oauth:grant-type:token-exchange`.
    grant_type: String,
    /// Permissions, separated by spaces; all that may be granted when left out.
    scope: Option<String>,
    /// Whom the token shall address (RFC 8707).
    resource: Option<String>,
    /// The same (RFC 8693).
    audience: Option<String>,
    client_id: Option<String>,
    #[schema(format = Password)]
    client_secret: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
    subject_token: Option<String>,
    subject_token_type: Option<String>,
    requested_token_type: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct ServiceTokenAnswer {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    scope: String,
    /// After an exchange only.
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

/// Issues an access token to a registered service, or to it for somebody whose token it has.
#[utoipa::path(post, path = "/sts/token", tag = "tokens",
    request_body(content = ServiceTokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = ServiceTokenAnswer),
        (status = 400, body = OauthProblem),
        (status = 401, body = OauthProblem),
        (status = 413, body = OauthProblem),
        (status = 429, body = OauthProblem),
    ))]
async fn issue_service_token(
    caller: Public,
    State(app): State<App>,
    headers: HeaderMap,
    form: OauthForm,
) -> Result<Response, OauthError> {
    let grant_type = form.required("grant_type")?;
    if ![CLIENT_CREDENTIALS, EXCHANGE].contains(&grant_type) {
        return Err(OauthError::new("unsupported_grant_type", "This grant is not offered here."));
    }
    let client = authenticate(&app, &caller, &headers, &form).await?;
    let sts = app.service::<Sts>();
    if grant_type == CLIENT_CREDENTIALS {
        let grant = grants::own(&sts, &client.service, &form)?;
        return issue(&app, &client, &grant, None).await;
    }
    let subject = subject(&app, &caller, &form).await?;
    let grant = grants::exchanged(&sts, &client, &subject, &form)?;
    issue(&app, &client, &grant, Some(ACCESS_TOKEN)).await
}

/// Whose token the service was given, if it lives.
async fn subject(app: &App, caller: &Public, form: &OauthForm) -> Result<Claims, OauthError> {
    if form.required("subject_token_type")? != ACCESS_TOKEN {
        return Err(OauthError::new("invalid_request", "Only access tokens are exchanged."));
    }
    if form.field("requested_token_type").is_some_and(|kind| kind != ACCESS_TOKEN) {
        return Err(OauthError::new("invalid_request", "Only access tokens are issued."));
    }
    // Who acts is who proved it: another token for the actor would say otherwise.
    if form.field("actor_token").is_some() {
        return Err(OauthError::new("invalid_request", "The actor is the service itself."));
    }
    let refused = || OauthError::new("invalid_request", "The subject token is not valid.");
    let token = form.required("subject_token")?;
    let verified = app.service::<Sts>().verify_for_any(app, token).await?;
    let claims = verified.map_err(|_| refused())?;
    if !lives(app, caller, &claims).await? { Err(refused()) } else { Ok(claims) }
}

/// Whether the session behind a person's token goes on.
pub(super) async fn lives(app: &App, caller: &Public, claims: &Claims) -> Result<bool, OauthError> {
    let Subject::Person { session, .. } = &claims.subject else { return Ok(true) };
    let sessions = app.service::<SessionSource>();
    Ok(sessions.0.principal(app, *session, caller.ip).await?.is_some())
}

async fn issue(
    app: &App,
    client: &Client,
    grant: &Grant,
    issued_token_type: Option<&'static str>,
) -> Result<Response, OauthError> {
    let lifetime = i64::try_from(app.config.session.access_token_seconds).unwrap_or(i64::MAX / 4);
    let new = grant.token(client, app.clock.now(), Duration::seconds(lifetime));
    let expires_in = new.lifetime.whole_seconds();
    let tokens = app.service::<Sts>().tokens(app).await?;
    let (access_token, id) = tokens.issue(&new).map_err(|error| OauthError::Other(error.into()))?;
    let deed = Deed::new("service_token.issued", "token", id).called(&client.service.id).with(json!({
        "subject": grant.subject.text(),
        "audience": grant.audience,
        "scope": grant.scope,
        "certificate": client.bound_to,
    }));
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    record(&mut tx, &client.actor, deed).await?;
    tx.commit().await?;
    let scope = grant.scope.clone();
    let body =
        ServiceTokenAnswer { access_token, token_type: "Bearer", expires_in, scope, issued_token_type };
    Ok((no_store(), axum::Json(body)).into_response())
}
