//! The web interface: files compressed beforehand, and a shell that carries what the first view needs.

use std::borrow::Cow;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use platform::principal::Caller;
use platform::secrets::random_hex;
use platform::{App, Error};
use rust_embed::RustEmbed;
use serde_json::{Value, json};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Files;

/// Whether the process lives, and whether it can serve.
pub fn health() -> Router<App> {
    Router::new()
        .route("/health/live", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/health/ready", get(ready))
}

/// The collector's word stands beside: it takes log lines with the database away too.
async fn ready(State(app): State<App>) -> Response {
    let collector = collector::report(&app).map(|report| report.state);
    match sqlx::query!("select 1 as one").fetch_one(app.db.pool()).await {
        Ok(_) => Json(json!({ "status": "ok", "collector": collector })).into_response(),
        Err(_) => {
            let status = json!({ "status": "database_away", "collector": collector });
            (StatusCode::SERVICE_UNAVAILABLE, Json(status)).into_response()
        }
    }
}

/// A file of the web interface, or its shell for every address that is a page of it.
pub async fn serve(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let is_api = ["api/", "sts/", "health/"].iter().any(|prefix| path.starts_with(prefix));
    if is_api || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Error::not_found().into_response();
    }
    if path != "index.html"
        && !path.is_empty()
        && let Some(response) = file(&path, request.headers())
    {
        return response;
    }
    // An asset of the inventory has its page beside the files of the interface; those have an extension.
    if path.starts_with("assets/") && path.contains('.') {
        return Error::not_found().into_response();
    }
    let (parts, _) = request.into_parts();
    let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_default();
    shell(&app, &path, &caller, &parts.headers).await
}

/// A file in the best encoding the browser takes. Names under assets/ carry a hash of their content.
fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.ends_with(".br") || path.ends_with(".gz") || path.starts_with('.') {
        return None;
    }
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let encodings = [("br", ".br"), ("gzip", ".gz"), ("", "")];
    let (encoding, found) = encodings
        .into_iter()
        .filter(|(name, _)| name.is_empty() || accepted.split(',').any(|part| part.trim().starts_with(name)))
        .find_map(|(name, suffix)| Files::get(&format!("{path}{suffix}")).map(|found| (name, found)))?;
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let media_type = media_type(path);
    let mut response = found.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !encoding.is_empty() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The page that starts the application, with its first view's data and a fresh nonce for its style elements.
async fn shell(app: &App, path: &str, caller: &Caller, headers: &HeaderMap) -> Response {
    let Some(page) = Files::get("index.html") else { return Error::not_found().into_response() };
    let page = String::from_utf8_lossy(&page.data).into_owned();
    let nonce = random_hex(16);
    let boot = boot(app, path, caller, headers).await;
    let page = page
        .replace(
            r#"<meta name="style-nonce" content="" />"#,
            &format!(r#"<meta name="style-nonce" content="{nonce}" />"#),
        )
        .replace(
            r#"<script type="application/json" id="boot"></script>"#,
            &format!(r#"<script type="application/json" id="boot">{}</script>"#, as_script(&boot)),
        );
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// JSON that no text in it can end the script element of, or open a comment in.
fn as_script(value: &Value) -> String {
    let text = value.to_string();
    let escaped = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    escaped.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// What the first view would ask for: who I am, and the page I am on. What fails is left for the view to ask.
async fn boot(app: &App, path: &str, caller: &Caller, headers: &HeaderMap) -> Value {
    let mut boot = json!({
        "me": null, "locale_hint": locale(headers), "tickets": null, "dashboard": null,
        "version": env!("CARGO_PKG_VERSION"), "live_seq": app.live.hub.position().to_string(),
    });
    let Some(principal) = &caller.principal else { return boot };
    // What a page asks is asked of the same share; the view asks again and is told how long to wait.
    if app.limits.take(caller).await.is_err() {
        return boot;
    }
    let me = identity::me(app, principal).await.ok().and_then(|me| serde_json::to_value(me).ok());
    boot["me"] = me.unwrap_or_default();
    if principal.check_ready().is_err() {
        return boot;
    }
    if matches!(path, "tickets" | "") {
        let page = tickets::first_page(app, principal).await;
        boot["tickets"] = page.ok().and_then(|page| serde_json::to_value(page).ok()).unwrap_or_default();
    }
    if path == "dashboard" {
        let board = dashboard::first_page(app, principal).await;
        boot["dashboard"] = board.ok().and_then(|board| serde_json::to_value(board).ok()).unwrap_or_default();
    }
    boot
}

/// Spanish or English, whichever the browser names first.
fn locale(headers: &HeaderMap) -> &'static str {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let wanted: Cow<'_, str> = wanted.unwrap_or_default().to_lowercase().into();
    let first = wanted.split(',').map(str::trim).find_map(|part| match part.get(..2) {
        Some("es") => Some("es"),
        Some("en") => Some("en"),
        _ => None,
    });
    first.unwrap_or("es")
}
