//! ID tokens (OpenID Connect Core 1.0, 3.1.3.7), read strictly: a key has one algorithm, and the token cannot choose another.

use serde::Deserialize;
use sts::{ClientKey, Jws};
use time::{Duration, OffsetDateTime};

const LONGEST_BYTES: usize = 16 * 1024;
/// Core 1.0, 2: `sub` has at most 255 ASCII characters.
const LONGEST_SUBJECT: usize = 255;
/// The clocks of other machines.
const CLOCKS_APART: Duration = Duration::minutes(1);
/// Longer ago than anybody waits for a token that was just asked for.
const OLDEST: Duration = Duration::minutes(10);

/// What a token must be for.
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: OffsetDateTime,
}

/// What a token that holds says.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    iss: String,
    pub sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    nonce: String,
    #[serde(default)]
    pub amr: Vec<String>,
    #[serde(default)]
    pub acr: Option<String>,
    #[serde(flatten)]
    pub person: Person,
}

/// Claims of a person, from the token or from the provider's userinfo.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Person {
    #[serde(default)]
    pub email: Option<String>,
    /// Only the boolean counts: a word could be "false".
    #[serde(default)]
    pub email_verified: Option<serde_json::Value>,
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What comes of looking at a token.
#[derive(Debug)]
pub enum Verdict {
    Holds(Box<Claims>),
    /// None of the known keys is its own: there may be newer ones.
    UnknownKey,
    /// Why, in a word for the audit log.
    Fails(&'static str),
}

pub fn verify(token: &str, keys: &[ClientKey], expected: &Expected<'_>) -> Verdict {
    let Some(jws) = Jws::read(token, LONGEST_BYTES) else { return Verdict::Fails("malformed") };
    // A token for something else, such as an access token (RFC 9068), is no ID token.
    if jws.typ.as_ref().is_some_and(|typ| !typ.eq_ignore_ascii_case("jwt")) {
        return Verdict::Fails("type");
    }
    if !["RS256", "PS256", "ES256", "EdDSA"].contains(&jws.algorithm.as_str()) {
        return Verdict::Fails("algorithm");
    }
    let mut of_its_algorithm = keys.iter().filter(|key| key.algorithm_name == jws.algorithm);
    let fits = |key: &&ClientKey| key.algorithm_name == jws.algorithm && key.kid == jws.kid;
    let key = match (&jws.kid, of_its_algorithm.next(), of_its_algorithm.next()) {
        // Without a name there is nothing to choose by (Core 1.0, 10.1).
        (None, Some(only), None) => Some(only),
        _ => keys.iter().find(fits),
    };
    let Some(key) = key else { return Verdict::UnknownKey };
    if !jws.is_signed_by(key) {
        return Verdict::Fails("signature");
    }
    match jws.claims() {
        None => Verdict::Fails("claims"),
        Some(claims) => check(claims, expected),
    }
}

fn check(claims: Claims, expected: &Expected<'_>) -> Verdict {
    let (now, apart) = (expected.now.unix_timestamp(), CLOCKS_APART.whole_seconds());
    // Whoever else a token is for could play it here.
    let is_ours = match &claims.aud {
        Audience::One(one) => one == expected.client_id,
        Audience::Several(several) => matches!(several.as_slice(), [one] if one == expected.client_id),
    };
    let is_asked_by_us = claims.azp.as_deref().is_none_or(|azp| azp == expected.client_id);
    let is_young = claims.iat <= now + apart && claims.iat >= now - OLDEST.whole_seconds();
    let is_subject = (1..=LONGEST_SUBJECT).contains(&claims.sub.len())
        && claims.sub.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let checks = [
        (claims.iss == expected.issuer, "issuer"),
        (is_ours, "audience"),
        (is_asked_by_us, "authorized_party"),
        (claims.exp > now, "expired"),
        (is_young && claims.nbf.is_none_or(|moment| moment <= now + apart), "issued_at"),
        (claims.nonce == expected.nonce, "nonce"),
        (is_subject, "subject"),
    ];
    match checks.into_iter().find(|(holds, _)| !holds) {
        Some((_, reason)) => Verdict::Fails(reason),
        None => Verdict::Holds(Box::new(claims)),
    }
}
