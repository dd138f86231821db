//! What became of a token: introspection (RFC 7662) and revocation (RFC 7009).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::{App, Public, Routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::bounded;
use super::token::lives;
use crate::client::authenticate;
use crate::grants::audiences;
use crate::oauth::{OauthError, OauthForm, OauthProblem, no_store};
use crate::service::{Sts, commit};
use crate::store;
use crate::token::{Act, Claims, Confirmation};

pub fn routes() -> Routes {
    Routes::default()
        .add(introspect_token, bounded(utoipa_axum::routes!(introspect_token)))
        .add(revoke_service_token, bounded(utoipa_axum::routes!(revoke_service_token)))
}

/// Describes the form; the client proves itself as at the token endpoint.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only described")]
struct TokenQuestion {
    token: String,
    token_type_hint: Option<String>,
}

/// What is known of a token: of one that does not hold, or is not the caller's to know, only that.
#[derive(Serialize, ToSchema, Default)]
struct TokenState {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    act: Option<Act>,
    /// The certificate that whoever brings the token has to show (RFC 8705, 3.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    cnf: Option<Confirmation>,
}

/// Tells a service what is in a token that was issued to it or that addresses it.
#[utoipa::path(post, path = "/sts/introspect", tag = "tokens",
    request_body(content = TokenQuestion, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = TokenState),
        (status = 400, body = OauthProblem),
        (status = 401, body = OauthProblem),
        (status = 413, body = OauthProblem),
        (status = 429, body = OauthProblem),
    ))]
async fn introspect_token(
    caller: Public,
    State(app): State<App>,
    headers: HeaderMap,
    form: OauthForm,
) -> Result<Response, OauthError> {
    let client = authenticate(&app, &caller, &headers, &form).await?;
    let sts = app.service::<Sts>();
    let verified = sts.verify_for_any(&app, form.required("token")?).await?.ok();
    let is_theirs = |claims: &Claims| {
        claims.client_id == client.service.id || audiences(&sts, &client.service).contains(&claims.audience)
    };
    let state = match verified.filter(is_theirs) {
        Some(claims) if lives(&app, &caller, &claims).await? => TokenState::of(&sts, claims),
        _ => TokenState::default(),
    };
    Ok((no_store(), axum::Json(state)).into_response())
}

impl TokenState {
    fn of(sts: &Sts, claims: Claims) -> Self {
        Self {
            active: true,
            iss: Some(sts.issuer().to_owned()),
            aud: Some(claims.audience),
            sub: Some(claims.subject.text()),
            client_id: Some(claims.client_id),
            scope: Some(claims.scope),
            token_type: Some("Bearer"),
            exp: Some(claims.expires_at.unix_timestamp()),
            iat: Some(claims.issued_at),
            jti: Some(claims.token.to_string()),
            act: claims.act,
            cnf: claims.bound_to.map(|x5t_s256| Confirmation { x5t_s256 }),
        }
    }
}

/// Ends a service's own token before its time, on every node. A token that does not hold is no error.
#[utoipa::path(post, path = "/sts/revoke", tag = "tokens",
    request_body(content = TokenQuestion, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200),
        (status = 400, body = OauthProblem),
        (status = 401, body = OauthProblem),
        (status = 413, body = OauthProblem),
        (status = 429, body = OauthProblem),
    ))]
async fn revoke_service_token(
    caller: Public,
    State(app): State<App>,
    headers: HeaderMap,
    form: OauthForm,
) -> Result<Response, OauthError> {
    let client = authenticate(&app, &caller, &headers, &form).await?;
    let sts = app.service::<Sts>();
    if let Ok(claims) = sts.verify_for_any(&app, form.required("token")?).await? {
        if claims.client_id != client.service.id {
            let description = "The token was issued to somebody else.";
            return Err(OauthError::new("unauthorized_client", description));
        }
        let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
        if store::revoke_token(&mut tx, claims.token, claims.expires_at).await? {
            let deed = Deed::new("service_token.revoked", "token", claims.token).called(&client.service.id);
            record(&mut tx, &client.actor, deed).await?;
        }
        commit(&app, &sts, tx).await?;
    }
    Ok((StatusCode::OK, no_store()).into_response())
}
