//! Signing access tokens, and the one verifier.

use std::fmt;
use std::sync::Arc;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vocab::{SessionId, UserId};

use crate::key::PublicKey;
use crate::ring::KeyRing;

/// The type of access tokens (RFC 9068, 2.1): no other JWT passes for one.
const TYPE: &str = "at+jwt";
const ALGORITHM: Algorithm = Algorithm::ES256;
const ALGORITHM_NAME: &str = "ES256";

/// Nodes that share a key may be apart by this much: a token must be good on the next node at once.
const CLOCKS_APART: Duration = Duration::seconds(5);

/// Ours have about 600 bytes; longer ones are not looked into.
const LONGEST_TOKEN_BYTES: usize = 4096;

/// What a new token says.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    pub user: UserId,
    pub session: SessionId,
    pub client_id: &'a str,
    pub scope: &'a str,
    pub now: OffsetDateTime,
    pub lifetime: Duration,
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The key that signed it.
    pub kid: Arc<str>,
    pub user: UserId,
    pub session: SessionId,
    pub token: Uuid,
    pub client_id: String,
    pub scope: String,
    pub expires_at: OffsetDateTime,
}

/// Why a token is refused; for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Malformed,
    /// The header asks for another algorithm or type, or for extensions that we do not know.
    Header,
    UnknownKey,
    Signature,
    /// A claim is missing or of the wrong kind.
    Claims,
    Issuer,
    Audience,
    Expired,
    NotYetValid,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Malformed => "it is no JWT",
            Refusal::Header => "its header is not that of our access tokens",
            Refusal::UnknownKey => "its key is none of ours",
            Refusal::Signature => "its signature is wrong",
            Refusal::Claims => "a claim is missing or of the wrong kind",
            Refusal::Issuer => "somebody else issued it",
            Refusal::Audience => "it is for somebody else",
            Refusal::Expired => "it has run out",
            Refusal::NotYetValid => "it is not valid yet",
        })
    }
}

impl std::error::Error for Refusal {}

#[derive(Serialize)]
struct OutgoingHeader<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

/// What a header must say. `jku`, `jwk`, `x5u` and `x5c` are not even read; `crit` must not be there (RFC 7515).
#[derive(Deserialize)]
struct IncomingHeader<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
    #[serde(default)]
    crit: Option<serde::de::IgnoredAny>,
}

/// Claims as they stand in the token: numbers are numbers and strings are strings.
#[derive(Serialize, Deserialize)]
struct TokenClaims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    jti: Uuid,
    client_id: String,
    scope: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// What signs and verifies at this moment; cheap to clone.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    ring: KeyRing,
    issuer: Arc<str>,
    audience: Arc<str>,
}

impl Tokens {
    pub(crate) fn new(ring: KeyRing, issuer: Arc<str>, audience: Arc<str>) -> Self {
        Self(Arc::new(Inner { ring, issuer, audience }))
    }

    /// The public keys of every phase but the last.
    pub fn public_keys(&self) -> &[PublicKey] {
        &self.0.ring.published
    }

    /// Whether what this key signed is still believed.
    pub fn believes(&self, kid: &str) -> bool {
        self.0.ring.verifying.contains_key(kid)
    }

    /// Signs an access token.
    pub fn issue(&self, new: NewToken<'_>) -> Result<String> {
        let issued_at = new.now.unix_timestamp();
        let claims = TokenClaims {
            iss: self.0.issuer.to_string(),
            aud: self.0.audience.to_string(),
            sub: new.user,
            sid: new.session,
            jti: Uuid::now_v7(),
            client_id: new.client_id.to_owned(),
            scope: new.scope.to_owned(),
            iat: issued_at,
            nbf: issued_at - CLOCKS_APART.whole_seconds(),
            exp: issued_at + new.lifetime.whole_seconds(),
        };
        let header = OutgoingHeader { alg: ALGORITHM_NAME, typ: TYPE, kid: &self.0.ring.active_kid };
        let message = format!("{}.{}", part(&header)?, part(&claims)?);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.0.ring.signing, ALGORITHM)?;
        Ok(format!("{message}.{signature}"))
    }

    /// The one verifier: what it accepts was issued by us, for us, as an access token, and is valid at `now`.
    pub fn verify(&self, token: &str, now: OffsetDateTime) -> Result<Claims, Refusal> {
        if token.len() > LONGEST_TOKEN_BYTES {
            return Err(Refusal::Malformed);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(Refusal::Malformed)?;
        let kid = self.check_signature(header, message, signature)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Refusal::Malformed)?;
        let claims: TokenClaims = serde_json::from_slice(&payload).map_err(|_| Refusal::Claims)?;
        self.check_claims(kid, claims, now.unix_timestamp())
    }

    /// The key whose signature it is.
    fn check_signature(&self, header: &str, message: &str, signature: &str) -> Result<Arc<str>, Refusal> {
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| Refusal::Malformed)?;
        let header: IncomingHeader<'_> = serde_json::from_slice(&header).map_err(|_| Refusal::Header)?;
        // Compared byte by byte: RFC 9068 also allows `application/at+jwt`, which we never issue.
        if header.alg != ALGORITHM_NAME || header.typ != TYPE || header.crit.is_some() {
            return Err(Refusal::Header);
        }
        let key = self.0.ring.verifying.get(header.kid).ok_or(Refusal::UnknownKey)?;
        match jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, ALGORITHM) {
            Ok(true) => Ok(Arc::from(header.kid)),
            Ok(false) | Err(_) => Err(Refusal::Signature),
        }
    }

    fn check_claims(&self, kid: Arc<str>, claims: TokenClaims, now: i64) -> Result<Claims, Refusal> {
        if claims.iss != *self.0.issuer {
            return Err(Refusal::Issuer);
        }
        if claims.aud != *self.0.audience {
            return Err(Refusal::Audience);
        }
        if claims.exp <= now {
            return Err(Refusal::Expired);
        }
        if claims.nbf > now {
            return Err(Refusal::NotYetValid);
        }
        let expires_at = OffsetDateTime::from_unix_timestamp(claims.exp).map_err(|_| Refusal::Claims)?;
        Ok(Claims {
            kid,
            user: claims.sub,
            session: claims.sid,
            token: claims.jti,
            client_id: claims.client_id,
            scope: claims.scope,
            expires_at,
        })
    }
}

fn part<T: Serialize>(value: &T) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value)?))
}
