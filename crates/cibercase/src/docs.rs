//! The API's description and its two readers, offline.

use anyhow::Result;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use platform::App;
use platform::stack::{Assembly, assemble};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, License, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'";

const REDOC: &str = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>CiberCase API</title></head>
<body><redoc spec-url="/api/openapi.json" disable-google-font="true"></redoc>
<script src="/docs/redoc.standalone.js"></script></body>
</html>
"#;

/// Completes the description with what no handler says.
pub fn complete(mut description: OpenApi) -> OpenApi {
    description.info = InfoBuilder::new()
        .title("CiberCase API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Errors are application/problem+json (RFC 9457) with a stable `code`. Lists are keyset pages: give \
             `next_cursor` back as `cursor`. Edits need `If-Match` with the version read. `x-permission` names the \
             permission an operation asks for.",
        ))
        .license(Some(License::new("Apache-2.0")))
        .build();
    let components = description.components.get_or_insert_with(Default::default);
    let schemes = [
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("cibercase")))),
        ("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer))),
        ("source_token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer))),
    ];
    for (name, scheme) in schemes {
        components.add_security_scheme(name, scheme);
    }
    description
}

/// The description as committed in `openapi.json`.
pub fn openapi_json() -> Result<String> {
    let Assembly { description, .. } = assemble(crate::modules::all())?;
    Ok(complete(description).to_pretty_json()?)
}

/// The route table: method, path, operation, permission.
pub fn routes_json() -> Result<String> {
    let Assembly { table, .. } = assemble(crate::modules::all())?;
    Ok(serde_json::to_string_pretty(&table)?)
}

/// `/api/openapi.json`, `/api/docs` and `/api/redoc`.
pub fn router(description: OpenApi) -> Result<Router<App>> {
    let json = description.to_json()?;
    let serve_json = move || {
        let json = json.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], json) }
    };
    let swagger: Router<App> = SwaggerUi::new("/api/docs").config(Config::from("/api/openapi.json")).into();
    Ok(Router::new()
        .merge(swagger)
        .route("/api/redoc", get(|| async { Html(REDOC) }))
        .layer(from_fn(with_policy))
        .route("/api/openapi.json", get(serve_json)))
}

async fn with_policy(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response.into_response()
}
