//! Second factors: what is asked for beside the password, and whether a code is one.
//!
//! A code of the app is good once: the half minute that it belongs to is kept. A recovery code is good once too, and so is
//! what a passkey signs.

use notifications::{AccountNotice, NoticeKind, tell_owner};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::throttle::Attempt;
use platform::{Actor, App, Error, Result, Tx};
use rand::{RngCore, TryRngCore};
use serde_json::json;
use time::OffsetDateTime;
use vocab::UserId;

use crate::cache::TokenHash;
use crate::passkey::{self, Answered};
use crate::service::{IdentityService, hash_of};
use crate::sign_in::{KNOWN_FOR, too_many_attempts};
use crate::store::second_factors as store;
use crate::store::sessions::{self, Account};
use crate::totp::{Secret, base32};

const RECOVERY_CODES: usize = 10;
/// Eighty bits: nobody guesses one, nor finds it from its hash.
const RECOVERY_BYTES: usize = 10;
const RECOVERY_CHARS: usize = 16;
const TOTP_DIGITS: usize = 6;
/// What the secrets of apps are sealed for.
pub const PURPOSE: &str = "cibercase second factors 1";

vocab::text_enum! {
    /// What was shown beside the password.
    pub enum Method {
        Totp = "totp",
        RecoveryCode = "recovery_code",
        /// One that a provider vouches for, where the settings say that it may.
        Provider = "provider",
        Passkey = "passkey",
    }
}

impl Method {
    /// What somebody has set up; recovery codes come with either.
    pub fn names(has_app: bool, has_passkey: bool) -> Vec<Self> {
        let methods = [(has_passkey, Self::Passkey), (has_app, Self::Totp)];
        methods.into_iter().filter_map(|(has, method)| has.then_some(method)).collect()
    }
}

/// What somebody shows beside the password.
pub enum Evidence<'a> {
    Code(&'a str),
    Passkey(Answered<'a>),
}

/// What is not believed; of a passkey also why, for the record.
#[derive(Debug, Clone, Copy)]
pub enum Wrong {
    Code,
    Passkey(&'static str),
}

/// A code as somebody typed it.
enum Code {
    Totp(u32),
    Recovery(TokenHash),
}

impl Code {
    /// With spaces and hyphens wherever people put them.
    fn read(text: &str) -> Option<Self> {
        let is_mark = |c: &char| !c.is_whitespace() && *c != '-';
        let text: String = text.chars().take(100).filter(is_mark).collect::<String>().to_ascii_uppercase();
        if text.len() == TOTP_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().map(Code::Totp);
        }
        (text.len() == RECOVERY_CHARS).then(|| Code::Recovery(hash_of(&text)))
    }
}

/// The digits of an app's code, if that is what somebody typed.
pub fn digits(text: &str) -> Option<u32> {
    match Code::read(text)? {
        Code::Totp(code) => Some(code),
        Code::Recovery(_) => None,
    }
}

/// Fresh recovery codes: for people, in groups of four, and their hashes.
pub fn make_recovery_codes() -> (Vec<String>, Vec<TokenHash>) {
    let make = |_| {
        let mut bytes = [0; RECOVERY_BYTES];
        rand::rngs::OsRng.unwrap_err().fill_bytes(&mut bytes);
        let text = base32(&bytes);
        let hash = hash_of(&text);
        (text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-"), hash)
    };
    (0..RECOVERY_CODES).map(make).unzip()
}

/// The secret of an app, sealed for its person's row.
pub fn seal(app: &App, user: UserId, secret: &Secret) -> Result<Vec<u8>> {
    app.service::<IdentityService>()
        .sealer
        .seal(user.uuid().as_bytes(), secret.bytes())
        .map_err(Error::Internal)
}

pub fn unseal(app: &App, user: UserId, sealed: &[u8]) -> Result<Secret> {
    let opened = app.service::<IdentityService>().sealer.unseal(user.uuid().as_bytes(), sealed);
    opened.map(Secret::of).map_err(|cause| Error::Internal(cause.context("a second factor's secret")))
}

/// Uses what is shown up, if it is of this person. Their row must be locked.
pub async fn use_up(
    app: &App,
    tx: &mut Tx,
    user: UserId,
    shown: &Evidence<'_>,
    now: OffsetDateTime,
) -> Result<Result<Method, Wrong>> {
    match shown {
        Evidence::Code(code) => Ok(use_code_up(app, tx, user, code, now).await?.ok_or(Wrong::Code)),
        Evidence::Passkey(answered) => {
            let believed = passkey::check(app, tx, user, answered, now).await?;
            Ok(believed.map(|()| Method::Passkey).map_err(Wrong::Passkey))
        }
    }
}

async fn use_code_up(
    app: &App,
    tx: &mut Tx,
    user: UserId,
    code: &str,
    now: OffsetDateTime,
) -> Result<Option<Method>> {
    match Code::read(code) {
        Some(Code::Totp(code)) => {
            let Some(factor) = store::find(tx, user).await?.filter(|factor| factor.confirmed_at.is_some())
            else {
                return Ok(None);
            };
            let step = unseal(app, user, &factor.sealed_secret)?.step_of(code, now, factor.last_step);
            let Some(step) = step else { return Ok(None) };
            Ok(store::use_step(tx, user, step, now).await?.then_some(Method::Totp))
        }
        Some(Code::Recovery(hash)) => {
            Ok(store::use_recovery_code(tx, user, &hash, now).await?.then_some(Method::RecoveryCode))
        }
        None => Ok(None),
    }
}

/// Lets an attempt at a code pass the throttle, or says when to come back. It is counted apart from passwords: a right
/// password forgives no wrong code. Where the person is known they go on, whoever guesses elsewhere.
pub async fn admit(app: &App, account: &Account, actor: &Actor) -> Result<Attempt> {
    let (service, now) = (app.service::<IdentityService>(), app.clock.now());
    let is_known_address = match actor.ip {
        Some(ip) if service.code_throttle.is_hot(&account.email, Some(ip), now) => {
            sessions::is_known_address(app, &account.email, ip, now - KNOWN_FOR).await?
        }
        _ => false,
    };
    let admitted = service.code_throttle.begin(&account.email, actor.ip, is_known_address, now);
    admitted.map_err(too_many_attempts)
}

/// Uses what is shown up, or leaves a trace of what is wrong and refuses it. The person's row must be locked.
///
/// `attempt` was admitted before: admitting may ask the database, for which a second connection would have to be free.
pub async fn prove(
    app: &App,
    mut tx: Tx,
    account: &Account,
    shown: &Evidence<'_>,
    (actor, attempt): (&Actor, &Attempt),
    purpose: &str,
) -> Result<(Tx, Method)> {
    match use_up(app, &mut tx, account.id, shown, app.clock.now()).await? {
        Ok(method) => {
            tell_of(app, &mut tx, account.id, actor, method).await?;
            app.service::<IdentityService>().code_throttle.succeed(attempt);
            Ok((tx, method))
        }
        Err(wrong) => {
            drop(tx);
            Err(refuse(app, account, actor, purpose, wrong).await?)
        }
    }
}

/// A recovery code that is used is told to its owner: it may have been found.
pub async fn tell_of(app: &App, tx: &mut Tx, user: UserId, actor: &Actor, method: Method) -> Result<()> {
    if method == Method::RecoveryCode {
        let notice = AccountNotice::of(user, NoticeKind::RecoveryCodeUsed);
        tell_owner(tx, actor, app.clock.now(), notice).await?;
    }
    Ok(())
}

/// Keeps the trace of what was wrong, and is its answer.
pub async fn refuse(
    app: &App,
    account: &Account,
    actor: &Actor,
    purpose: &str,
    wrong: Wrong,
) -> Result<Error> {
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let detail = match wrong {
        Wrong::Code => json!({ "purpose": purpose }),
        Wrong::Passkey(reason) => json!({ "purpose": purpose, "passkey": reason }),
    };
    let deed = Deed::new("session.refused", "user", account.id.uuid()).called(&account.email).with(detail);
    record(&mut tx, actor, deed).await?;
    tx.commit().await?;
    if let Wrong::Passkey(_) = wrong {
        return Ok(passkey::refused());
    }
    Ok(Error::problem(
        axum::http::StatusCode::UNAUTHORIZED,
        "second_factor_wrong",
        "That code is wrong, over, or was used before.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_people_write_it() {
        for text in ["123456", " 123 456 ", "123-456"] {
            assert!(matches!(Code::read(text), Some(Code::Totp(123_456))), "{text}");
        }
        assert!(matches!(Code::read("000001"), Some(Code::Totp(1))));
        for text in ["", "12345", "1234567", "12345a", "１２３４５６", "ABCD-EFGH-IJKL"] {
            assert!(Code::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn recovery_codes_differ_and_are_known_by_their_hashes() {
        let (texts, hashes) = make_recovery_codes();
        assert_eq!(texts.len(), RECOVERY_CODES);
        for (text, hash) in texts.iter().zip(&hashes) {
            assert_eq!(text.len(), RECOVERY_CHARS + 3, "{text}");
            let lower = text.to_lowercase().replace('-', " ");
            assert!(matches!(Code::read(&lower), Some(Code::Recovery(read)) if read == *hash), "{text}");
        }
        assert_eq!(hashes.iter().collect::<std::collections::BTreeSet<_>>().len(), RECOVERY_CODES);
    }
}
