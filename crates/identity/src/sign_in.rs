//! Checking a password: the one way in, for browsers and programs alike.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::principal::{ActorKind, Public};
use platform::throttle::Attempt;
use platform::{Actor, App, Error, Result, Tx};
use time::Duration;
use vocab::SessionId;

use crate::model::{SessionKind, check_email, normal_email};
use crate::password::{Password, is_outdated};
use crate::second_factor::Method;
use crate::service::IdentityService;
use crate::store::second_factors;
use crate::store::sessions::{self, Account, NewSession};
use crate::{device, directory};

/// An address from which somebody signed in this recently is theirs.
pub const KNOWN_FOR: Duration = Duration::days(30);
const LONGEST_USER_AGENT_CHARS: usize = 300;

/// Somebody who proved their password, or was vouched for.
pub struct Proven {
    pub account: Account,
    /// Set when the password should be kept under today's hash.
    better_hash: Option<String>,
    /// Who vouched for them in place of a password.
    pub through: Option<String>,
    /// One that was shown elsewhere and counts here.
    pub second_factor: Option<Method>,
}

impl Proven {
    async fn by_password(service: &IdentityService, account: Account, password: &Password) -> Result<Self> {
        let better_hash = match is_outdated(&account.password_hash) {
            true => Some(service.passwords.hash(password).await?),
            false => None,
        };
        Ok(Self { account, better_hash, through: None, second_factor: None })
    }

    /// Somebody whom a provider or the directory vouches for.
    pub fn through(provider: &str, account: Account, second_factor: Option<Method>) -> Self {
        Self { account, better_hash: None, through: Some(provider.to_owned()), second_factor }
    }
}

/// Checks an address and a password. Whether the user is unknown, disabled or the password wrong, answer and time are
/// the same.
pub async fn prove(app: &App, email: &str, password: &Password, caller: &Public) -> Result<Proven> {
    let service = app.service::<IdentityService>();
    // What can be nobody's address is looked up and counted as one and the same.
    let email = Some(normal_email(email)).filter(|email| check_email(email).is_none()).unwrap_or_default();
    let attempt = admit(app, &email, caller.ip).await?;
    let known = sessions::account_by_email(app, &email).await?;
    let active = known.as_ref().filter(|account| account.is_active);
    let is_right =
        service.passwords.verify(password, active.map(|account| account.password_hash.as_str())).await?;
    let proven = match active.filter(|_| is_right) {
        Some(account) => Some(Proven::by_password(&service, account.clone(), password).await?),
        None => {
            let asked = directory::prove(app, &email, known.as_ref(), password, &nobody(caller)).await;
            if asked.is_err() {
                // Guesses leave a trace while the directory is away, too.
                refuse(app, &email, caller).await?;
            }
            asked?.map(|account| Proven::through(directory::ISSUER, account, None))
        }
    };
    let Some(proven) = proven else {
        refuse(app, &email, caller).await?;
        return Err(invalid_credentials());
    };
    service.throttle.succeed(&attempt);
    Ok(proven)
}

/// Checks the password of somebody who is signed in already, as slowed down as a sign-in.
pub async fn prove_again(
    app: &App,
    account: &Account,
    password: &Password,
    actor: &Actor,
    purpose: &str,
) -> Result<bool> {
    let service = app.service::<IdentityService>();
    let attempt = admit(app, &account.email, actor.ip).await?;
    let is_right = service.passwords.verify(password, Some(&account.password_hash)).await?
        || directory::confirms(app, account, password, actor.ip).await?;
    if is_right {
        service.throttle.succeed(&attempt);
    } else {
        // Whoever sits at somebody's open session and guesses leaves a trace.
        let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
        let deed = Deed::new("session.refused", "user", account.id.uuid())
            .called(&account.email)
            .with(serde_json::json!({ "purpose": purpose }));
        record(&mut tx, actor, deed).await?;
        tx.commit().await?;
    }
    Ok(is_right)
}

/// Lets an attempt pass the throttle, or says when to come back.
async fn admit(app: &App, email: &str, ip: Option<IpAddr>) -> Result<Attempt> {
    let service = app.service::<IdentityService>();
    let now = app.clock.now();
    let is_known_address = match ip {
        // Asked only when it matters, whether the account exists or not.
        Some(ip) if service.throttle.is_hot(email, Some(ip), now) => {
            sessions::is_known_address(app, email, ip, now - KNOWN_FOR).await?
        }
        _ => false,
    };
    service.throttle.begin(email, ip, is_known_address, now).map_err(too_many_attempts)
}

/// Locks somebody proven until the transaction ends, and says whether a second factor is asked of them too.
///
/// To be asked in the transaction that opens the session: one that is set up meanwhile waits for it, and then ends it.
pub async fn wants_second_factor(tx: &mut Tx, proven: &Proven) -> Result<bool> {
    let account = &proven.account;
    if !sessions::lock_proven(tx, account.id, account.password_generation).await? {
        return Err(invalid_credentials());
    }
    if let Some(hash) = &proven.better_hash {
        sessions::keep_better_hash(tx, account.id, hash).await?;
    }
    Ok(proven.second_factor.is_none() && second_factors::is_enrolled(tx, account.id).await?)
}

/// What a session is opened with.
pub struct Opening<'a> {
    pub kind: SessionKind,
    pub token: Option<&'a str>,
    pub second_factor: Option<Method>,
    /// Who vouched, where it was no password of ours.
    pub through: Option<&'a str>,
    pub caller: &'a Public,
    pub headers: &'a HeaderMap,
}

/// A session, and what its browser is known by.
pub struct Opened {
    pub session: SessionId,
    pub device: Option<String>,
}

/// Opens a session for somebody who has proven all that is asked of them, and whose row is locked.
pub async fn open(app: &App, tx: &mut Tx, account: &Account, opening: Opening<'_>) -> Result<Opened> {
    let service = app.service::<IdentityService>();
    let Opening { kind, token, second_factor, through, caller, headers } = opening;
    let now = app.clock.now();
    let user_agent = user_agent(headers);
    let actor = actor(account, caller);
    let device = match kind {
        SessionKind::Browser => {
            Some(device::meet(app, tx, (account.id, &actor), headers, user_agent.as_deref()).await?)
        }
        SessionKind::Token => None,
    };
    sessions::note_sign_in(tx, account.id, now).await?;
    let new = NewSession {
        user: account.id,
        kind,
        token_hash: token.map(crate::service::hash_of),
        has_second_factor: second_factor.is_some(),
        now,
        expires_at: now + service.limits.absolute,
        ip: caller.ip,
        user_agent: user_agent.as_deref(),
    };
    let session = sessions::insert(tx, new).await?;
    let mut detail = serde_json::json!({ "kind": kind, "second_factor": second_factor });
    if let Some(provider) = through {
        detail["provider"] = provider.into();
    }
    let deed = Deed::new("session.opened", "session", session.uuid()).called(&account.email).with(detail);
    record(tx, &actor, deed).await?;
    Ok(Opened { session, device })
}

/// Keeps a failed attempt. Only the address of an account is kept: in its field people also type passwords.
async fn refuse(app: &App, email: &str, caller: &Public) -> Result<()> {
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let known = sessions::known_email(&mut tx, email).await?;
    let deed = Deed {
        organization: None,
        action: "session.refused",
        object_kind: "user",
        object_id: known.as_ref().map(|(id, _)| id.uuid()),
        object_reference: known.as_ref().map(|(_, email)| email.as_str()),
        detail: None,
    };
    record(&mut tx, &nobody(caller), deed).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody of whom only the address is known.
pub fn nobody(caller: &Public) -> Actor {
    Actor { kind: ActorKind::System, ip: caller.ip, request_id: caller.request_id, ..Actor::system() }
}

pub fn actor(account: &Account, caller: &Public) -> Actor {
    Actor {
        kind: ActorKind::User,
        id: Some(account.id.uuid()),
        name: Arc::from(account.display_name.as_str()),
        ip: caller.ip,
        request_id: caller.request_id,
    }
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(header::USER_AGENT)?.as_bytes());
    Some(text.chars().filter(|c| !c.is_control()).take(LONGEST_USER_AGENT_CHARS).collect())
}

fn invalid_credentials() -> Error {
    Error::problem(StatusCode::UNAUTHORIZED, "invalid_credentials", "The address or the password is wrong.")
}

pub fn too_many_attempts(wait: Duration) -> Error {
    let seconds = wait.whole_seconds() + 1;
    Error::problem(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_attempts",
        format!("Too many attempts; try again in {seconds} seconds."),
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
}
