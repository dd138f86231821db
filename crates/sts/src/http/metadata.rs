//! What the token endpoints can do (RFC 8414).

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use platform::config::MtlsConfig;
use platform::{App, Error, Json, Public, Result, Routes, operations};
use serde::Serialize;
use utoipa::ToSchema;

use super::token::{CLIENT_CREDENTIALS, EXCHANGE};
use crate::clients::Clients;
use crate::service::Sts;

pub fn routes() -> Routes {
    operations![get_authorization_server]
}

/// Only what is switched on: without a service, nothing is granted.
#[derive(Serialize, ToSchema)]
struct AuthorizationServer {
    issuer: String,
    token_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    grant_types_supported: Vec<&'static str>,
    response_types_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 3],
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_signing_alg_values_supported: [&'static str; 3],
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_signing_alg_values_supported: [&'static str; 3],
    tls_client_certificate_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtls_endpoint_aliases: Option<Aliases>,
    service_documentation: String,
}

/// The same endpoints on the internal listener (RFC 8705, 5).
#[derive(Serialize, ToSchema)]
struct Aliases {
    token_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
}

impl Aliases {
    fn of(config: &MtlsConfig) -> Option<Self> {
        let at = |path: &str| format!("{}{path}", config.url);
        (config.enabled && !config.url.is_empty()).then(|| Self {
            token_endpoint: at("/sts/token"),
            introspection_endpoint: at("/sts/introspect"),
            revocation_endpoint: at("/sts/revoke"),
        })
    }
}

const METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
const ALGORITHMS: [&str; 3] = ["ES256", "RS256", "EdDSA"];

/// What the token endpoints can do. There is nothing to tell until `public_url` is an https address, which the issuer
/// has to be.
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "tokens", responses(
    (status = 200, body = AuthorizationServer),
    (status = 404, body = platform::error::Problem, content_type = "application/problem+json"),
))]
async fn get_authorization_server(_caller: Public, State(app): State<App>) -> Result<impl IntoResponse> {
    let (sts, clients) = (app.service::<Sts>(), app.service::<Clients>());
    if !sts.issuer().starts_with("https://") {
        return Err(Error::not_found());
    }
    let at = |path: &str| format!("{}{path}", sts.issuer());
    let mut grants = Vec::new();
    if clients.count() > 0 {
        grants.push(CLIENT_CREDENTIALS);
    }
    if clients.may_any_exchange() {
        grants.push(EXCHANGE);
    }
    let mut methods = METHODS.to_vec();
    if app.config.mtls.enabled {
        methods.push("tls_client_auth");
    }
    let metadata = AuthorizationServer {
        issuer: sts.issuer().to_owned(),
        token_endpoint: at("/sts/token"),
        jwks_uri: at("/sts/jwks"),
        introspection_endpoint: at("/sts/introspect"),
        revocation_endpoint: at("/sts/revoke"),
        grant_types_supported: grants,
        response_types_supported: Vec::new(),
        token_endpoint_auth_methods_supported: methods.clone(),
        token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        introspection_endpoint_auth_methods_supported: methods.clone(),
        introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        revocation_endpoint_auth_methods_supported: methods,
        revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        tls_client_certificate_bound_access_tokens: app.config.mtls.enabled,
        mtls_endpoint_aliases: Aliases::of(&app.config.mtls),
        service_documentation: at("/api/docs"),
    };
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(metadata)))
}
