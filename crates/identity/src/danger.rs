//! Dangerous acts: what an open session alone is not enough for. Whoever sits down at somebody's browser, or has their
//! session's token, is asked for a proof first. This is the one list of them.

use axum::http::StatusCode;
use platform::{App, Error, Principal, Result};
use time::Duration;

use crate::second_factor::Method;
use crate::store::sessions;

/// How long signing in, or a proof since then, counts.
pub const FRESH: Duration = Duration::minutes(15);

/// Whom an act asks for a fresh proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    Everybody,
    /// It asks for the password itself: that is proof enough for who has nothing else.
    WithSecondFactor,
}

/// Method, route, and whom it asks.
pub const DANGEROUS: [(&str, &str, Asks); 18] = [
    ("POST", "/api/v1/session/password", Asks::WithSecondFactor),
    ("POST", "/api/v1/session/second-factor/totp", Asks::Everybody),
    ("POST", "/api/v1/session/second-factor/recovery-codes", Asks::Everybody),
    ("POST", "/api/v1/session/second-factor/passkeys/options", Asks::Everybody),
    ("DELETE", "/api/v1/session/second-factor/passkeys/{id}", Asks::Everybody),
    ("DELETE", "/api/v1/session/second-factor/totp", Asks::Everybody),
    ("DELETE", "/api/v1/session/second-factor", Asks::Everybody),
    ("POST", "/api/v1/session/links/{id}", Asks::Everybody),
    ("DELETE", "/api/v1/session/links/{id}", Asks::Everybody),
    ("POST", "/api/v1/users", Asks::Everybody),
    ("PATCH", "/api/v1/users/{id}", Asks::Everybody),
    ("POST", "/api/v1/users/{id}/reset-password", Asks::Everybody),
    ("DELETE", "/api/v1/users/{id}/second-factor", Asks::Everybody),
    ("DELETE", "/api/v1/users/{id}/sessions/{session_id}", Asks::Everybody),
    ("POST", "/api/v1/sources/{id}/rotate-token", Asks::Everybody),
    ("DELETE", "/api/v1/sources/{id}", Asks::Everybody),
    ("POST", "/sts/rotate-keys", Asks::Everybody),
    ("POST", "/api/v1/secrets/{name}/rotate", Asks::Everybody),
];

/// Refuses a dangerous act of a person who has not proven lately to be there. A service proves itself for each token.
pub async fn check(app: &App, principal: &Principal, method: &axum::http::Method, route: &str) -> Result<()> {
    let found = DANGEROUS.iter().find(|(its, path, _)| *its == method.as_str() && *path == route);
    let Some((_, _, asks)) = found.filter(|_| !principal.is_service) else { return Ok(()) };
    // Asked of the database each time: another process may have taken the proof a moment ago.
    let proof = sessions::proof(app, principal.session_id).await?.ok_or_else(Error::unauthenticated)?;
    let is_asked = *asks == Asks::Everybody || proof.has_second_factor();
    if !is_asked || app.clock.now() - proof.proven_at < FRESH {
        return Ok(());
    }
    let wanted = if proof.has_second_factor() { "code" } else { "password" };
    let methods = Method::names(proof.has_app, proof.has_passkey);
    Err(Error::problem(
        StatusCode::FORBIDDEN,
        "reauthentication_required",
        "Prove first that it is you, at /api/v1/session/proof.",
    )
    .with_context(serde_json::json!({ "proof": wanted, "methods": methods })))
}
