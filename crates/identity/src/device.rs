//! Browsers that somebody signs in with: one that is new is told to them.
//!
//! A browser is known by a cookie that opens nothing, kept as its hash beside each person who signs in there.

use axum::http::{HeaderMap, HeaderValue};
use notifications::{AccountNotice, NoticeKind, tell_owner};
use platform::{Actor, App, Result, Tx};
use time::Duration;
use vocab::UserId;

use crate::cookie::{self, Name};
use crate::service::{hash_of, new_token};
use crate::store::devices as store;

/// As long as browsers keep a cookie; each sign-in begins it anew.
pub const KEPT: Duration = Duration::days(400);

/// Notes the browser that somebody signs in with, whose row is locked, and tells them when it is new and not their first.
/// Returns the cookie's value.
pub async fn meet(
    app: &App,
    tx: &mut Tx,
    (user, actor): (UserId, &Actor),
    headers: &HeaderMap,
    user_agent: Option<&str>,
) -> Result<String> {
    let now = app.clock.now();
    let shown = cookie::find(headers, Name::Device, app.config.is_https());
    if let Some(token) = shown
        && store::see(tx, user, &hash_of(token), now).await?
    {
        return Ok(token.to_owned());
    }
    // A value that we did not make might be known to whoever made it.
    let token = match shown {
        Some(token) if store::is_ours(tx, &hash_of(token)).await? => token.to_owned(),
        _ => new_token(),
    };
    if store::has_signed_in(tx, user).await? {
        let notice = AccountNotice { user_agent, ..AccountNotice::of(user, NoticeKind::NewDevice) };
        tell_owner(tx, actor, now, notice).await?;
    }
    store::insert(tx, user, &hash_of(&token), now).await?;
    Ok(token)
}

pub fn cookie(app: &App, token: &str) -> Option<HeaderValue> {
    cookie::set(Name::Device, token, KEPT.whole_seconds(), app.config.is_https())
}
