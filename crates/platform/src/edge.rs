//! Who is let in at all: by TLS or not, and the pages of which origins.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::Config;
use crate::peer::Inside;
use crate::{App, Error};

/// A year: whoever came by TLS once comes by nothing else.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");
/// How long browsers remember what they were allowed.
const REMEMBERED: Duration = Duration::from_secs(600);
/// What pages elsewhere may send and read beside what is always allowed.
const SENT: [HeaderName; 3] = [header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH];
const READ: [HeaderName; 4] =
    [header::ETAG, header::LOCATION, header::RETRY_AFTER, HeaderName::from_static("x-request-id")];

/// Marks a request that came by TLS to the program itself.
#[derive(Debug, Clone, Copy)]
pub struct OverTls;

/// Whether the request came by TLS: to us, or to the proxy whose word we take.
fn is_secure(request: &Request, config: &Config) -> bool {
    let says_proxy = config.trusted_proxy_hops > 0 && forwarded_proto(request.headers()) == Some("https");
    says_proxy || request.extensions().get::<OverTls>().is_some()
}

/// What the proxy nearest to us says; what came before it may be anybody's.
fn forwarded_proto(headers: &HeaderMap) -> Option<&str> {
    let last = headers.get_all("x-forwarded-proto").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next().map(str::trim)
}

/// Serves nothing over plain HTTP where TLS is spoken: a page is sent on; a program that calls the API has shown its
/// token already, and must not get used to it. Whoever asks for our health is let through.
pub(crate) async fn insist_on_tls(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Some(Inside::Withdrawn) = request.extensions().get::<Inside>() {
        let detail = "The certificate of this connection is good no more.";
        return Error::problem(StatusCode::UNAUTHORIZED, "certificate_withdrawn", detail).into_response();
    }
    let is_secure = is_secure(&request, &app.config);
    let insists = app.config.force_https || app.config.speaks_tls();
    let path = request.uri().path();
    if insists && !is_secure && !path.starts_with("/health/") {
        let is_page = matches!(*request.method(), Method::GET | Method::HEAD)
            && !path.starts_with("/api/")
            && !path.starts_with("/sts/");
        let there = if is_page { at_tls(&request, &app.config) } else { None };
        return match there {
            Some(location) => {
                (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response()
            }
            None => Error::problem(
                StatusCode::FORBIDDEN,
                "https_required",
                "This is served over HTTPS only. A token that was sent without it should be replaced.",
            )
            .into_response(),
        };
    }
    let mut response = next.run(request).await;
    if is_secure {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
    }
    response
}

/// The same page by TLS: at the address people type, or else where they came.
fn at_tls(request: &Request, config: &Config) -> Option<HeaderValue> {
    let authority = match config.public_url.strip_prefix("https://") {
        Some(rest) => rest.split('/').next()?,
        None => request.headers().get(header::HOST)?.to_str().ok()?,
    };
    let authority = authority.parse::<Authority>().ok().filter(|found| !found.as_str().contains('@'))?;
    let path = request.uri().path_and_query()?;
    HeaderValue::from_str(&format!("https://{authority}{path}")).ok()
}

/// Lets pages of the named origins in, with their credentials; to all others nothing is said.
pub(crate) async fn cors(State(app): State<App>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN);
    match origin.filter(|origin| app.config.origins().any(|known| *origin == known)).cloned() {
        None => next.run(request).await,
        Some(origin) => match allowed(origin).layer(next).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
    }
}

fn allowed(origin: HeaderValue) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::exact(origin))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(SENT)
        .expose_headers(READ)
        .max_age(REMEMBERED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, &str)]) -> Request {
        let mut request = Request::new(axum::body::Body::empty());
        *request.uri_mut() = "/tickets?stage=new".parse().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        request
    }

    #[test]
    fn only_the_nearest_proxy_says_how_a_request_came() {
        let mut config = Config::defaults().unwrap();
        let is = |headers: &[(&'static str, &str)], config: &Config| is_secure(&request(headers), config);
        assert!(!is(&[("x-forwarded-proto", "https")], &config));
        config.trusted_proxy_hops = 1;
        assert!(is(&[("x-forwarded-proto", "https")], &config));
        assert!(is(&[("x-forwarded-proto", "http, https")], &config));
        assert!(!is(&[("x-forwarded-proto", "https, http")], &config));
        assert!(!is(&[("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")], &config));
        assert!(!is(&[], &config));
    }

    #[test]
    fn pages_are_sent_to_the_address_people_type() {
        let mut config = Config::defaults().unwrap();
        let there = |host: &str, config: &Config| {
            let location = at_tls(&request(&[("host", host)]), config)?;
            Some(location.to_str().unwrap().to_owned())
        };
        assert_eq!(
            there("soc.test:8443", &config).as_deref(),
            Some("https://soc.test:8443/tickets?stage=new")
        );
        assert_eq!(there("soc.test@evil.example", &config), None);
        assert_eq!(there("soc.test/evil", &config), None);
        config.public_url = "https://soc.example.org/".to_owned();
        assert_eq!(
            there("evil.example", &config).as_deref(),
            Some("https://soc.example.org/tickets?stage=new")
        );
    }
}
