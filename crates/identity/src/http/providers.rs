//! Signing in through a provider, and linking one with one's own account.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::error::Problem;
use platform::live::is_own_origin;
use platform::{App, Error, Json, Path, Public, Result, Routes, SignedIn, operations};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::session::{Challenged, enter, with_cookies};
use crate::cookie::{self, Name};
use crate::layer;
use crate::me::Me;
use crate::model::AccountSource;
use crate::provider::{self, Arrived, Attempt, Provider, Providers};
use crate::store::providers::{self as store, LinkedProvider};

pub fn routes() -> Routes {
    operations![
        list_providers,
        begin_provider_sign_in,
        create_session_by_provider,
        list_linked_providers,
        begin_provider_link,
        link_provider,
        unlink_provider
    ]
}

/// What a button of the sign-in page shows.
#[derive(Serialize, ToSchema)]
struct ProviderChoice {
    id: String,
    label: String,
}

#[derive(Serialize, ToSchema)]
struct ProviderChoices {
    items: Vec<ProviderChoice>,
}

/// The providers to sign in through.
#[utoipa::path(get, path = "/api/v1/session/providers", tag = "session",
    responses((status = 200, body = ProviderChoices)))]
async fn list_providers(_caller: Public, State(app): State<App>) -> Result<Json<ProviderChoices>> {
    let choice = |one: &Provider| ProviderChoice { id: one.id.clone(), label: one.label.clone() };
    Ok(Json(ProviderChoices { items: app.service::<Providers>().iter().map(choice).collect() }))
}

/// Where the browser goes now.
#[derive(Serialize, ToSchema)]
struct Departure {
    authorization_url: String,
}

/// Begins a sign-in: a cookie knows the browser again when it comes back.
#[utoipa::path(post, path = "/api/v1/session/providers/{id}", tag = "session",
    params(("id" = String, Path, description = "The provider's")), responses(
        (status = 200, body = Departure),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "foreign_origin"),
        (status = 502, body = Problem, content_type = "application/problem+json",
            description = "provider_unreachable"),
    ))]
async fn begin_provider_sign_in(
    _caller: Public,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    if !is_own_origin(&headers, &app.config) {
        return Err(layer::foreign_origin());
    }
    let providers = app.service::<Providers>();
    depart(&app, provider::begin(&app, find(&providers, &id)?, None).await?)
}

/// Signs in with what the provider sent the browser back with: the answer's cookie carries the session, or waits for the
/// second factor.
#[utoipa::path(post, path = "/api/v1/session/providers/{id}/callback", tag = "session",
    params(("id" = String, Path, description = "The provider's")), request_body = Arrived, responses(
        (status = 200, body = Me),
        (status = 202, body = Challenged, description = "A code is wanted too, at /api/v1/session/challenge."),
        (status = 401, body = Problem, content_type = "application/problem+json",
            description = "provider_attempt_over, provider_denied, provider_refused"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "foreign_origin, no_account, link_required, email_not_verified"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "too_many_attempts"),
        (status = 502, body = Problem, content_type = "application/problem+json",
            description = "provider_unreachable"),
    ))]
async fn create_session_by_provider(
    caller: Public,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(arrived): Json<Arrived>,
) -> Result<Response> {
    // A page elsewhere must not sign somebody in to its own account here.
    if !is_own_origin(&headers, &app.config) {
        return Err(layer::foreign_origin());
    }
    let providers = app.service::<Providers>();
    let found = find(&providers, &id)?;
    let proven = provider::sign_in(&app, found, &arrived, browser(&app, &headers), &caller).await?;
    let response = enter(&app, &proven, &caller, &headers).await?;
    Ok((with_cookies([cookie::clear(Name::Provider, app.config.is_https())]), response).into_response())
}

/// Where one's own account comes from, and what it is linked with.
#[derive(Serialize, ToSchema)]
struct LinkedProviders {
    source: AccountSource,
    items: Vec<LinkedProvider>,
}

/// Where one's own account comes from, and the providers that it is linked with.
#[utoipa::path(get, path = "/api/v1/session/links", tag = "session",
    responses((status = 200, body = LinkedProviders)))]
async fn list_linked_providers(caller: SignedIn, State(app): State<App>) -> Result<Json<LinkedProviders>> {
    let user = caller.principal.user_id;
    let mut tx = app.db.read(Scope::Organizations(&[])).await?;
    let source = store::source(&mut tx, user).await?.ok_or_else(Error::unauthenticated)?;
    Ok(Json(LinkedProviders { source, items: store::links(&mut tx, user).await? }))
}

/// Begins to link a provider with one's own account.
#[utoipa::path(post, path = "/api/v1/session/links/{id}", tag = "session",
    params(("id" = String, Path, description = "The provider's")), responses(
        (status = 200, body = Departure),
        (status = 502, body = Problem, content_type = "application/problem+json",
            description = "provider_unreachable"),
    ))]
async fn begin_provider_link(
    caller: SignedIn,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response> {
    let (me, providers) = (&caller.principal, app.service::<Providers>());
    let found = find(&providers, &id)?;
    // A service has no session to come back to.
    if me.is_service {
        return Err(Error::not_found());
    }
    depart(&app, provider::begin(&app, found, Some((me.user_id, me.session_id))).await?)
}

/// Links a provider with one's own account, with what it sent the browser back with.
#[utoipa::path(post, path = "/api/v1/session/links/{id}/callback", tag = "session",
    params(("id" = String, Path, description = "The provider's")), request_body = Arrived, responses(
        (status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json",
            description = "provider_attempt_over, provider_denied, provider_refused"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "email_not_verified"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "email_differs, already_linked, of_directory"),
        (status = 502, body = Problem, content_type = "application/problem+json",
            description = "provider_unreachable"),
    ))]
async fn link_provider(
    caller: SignedIn,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(arrived): Json<Arrived>,
) -> Result<Response> {
    let providers = app.service::<Providers>();
    let found = find(&providers, &id)?;
    provider::link(&app, found, &arrived, browser(&app, &headers), &caller).await?;
    let cookies = with_cookies([cookie::clear(Name::Provider, app.config.is_https())]);
    Ok((StatusCode::NO_CONTENT, cookies).into_response())
}

/// Takes the link with a provider away; one that is in the settings no more, too.
#[utoipa::path(delete, path = "/api/v1/session/links/{id}", tag = "session",
    params(("id" = String, Path, description = "The provider's")), responses(
        (status = 204),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "only_way_in"),
    ))]
async fn unlink_provider(
    caller: SignedIn,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    let me = &caller.principal;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    crate::store::users::lock_memberships(&mut tx, me.user_id).await?;
    if !store::remove_link(&mut tx, me.user_id, &id).await? {
        return Err(Error::not_found());
    }
    let is_without = store::links(&mut tx, me.user_id).await?.is_empty();
    if is_without && store::source(&mut tx, me.user_id).await? == Some(AccountSource::Provider) {
        return Err(Error::conflict("only_way_in", "You have no password: this is your only way in."));
    }
    let deed = Deed::new("user.provider_unlinked", "user", me.user_id.uuid()).called(&me.email);
    record(&mut tx, &caller.actor, deed.with(json!({ "provider": id }))).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn find<'a>(providers: &'a Providers, id: &str) -> Result<&'a Provider> {
    providers.find(id).ok_or_else(Error::not_found)
}

/// The cookie's value; without one nothing is awaited.
fn browser<'a>(app: &App, headers: &'a HeaderMap) -> &'a str {
    cookie::find(headers, Name::Provider, app.config.is_https()).unwrap_or_default()
}

fn depart(app: &App, attempt: Attempt) -> Result<Response> {
    let Attempt { authorization_url, browser } = attempt;
    let seconds = provider::LIFETIME.whole_seconds();
    let cookie = cookie::set(Name::Provider, &browser, seconds, app.config.is_https());
    Ok((with_cookies([cookie]), Json(Departure { authorization_url })).into_response())
}
