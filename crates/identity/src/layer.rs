//! The authentication layer: finds the principal of every request, from a session cookie or an access token.
//!
//! It refuses what is ambiguous or forged; a request without a good credential goes on as nobody, and the handler's
//! first parameter decides whether that is enough.

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use platform::config::Config;
use platform::limits;
use platform::live::is_own_origin;
use platform::principal::Caller;
use platform::{App, Error, Principal, Result};

use crate::cookie::{self, Name};
use crate::danger;
use crate::service::{Credential, IdentityService};

/// What somebody may still do who must change their password or set up a second factor first.
const BEFORE_ALL_ELSE: [&str; 4] = [
    "/api/v1/session",
    "/api/v1/session/password",
    "/api/v1/session/proof",
    "/api/v1/session/proof/passkey-options",
];
/// The same, once the password is their own.
const SECOND_FACTOR: &str = "/api/v1/session/second-factor";

/// Lays the authentication around a router.
pub fn layer(router: Router<App>, app: &App) -> Router<App> {
    router.layer(from_fn_with_state(app.clone(), authenticate))
}

async fn authenticate(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let found = if is_for_anybody(parts.uri.path()) { Ok(None) } else { find(&app, &parts).await };
    let principal = match found {
        Ok(principal) => principal,
        // Pages need nobody; calls of the API would take it for having been signed out.
        Err(error) if is_unanswered(&error) && !parts.uri.path().starts_with("/api/") => None,
        Err(error) => {
            // A refusal costs a share too: of the address, since nobody is let in.
            let caller = parts.extensions.get_or_insert_default::<Caller>();
            let taken = if is_counted(parts.uri.path()) { app.limits.take(caller).await } else { Ok(()) };
            return taken.err().unwrap_or(error).into_response();
        }
    };
    let caller = parts.extensions.get_or_insert_default::<Caller>();
    caller.principal = principal.clone();
    if is_counted(parts.uri.path())
        && let Err(error) = app.limits.take(caller).await
    {
        return error.into_response();
    }
    // Services bring their own scheme to the token endpoints, which answer for themselves.
    let has_bearer = parts.headers.contains_key(header::AUTHORIZATION) && !has_basic(&parts.headers);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if has_bearer && response.status() == StatusCode::UNAUTHORIZED {
        // RFC 6750, 3: whoever brought a token learns that it is the token.
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    // For the record of the access.
    if let Some(principal) = principal {
        response.extensions_mut().insert(principal);
    }
    response
}

fn has_basic(headers: &HeaderMap) -> bool {
    let scheme = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().get(..6));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "))
}

/// Health, and files of the interface, whose names have an extension: beside them stand pages of the inventory.
fn is_for_anybody(path: &str) -> bool {
    path.starts_with("/health/") || (path.starts_with("/assets/") && path.contains('.'))
}

/// Whether it was not found out who calls: the database is away, or was asked too often from there.
fn is_unanswered(error: &Error) -> bool {
    error.is_database_away() || error.code() == limits::TOO_MANY
}

/// Pages and files are not; nor is what sources deliver and what services ask of the token endpoints: those know their
/// callers themselves, and slow down who guesses.
fn is_counted(path: &str) -> bool {
    path.starts_with("/api/") && !path.starts_with("/api/v1/integrations/")
}

async fn find(app: &App, parts: &Parts) -> Result<Option<Arc<Principal>>> {
    let cookie = cookie::find(&parts.headers, Name::Session, app.config.is_https());
    let bearer = bearer(&parts.headers, parts.uri.query())?;
    let caller = parts.extensions.get::<Caller>();
    let ip = caller.and_then(|caller| caller.ip);
    let certificate = caller.and_then(|caller| caller.certificate.as_deref());
    let service = app.service::<IdentityService>();
    let principal = match (cookie, bearer) {
        (Some(_), Some(_)) => return Err(two_methods()),
        (Some(cookie), None) => {
            service.authenticate(app, Credential::Cookie(cookie), ip, certificate).await?
        }
        // What has no dots is no JWT: the token of a source, which its own handler knows.
        (None, Some(token)) if token.contains('.') => {
            service.authenticate(app, Credential::AccessToken(token), ip, certificate).await?
        }
        _ => None,
    };
    if let Some(principal) = &principal {
        if cookie.is_some() {
            check_origin(&parts.method, &parts.headers, &app.config)?;
        }
        check_ready(principal, parts.uri.path())?;
        if let Some(route) = parts.extensions.get::<MatchedPath>() {
            danger::check(app, principal, &parts.method, route.as_str()).await?;
        }
    }
    Ok(principal)
}

/// The bearer token of the Authorization header; two of them, or one in the URL as well, are refused (RFC 6750, 2).
fn bearer<'a>(headers: &'a HeaderMap, query: Option<&str>) -> Result<Option<&'a str>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let is_in_url = query.is_some_and(|query| query.split('&').any(|pair| pair.starts_with("access_token=")));
    if values.next().is_some() || is_in_url {
        return Err(two_methods());
    }
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    Ok(token)
}

/// A page elsewhere may make a browser send our cookie, but cannot say that it is ours.
pub(crate) fn check_origin(method: &Method, headers: &HeaderMap, config: &Config) -> Result<()> {
    if method.is_safe() {
        return Ok(());
    }
    let is_ours = if headers.contains_key(header::ORIGIN) {
        is_own_origin(headers, config)
    } else {
        headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
    };
    if is_ours { Ok(()) } else { Err(foreign_origin()) }
}

pub(crate) fn foreign_origin() -> Error {
    Error::problem(
        StatusCode::FORBIDDEN,
        "foreign_origin",
        "Changes made with a session cookie come from our own pages only.",
    )
}

fn check_ready(principal: &Principal, path: &str) -> Result<()> {
    let is_second_factor =
        path == SECOND_FACTOR || path.strip_prefix(SECOND_FACTOR).is_some_and(|rest| rest.starts_with('/'));
    let is_allowed = !path.starts_with("/api/")
        || BEFORE_ALL_ELSE.contains(&path)
        || (is_second_factor && !principal.must_change_password);
    if is_allowed { Ok(()) } else { principal.check_ready() }
}

fn two_methods() -> Error {
    Error::bad_request("two_credentials", "Send one credential: a session cookie or one bearer token.")
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_request\""))
}
