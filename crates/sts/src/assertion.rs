//! `private_key_jwt`: a service proves who it is with a JWT that it signed (RFC 7523, 3; OpenID Connect Core, 9).

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

/// What `client_assertion_type` must be (RFC 7523, 2.2).
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const LONGEST_BYTES: usize = 8192;
const LONGEST_JTI_BYTES: usize = 200;
/// An assertion lives no longer, so that what has been used need not be remembered for longer.
const LONGEST_LIFE: Duration = Duration::minutes(5);
/// The clocks of other machines.
const CLOCKS_APART: Duration = Duration::seconds(30);
const SHORTEST_RSA_BITS: usize = 2048;

/// A service's public key; its kind says the one algorithm that it verifies.
pub(crate) struct ClientKey {
    kid: Option<String>,
    name: &'static str,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl ClientKey {
    /// Reads a JSON Web Key: EC on P-256, RSA of 2048 bits and more, or Ed25519 (RFC 8037).
    pub fn read(members: &HashMap<String, String>) -> Result<Self> {
        let member = |name: &str| {
            members.get(name).map(String::as_str).with_context(|| format!("`{name}` is missing"))
        };
        let (name, algorithm, key) = match (member("kty")?, members.get("crv").map(String::as_str)) {
            ("EC", Some("P-256")) => {
                ("ES256", Algorithm::ES256, DecodingKey::from_ec_components(member("x")?, member("y")?)?)
            }
            ("OKP", Some("Ed25519")) => {
                ("EdDSA", Algorithm::EdDSA, DecodingKey::from_ed_components(member("x")?)?)
            }
            ("RSA", None) => {
                let modulus = URL_SAFE_NO_PAD.decode(member("n")?).context("`n` is not base64url")?;
                let bits = modulus.len() * 8;
                ensure!(bits >= SHORTEST_RSA_BITS, "it has {bits} bits, fewer than {SHORTEST_RSA_BITS}");
                ("RS256", Algorithm::RS256, DecodingKey::from_rsa_components(member("n")?, member("e")?)?)
            }
            _ => bail!("it is none of EC on P-256, RSA and Ed25519"),
        };
        if let Some(said) = members.get("alg") {
            ensure!(said == name, "`alg` is {said}, and a key of this kind verifies {name}");
        }
        Ok(Self { kid: members.get("kid").cloned(), name, algorithm, key })
    }
}

/// An assertion that holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Assertion {
    pub jti: String,
    pub expires_at: OffsetDateTime,
}

#[derive(Deserialize)]
struct Header<'a> {
    alg: &'a str,
    #[serde(default)]
    kid: Option<&'a str>,
    #[serde(default)]
    typ: Option<&'a str>,
    #[serde(default)]
    crit: Option<serde::de::IgnoredAny>,
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
    let payload = assertion.split('.').nth(1).filter(|_| assertion.len() <= LONGEST_BYTES)?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
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
    if assertion.len() > LONGEST_BYTES {
        return None;
    }
    let (message, signature) = assertion.rsplit_once('.')?;
    let (header, payload) = message.split_once('.')?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: Header<'_> = serde_json::from_slice(&header).ok()?;
    let is_typed = header.typ.is_none_or(|typ| ["JWT", "client-authentication+jwt"].contains(&typ));
    if !is_typed || header.crit.is_some() {
        return None;
    }
    // A name that both sides have is compared.
    let is_named = |key: &ClientKey| match (header.kid, key.kid.as_deref()) {
        (Some(theirs), Some(ours)) => theirs == ours,
        _ => true,
    };
    let fits = |key: &&ClientKey| key.name == header.alg && is_named(key);
    let is_signed = keys.iter().filter(fits).any(|key| {
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.key, key.algorithm).unwrap_or(false)
    });
    if !is_signed {
        return None;
    }
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
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
