//! `private_key_jwt`: a service proves who it is with a JWT that it signed (RFC 7523, 3; OpenID Connect Core, 9).

use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use crate::client_key::ClientKey;
use crate::jws::Jws;

/// What `client_assertion_type` must be (RFC 7523, 2.2).
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const LONGEST_BYTES: usize = 8192;
const LONGEST_JTI_BYTES: usize = 200;
/// An assertion lives no longer, so that what has been used need not be remembered for longer.
const LONGEST_LIFE: Duration = Duration::minutes(5);
/// The clocks of other machines.
const CLOCKS_APART: Duration = Duration::seconds(30);

/// An assertion that holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Assertion {
    pub jti: String,
    pub expires_at: OffsetDateTime,
}

/// RFC 7523 lets `aud` be a list; whoever signs for us and for others could be played from there.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    jti: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
}

/// The service that an assertion names, unproven: to find its keys.
pub(crate) fn claimed_subject(assertion: &str) -> Option<String> {
    let claims: Claims = Jws::read(assertion, LONGEST_BYTES)?.claims()?;
    Some(claims.sub)
}

/// Verifies an assertion of the service `id` for one of `audiences`.
pub(crate) fn verify(
    assertion: &str,
    id: &str,
    keys: &[ClientKey],
    audiences: &[&str],
    now: OffsetDateTime,
) -> Option<Assertion> {
    let jws = Jws::read(assertion, LONGEST_BYTES)?;
    if !jws.typ.as_deref().is_none_or(|typ| ["JWT", "client-authentication+jwt"].contains(&typ)) {
        return None;
    }
    // A name that both sides have is compared.
    let is_named = |key: &&ClientKey| match (&jws.kid, &key.kid) {
        (Some(theirs), Some(ours)) => theirs == ours,
        _ => true,
    };
    if !keys.iter().filter(is_named).any(|key| jws.is_signed_by(key)) {
        return None;
    }
    let claims = jws.claims()?;
    check(claims, id, audiences, now)
}

fn check(claims: Claims, id: &str, audiences: &[&str], now: OffsetDateTime) -> Option<Assertion> {
    let (at, apart) = (now.unix_timestamp(), CLOCKS_APART.whole_seconds());
    let is_whose = claims.iss == id && claims.sub == id && audiences.contains(&claims.aud.as_str());
    let lives = claims.exp > at && claims.exp <= at + LONGEST_LIFE.whole_seconds() + apart;
    let has_begun = [claims.nbf, claims.iat].into_iter().flatten().all(|moment| moment <= at + apart);
    let is_named = !claims.jti.is_empty() && claims.jti.len() <= LONGEST_JTI_BYTES;
    if !(is_whose && lives && has_begun && is_named) {
        return None;
    }
    let expires_at = OffsetDateTime::from_unix_timestamp(claims.exp).ok()?;
    Some(Assertion { jti: claims.jti, expires_at })
}

#[cfg(test)]
mod vectors;
