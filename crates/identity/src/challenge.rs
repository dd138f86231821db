//! The second step of signing in: a browser that has proven the password is asked for a code or a
//! passkey.
//!
//! What stands between the steps is a row that only the browser's cookie finds. It lasts five minutes, takes five
//! tries, opens one session, and is over when the password changes.

use axum::http::{HeaderMap, StatusCode};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::{App, Error, Public, Result, Tx};
use time::{Duration, OffsetDateTime};
use vocab::UserId;

use crate::cache::TokenHash;
use crate::model::SessionKind;
use crate::passkey::{self, Answered, PasskeyAnswer, Purpose, RequestOptions, bound_to};
use crate::second_factor::{self, Evidence};
use crate::service::{IdentityService, hash_of, new_token};
use crate::sign_in::{self, Opened, Opening, Proven, actor};
use crate::store::passkeys;
use crate::store::second_factors::{self as store, Challenge};
use crate::store::sessions::{self, Account};

pub const LIFETIME: Duration = Duration::minutes(5);
const MOST_TRIES: i32 = 5;

/// Asks for a second factor: the cookie's value, and when it is over.
pub async fn begin(
    app: &App,
    tx: &mut Tx,
    proven: &Proven,
    caller: &Public,
) -> Result<(String, OffsetDateTime)> {
    let (token, expires_at) = (new_token(), app.clock.now() + LIFETIME);
    let account = &proven.account;
    let challenge = Challenge {
        user: account.id,
        password_generation: account.password_generation,
        through: proven.through.clone(),
    };
    store::insert_challenge(tx, &hash_of(&token), &challenge, expires_at).await?;
    let deed = Deed::new("session.challenged", "user", account.id.uuid()).called(&account.email);
    record(tx, &actor(account, caller), deed).await?;
    Ok((token, expires_at))
}

/// What the browser answers with.
pub enum Answer<'a> {
    Code(&'a str),
    Passkey(&'a PasskeyAnswer),
}

/// What is asked for beside the password, of a browser that this cookie's value is from.
pub async fn ask_passkey(app: &App, token: &str) -> Result<RequestOptions> {
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let challenge = store::find_challenge(&mut tx, &hash_of(token), MOST_TRIES, app.clock.now()).await?;
    let challenge = challenge.ok_or_else(over)?;
    let options = passkey::ask(app, &mut tx, &bound_to(Purpose::SignIn, token), challenge.user).await?;
    tx.commit().await?;
    Ok(options)
}

/// Answers it: the session and its cookie's value.
pub async fn meet(
    app: &App,
    token: &str,
    answer: Answer<'_>,
    caller: &Public,
    headers: &HeaderMap,
) -> Result<(Opened, String)> {
    let (service, hash, now) = (app.service::<IdentityService>(), hash_of(token), app.clock.now());
    let (challenge, account) = find(app, &hash, now).await?;
    let actor = actor(&account, caller);
    let attempt = second_factor::admit(app, &account, &actor).await?;
    let shown = take_try(app, token, answer, account.id, now).await?;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    if !sessions::lock_proven(&mut tx, challenge.user, challenge.password_generation).await? {
        return Err(over());
    }
    let method = match second_factor::use_up(app, &mut tx, challenge.user, &shown, now).await? {
        Ok(method) => method,
        Err(wrong) => {
            drop(tx);
            return Err(second_factor::refuse(app, &account, &actor, "second_factor", wrong).await?);
        }
    };
    if !store::remove_challenge(&mut tx, &hash).await? {
        return Err(over());
    }
    let token = new_token();
    let opening = Opening {
        kind: SessionKind::Browser,
        token: Some(&token),
        second_factor: Some(method),
        through: challenge.through.as_deref(),
        caller,
        headers,
    };
    second_factor::tell_of(app, &mut tx, account.id, &actor, method).await?;
    let opened = sign_in::open(app, &mut tx, &account, opening).await?;
    tx.commit().await?;
    service.code_throttle.succeed(&attempt);
    Ok((opened, token))
}

/// The sign-in that waits there, and whose it is.
async fn find(app: &App, hash: &TokenHash, now: OffsetDateTime) -> Result<(Challenge, Account)> {
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let challenge = store::find_challenge(&mut tx, hash, MOST_TRIES, now).await?.ok_or_else(over)?;
    drop(tx);
    let account = sessions::account_by_id(app, challenge.user).await?.ok_or_else(over)?;
    Ok((challenge, account))
}

/// Takes a try, and the passkey's challenge with it. Both are gone before the answer is looked at, whatever becomes of the
/// request.
async fn take_try<'a>(
    app: &App,
    token: &str,
    answer: Answer<'a>,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Evidence<'a>> {
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    if !store::take_try(&mut tx, &hash_of(token), MOST_TRIES, now).await? {
        return Err(over());
    }
    let shown = match answer {
        Answer::Code(code) => Evidence::Code(code),
        Answer::Passkey(answer) => {
            let bound_to = bound_to(Purpose::SignIn, token);
            let challenge = passkeys::take_challenge(&mut tx, &bound_to, user, now).await?;
            Evidence::Passkey(Answered { challenge, answer })
        }
    };
    tx.commit().await?;
    Ok(shown)
}

pub fn over() -> Error {
    Error::problem(
        StatusCode::UNAUTHORIZED,
        "challenge_over",
        "That took too long or too many tries; sign in again.",
    )
}
