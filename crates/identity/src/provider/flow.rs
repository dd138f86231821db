//! The way of a browser to a provider and back: authorization code with PKCE, state and nonce.
//!
//! What is kept is the hash of the state and of a cookie; nonce and code verifier are derived of the cookie, so that only
//! the browser that was sent can come back, once, to the provider it was sent to, for what it was sent for.

use axum::http::StatusCode;
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::{Actor, App, Error, Public, Result, SignedIn, Tx};
use serde::Deserialize;
use serde_json::json;
use time::Duration;
use utoipa::ToSchema;
use vocab::{SessionId, UserId};

use super::id_token::{Claims, Person};
use super::{Failure, Provider};
use crate::model::{AccountSource, Membership, check_email, normal_email};
use crate::second_factor::Method;
use crate::service::{IdentityService, hash_of, new_token, text_of};
use crate::sign_in::{Proven, nobody, too_many_attempts};
use crate::store::providers::{self as store, NewAttempt, NewLink};
use crate::store::sessions::{self, Account};
use crate::store::{organizations, users};
use crate::vouched::{self, Vouched};

/// People type a password and a code in between.
pub const LIFETIME: Duration = Duration::minutes(10);
/// Tells the page that people come back to what they were sent for.
const LINKING: &str = "link.";
const LONGEST_STATE_BYTES: usize = 100;
const LONGEST_CODE_BYTES: usize = 4096;

/// A browser that is about to leave.
pub struct Attempt {
    pub authorization_url: String,
    /// The cookie's value.
    pub browser: String,
}

/// What a browser brings back (RFC 6749, 4.1.2; RFC 9207).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    #[schema(max_length = 100)]
    state: String,
    #[schema(max_length = 4096)]
    code: Option<String>,
    /// What the provider says instead of a code.
    error: Option<String>,
    iss: Option<String>,
}

/// Sends a browser to a provider, for a sign-in or to link it with the account of a session.
pub async fn begin(app: &App, provider: &Provider, linking: Option<(UserId, SessionId)>) -> Result<Attempt> {
    let now = app.clock.now();
    let metadata = provider.metadata(now).await.map_err(|failure| told(provider, failure).0)?;
    let browser = new_token();
    let state = format!("{}{}", if linking.is_some() { LINKING } else { "" }, new_token());
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let attempt = NewAttempt {
        state_hash: hash_of(&state),
        browser_hash: hash_of(&browser),
        provider: &provider.id,
        linking,
        expires_at: now + LIFETIME,
    };
    store::insert_attempt(&mut tx, attempt).await?;
    tx.commit().await?;
    let mark = if metadata.authorization_endpoint.contains('?') { '&' } else { '?' };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", &provider.redirect_uri)
        .append_pair("scope", "openid email profile")
        .append_pair("state", &state)
        .append_pair("nonce", &nonce(&browser))
        .append_pair("code_challenge", &text_of(&hash_of(&verifier(&browser))))
        .append_pair("code_challenge_method", "S256")
        .finish();
    Ok(Attempt { authorization_url: format!("{}{mark}{query}", metadata.authorization_endpoint), browser })
}

/// Whom the provider vouches for, if they may come in.
pub async fn sign_in(
    app: &App,
    provider: &Provider,
    arrived: &Arrived,
    browser: &str,
    caller: &Public,
) -> Result<Proven> {
    let (service, now) = (app.service::<IdentityService>(), app.clock.now());
    // No account is known yet: failures count against where they come from.
    let name: String = arrived.state.chars().take(LONGEST_STATE_BYTES).collect();
    let attempt = service.throttle.begin(&format!("provider:{name}"), caller.ip, false, now);
    let attempt = attempt.map_err(too_many_attempts)?;
    let actor = nobody(caller);
    let claims = match redeem(app, provider, arrived, browser, None).await? {
        Ok(claims) => claims,
        Err(failure) => {
            // Nobody guesses while nobody answers.
            if matches!(failure, Failure::Unreachable(_)) {
                service.throttle.succeed(&attempt);
            }
            return Err(refuse(app, provider, failure, &actor, None).await?);
        }
    };
    let admitted = admit(app, provider, &claims, &actor).await?;
    let account = match admitted {
        Ok(account) => account,
        Err((problem, user)) => {
            note(app, provider, &actor, problem.code(), user).await?;
            return Err(problem);
        }
    };
    service.throttle.succeed(&attempt);
    let second_factor = provider.is_second_factor(&claims).then_some(Method::Provider);
    Ok(Proven::through(&provider.id, account, second_factor))
}

/// Links the provider with the account of a session.
pub async fn link(
    app: &App,
    provider: &Provider,
    arrived: &Arrived,
    browser: &str,
    caller: &SignedIn,
) -> Result<()> {
    let (me, now) = (&caller.principal, app.clock.now());
    let whose = (me.user_id, me.session_id);
    let claims = match redeem(app, provider, arrived, browser, Some(whose)).await? {
        Ok(claims) => claims,
        Err(failure) => {
            return Err(refuse(app, provider, failure, &caller.actor, Some(me.user_id)).await?);
        }
    };
    let email = verified_email(&claims.person).ok_or_else(not_verified)?;
    if *email != *me.email {
        return Err(Error::conflict("email_differs", "The provider knows you by another address."));
    }
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    users::lock_memberships(&mut tx, me.user_id).await?;
    // It would come in with the roles of groups that it has left.
    if store::source(&mut tx, me.user_id).await? == Some(AccountSource::Directory) {
        return Err(Error::conflict(
            "of_directory",
            "Your account is the directory's: sign in with its password.",
        ));
    }
    let new = NewLink {
        issuer: &provider.issuer,
        subject: &claims.sub,
        user: me.user_id,
        provider: &provider.id,
        now,
    };
    if !store::insert_link(&mut tx, new).await? {
        return Err(Error::conflict(
            "already_linked",
            "Your account, or that of the provider, is linked already.",
        ));
    }
    let deed = Deed::new("user.provider_linked", "user", me.user_id.uuid()).called(&me.email);
    record(&mut tx, &caller.actor, deed.with(json!({ "provider": provider.id }))).await?;
    tx.commit().await?;
    Ok(())
}

/// Uses the attempt up, and asks the provider whom it vouches for.
async fn redeem(
    app: &App,
    provider: &Provider,
    arrived: &Arrived,
    browser: &str,
    linking: Option<(UserId, SessionId)>,
) -> Result<Result<Box<Claims>, Failure>> {
    let now = app.clock.now();
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let hashes = (hash_of(&arrived.state), hash_of(browser));
    let is_awaited = store::take_attempt(&mut tx, (&hashes.0, &hashes.1), &provider.id, linking, now).await?;
    // Whatever comes of it, this attempt was the one.
    tx.commit().await?;
    if !is_awaited {
        return Ok(Err(Failure::Refused("state")));
    }
    let metadata = match provider.metadata(now).await {
        Ok(metadata) => metadata,
        Err(failure) => return Ok(Err(failure)),
    };
    // Another provider's answer must not reach this one (RFC 9207).
    let is_said = arrived.iss.is_some() || !metadata.authorization_response_iss_parameter_supported;
    if !is_said || arrived.iss.as_ref().is_some_and(|iss| *iss != provider.issuer) {
        return Ok(Err(Failure::Refused("issuer")));
    }
    let code = arrived.code.as_deref().filter(|code| code.len() <= LONGEST_CODE_BYTES);
    match (code, &arrived.error) {
        (Some(code), None) => Ok(provider.redeem(code, &verifier(browser), &nonce(browser), now).await),
        _ => Ok(Err(Failure::Refused("denied"))),
    }
}

/// The account of whom the provider vouches for; or the answer, and whom it is about.
async fn admit(
    app: &App,
    provider: &Provider,
    claims: &Claims,
    actor: &Actor,
) -> Result<Result<Account, (Error, Option<UserId>)>> {
    let mut tx = app.db.begin(Scope::System).await?;
    if let Some(user) = store::linked_user(&mut tx, &provider.issuer, &claims.sub).await? {
        store::note_use(&mut tx, &provider.issuer, &claims.sub, app.clock.now()).await?;
        tx.commit().await?;
        let account = sessions::account_by_id(app, user).await?.filter(|account| account.is_active);
        return Ok(account.ok_or_else(|| (no_account(), Some(user))));
    }
    let Some(email) = verified_email(&claims.person) else { return Ok(Err((not_verified(), None))) };
    if let Some(account) = sessions::account_by_email(app, &email).await? {
        let problem = if account.is_active { link_required() } else { no_account() };
        return Ok(Err((problem, Some(account.id))));
    }
    let Some(membership) = provider.membership(&mut tx).await? else { return Ok(Err((no_account(), None))) };
    let vouched = Vouched {
        source: AccountSource::Provider,
        issuer: &provider.issuer,
        subject: &claims.sub,
        provider: &provider.id,
        email,
        name: claims.person.name.as_deref(),
        memberships: vec![membership],
    };
    let user = vouched::make(app, &mut tx, vouched, actor, link_required).await?;
    tx.commit().await?;
    let account = sessions::account_by_id(app, user).await?;
    Ok(account.ok_or_else(|| (no_account(), None)))
}

impl Provider {
    /// What somebody new gets, if anybody new is taken.
    async fn membership(&self, tx: &mut Tx) -> Result<Option<Membership>> {
        let Some(new) = &self.new_people else { return Ok(None) };
        let Some(organization) = organizations::by_slug(tx, &new.organization).await? else {
            tracing::warn!(
                provider = self.id,
                organization = new.organization,
                "new people would belong to an organization that there is not"
            );
            return Ok(None);
        };
        Ok(Some(Membership { organization_id: Some(organization), role: new.role.clone() }))
    }

    fn is_second_factor(&self, claims: &Claims) -> bool {
        claims.amr.iter().any(|value| self.second_factor_amr.contains(value))
            || claims.acr.as_ref().is_some_and(|value| self.second_factor_acr.contains(value))
    }
}

/// An address that the provider has seen to be this person's.
fn verified_email(person: &Person) -> Option<String> {
    let is_verified = person.email_verified == Some(serde_json::Value::Bool(true));
    let email = person.email.as_deref().filter(|_| is_verified).map(normal_email)?;
    check_email(&email).is_none().then_some(email)
}

fn nonce(browser: &str) -> String {
    text_of(&hash_of(&format!("nonce:{browser}")))
}

fn verifier(browser: &str) -> String {
    text_of(&hash_of(&format!("code verifier:{browser}")))
}

/// Leaves a trace of a failure where somebody may be trying something, and is its answer.
async fn refuse(
    app: &App,
    provider: &Provider,
    failure: Failure,
    actor: &Actor,
    user: Option<UserId>,
) -> Result<Error> {
    let (problem, reason) = told(provider, failure);
    if let Some(reason) = reason {
        note(app, provider, actor, reason, user).await?;
    }
    Ok(problem)
}

async fn note(
    app: &App,
    provider: &Provider,
    actor: &Actor,
    reason: &str,
    user: Option<UserId>,
) -> Result<()> {
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let account = match user {
        Some(user) => sessions::account_by_id(app, user).await?,
        None => None,
    };
    let deed = Deed {
        organization: None,
        action: "session.refused",
        object_kind: "user",
        object_id: user.map(UserId::uuid),
        object_reference: account.as_ref().map(|account| account.email.as_str()),
        detail: Some(json!({ "provider": provider.id, "reason": reason })),
    };
    record(&mut tx, actor, deed).await?;
    tx.commit().await?;
    Ok(())
}

/// A failure's answer, and the word that the audit log gets of it.
fn told(provider: &Provider, failure: Failure) -> (Error, Option<&'static str>) {
    match failure {
        Failure::Unreachable(cause) => {
            tracing::warn!(
                provider = provider.id,
                error = format!("{cause:#}"),
                "a provider does not answer as it should"
            );
            let detail = "The provider does not answer as it should; try again later.";
            (Error::problem(StatusCode::BAD_GATEWAY, "provider_unreachable", detail), None)
        }
        Failure::Refused(reason) => {
            let (code, detail) = match reason {
                "state" | "code" => ("provider_attempt_over", "That sign-in is over; start it again."),
                "denied" => ("provider_denied", "The provider did not let you in."),
                _ => ("provider_refused", "What the provider says is not believed."),
            };
            (Error::problem(StatusCode::UNAUTHORIZED, code, detail), Some(reason))
        }
    }
}

fn no_account() -> Error {
    let detail = "There is no account here for whom the provider vouches for.";
    Error::problem(StatusCode::FORBIDDEN, "no_account", detail)
}

fn link_required() -> Error {
    let detail = "Sign in with your password first, and link the provider in your profile.";
    Error::problem(StatusCode::FORBIDDEN, "link_required", detail)
}

fn not_verified() -> Error {
    let detail = "The provider has not verified your address.";
    Error::problem(StatusCode::FORBIDDEN, "email_not_verified", detail)
}
