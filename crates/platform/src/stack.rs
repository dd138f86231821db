//! What every request passes, whichever module answers it: a number, an address, limits, a log record, headers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use uuid::Uuid;

use crate::peer::Inside;
use crate::principal::{Caller, Principal};
use crate::routes::RouteEntry;
use crate::telemetry::ACCESS;
use crate::{App, Error, Module, Routes, edge};

/// JSON bodies; deliveries and attachments have limits of their own.
const BODY_BYTES: usize = 2 * 1024 * 1024;
const REQUEST_SECONDS: u64 = 60;
const WITHOUT_DATABASE: Duration = Duration::from_secs(1);

tokio::task_local! {
    static REQUEST_ID: Uuid;
}

/// The number of the request being answered, when one is.
pub fn request_id() -> Option<Uuid> {
    REQUEST_ID.try_with(|id| *id).ok()
}

/// The assembled API: a router that still lacks its authentication and outer layers, its description, its table.
pub struct Assembly {
    pub router: Router<App>,
    pub description: OpenApi,
    pub table: Vec<RouteEntry>,
    pub jobs: Vec<crate::jobs::Job>,
}

/// Puts the modules' routes together. Fails the start when a module asks for a permission it does not declare.
pub fn assemble(modules: Vec<Module>) -> anyhow::Result<Assembly> {
    let mut routes = Routes::default();
    let mut jobs = Vec::new();
    let mut declared = Vec::new();
    for module in modules {
        routes = routes.merge(module.routes);
        jobs.extend(module.jobs);
        declared.extend(module.permissions);
    }
    let (router, description, mut table) = routes.into_parts();
    table.sort();
    for entry in &table {
        let is_declared = matches!(entry.access, "public" | "signed_in") || declared.contains(&entry.access);
        anyhow::ensure!(
            is_declared,
            "{} {} asks for {}, which its module does not declare",
            entry.method,
            entry.path,
            entry.access
        );
    }
    Ok(Assembly { router, description, table, jobs })
}

/// Lays the outer layers around everything, static files included.
pub fn outer(router: Router<App>, app: &App) -> Router {
    router
        .method_not_allowed_fallback(|| async {
            Error::problem(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This address takes other methods.",
            )
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CatchPanicLayer::custom(|_| {
            Error::Internal(anyhow::anyhow!("a handler panicked")).into_response()
        }))
        .layer(from_fn_with_state(app.clone(), limit_time))
        .layer(from_fn_with_state(app.clone(), edge::cors))
        .layer(from_fn_with_state(app.clone(), edge::insist_on_tls))
        .layer(from_fn_with_state(app.clone(), number))
        .with_state(app.clone())
}

/// Numbers the request, finds the caller's address, writes the access record, sets the headers of every answer.
async fn number(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let inside = request.extensions().get::<Inside>();
    // Proxies stand before the public listener only.
    let hops = if inside.is_some() { 0 } else { app.config.trusted_proxy_hops };
    let certificate = inside.and_then(Inside::certificate).cloned();
    let ip = address(request.headers(), peer, hops);
    request.extensions_mut().insert(Caller { principal: None, ip, request_id: Some(id), certificate });
    let method = request.method().clone();
    // The template, never the path itself: a source token may be part of it.
    let route =
        request.extensions().get::<MatchedPath>().map_or("unmatched", |path| path.as_str()).to_owned();
    let started = std::time::Instant::now();
    let mut response = REQUEST_ID.scope(id, next.run(request)).await;
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let whom = response.extensions().get::<Arc<Principal>>().map(|principal| principal.email.clone());
    tell(&route, response.status(), Record { method, micros, id, ip, whom });
    set_headers(response.headers_mut(), id);
    response
}

/// What the log says of one request.
struct Record {
    method: Method,
    micros: u64,
    id: Uuid,
    ip: Option<IpAddr>,
    whom: Option<Arc<str>>,
}

/// Every call of the API, with who asked and whether they were let. Files of the interface are no news, nor is what a
/// source delivers as it should: its deliveries are counted elsewhere, thousands in a second.
fn tell(route: &str, status: StatusCode, record: Record) {
    let Record { method, micros, id, ip, whom } = record;
    let (status, ip) = (status.as_u16(), ip.map(tracing::field::display));
    let decision = match status {
        401 => "unauthenticated",
        403 => "denied",
        429 => "throttled",
        _ => "allowed",
    };
    let is_call = route.starts_with("/api/") || route.starts_with("/sts/");
    let is_delivery = route.starts_with("/api/v1/integrations/") && status < 400;
    if is_call && !is_delivery {
        tracing::info!(target: ACCESS, %method, route, status, decision, whom = whom.as_deref(), micros, request_id = %id, ip, "request");
    } else {
        tracing::debug!(target: ACCESS, %method, route, status, decision, whom = whom.as_deref(), micros, request_id = %id, ip, "request");
    }
}

fn set_headers(headers: &mut HeaderMap, id: Uuid) {
    const ALWAYS: [(HeaderName, HeaderValue); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    ];
    headers.extend(ALWAYS);
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(header::CONTENT_SECURITY_POLICY, nothing);
    }
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
}

/// The right-most address that is not one of our own proxies. What cannot be read keeps its place, so that nobody moves
/// the count by writing nonsense; in the place asked for, it says nothing, and the peer's address stands.
fn address(headers: &HeaderMap, peer: Option<IpAddr>, hops: usize) -> Option<IpAddr> {
    if hops == 0 {
        return peer;
    }
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|part| std::str::from_utf8(part).ok()?.trim().parse().ok())
        .collect::<Vec<Option<IpAddr>>>();
    forwarded.len().checked_sub(hops).and_then(|index| forwarded.get(index).copied().flatten()).or(peer)
}

async fn limit_time(State(app): State<App>, request: Request, next: Next) -> Response {
    // The live connection lasts; nobody else gets more time by asking for an upgrade.
    let is_live = request.method() == Method::GET && request.uri().path() == "/api/v1/live";
    if is_live && request.headers().contains_key(header::UPGRADE) {
        return next.run(request).await;
    }
    tokio::select! {
        response = next.run(request) => response,
        () = tokio::time::sleep(Duration::from_secs(REQUEST_SECONDS)) => {
            Error::unavailable("timed_out", "This took longer than allowed.").into_response()
        }
        () = without_database(&app) => Error::from(sqlx::Error::PoolTimedOut).into_response(),
    }
}

/// Ends a while after the database stopped answering: who can do without it has the time to.
async fn without_database(app: &App) {
    app.db.pulse().lost().await;
    tokio::time::sleep(WITHOUT_DATABASE).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_part_of_the_way_keeps_its_place() {
        let peer = "192.0.2.1".parse().ok();
        let at = |value: &'static str, hops| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_static(value));
            address(&headers, peer, hops).map(|ip| ip.to_string())
        };
        assert_eq!(at("10.0.0.9, 203.0.113.7", 1).as_deref(), Some("203.0.113.7"));
        assert_eq!(at("10.0.0.9, nonsense", 1).as_deref(), Some("192.0.2.1"));
        assert_eq!(at("10.0.0.9, 203.0.113.7, x", 2).as_deref(), Some("203.0.113.7"));
        assert_eq!(at("203.0.113.7", 0).as_deref(), Some("192.0.2.1"));
        assert_eq!(at("203.0.113.7", 2).as_deref(), Some("192.0.2.1"));
    }
}
