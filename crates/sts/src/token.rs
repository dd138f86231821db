//! Signing access tokens, and the one verifier.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use platform::peer::PeerCertificate;
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

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Somebody signed in; the token ends with the session.
    Person { user: UserId, session: SessionId },
    /// A registered service, by its id.
    Service(String),
}

impl Subject {
    /// As it stands in `sub`.
    pub fn text(&self) -> String {
        match self {
            Subject::Person { user, .. } => user.to_string(),
            Subject::Service(id) => id.clone(),
        }
    }
}

/// Who acts for the subject, and for whom that one acted (RFC 8693, 4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    pub sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Act>>,
}

impl Act {
    /// How many act for one another.
    pub fn length(&self) -> usize {
        1 + self.act.as_ref().map_or(0, |act| act.length())
    }
}

/// What a new token says.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    pub subject: Subject,
    /// Whom it addresses.
    pub audience: &'a str,
    pub client_id: &'a str,
    pub scope: &'a str,
    pub act: Option<Act>,
    /// The thumbprint of the certificate without which it opens nothing.
    pub bound_to: Option<&'a str>,
    pub now: OffsetDateTime,
    pub lifetime: Duration,
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The key that signed it.
    pub kid: Arc<str>,
    pub subject: Subject,
    pub audience: String,
    pub token: Uuid,
    pub client_id: String,
    pub scope: String,
    pub act: Option<Act>,
    /// The thumbprint of the certificate that whoever brings it has to show.
    pub bound_to: Option<String>,
    /// Unix time.
    pub issued_at: i64,
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
    /// Ended before its time.
    Revoked,
    /// It is bound to another certificate than the handshake's.
    Certificate,
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
            Refusal::Revoked => "it was revoked",
            Refusal::Certificate => "it is bound to a certificate that was not shown",
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
    sub: String,
    /// Of people's tokens only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    jti: Uuid,
    client_id: String,
    scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<Act>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// What the bearer must prove to have (RFC 8705, 3.1). Another method of confirmation is none that we could check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    #[serde(rename = "x5t#S256")]
    pub x5t_s256: String,
}

/// What signs and verifies at this moment; cheap to clone.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    ring: KeyRing,
    revoked: HashSet<Uuid>,
    issuer: Arc<str>,
    audience: Arc<str>,
}

impl Claims {
    /// Whether somebody who showed this certificate in the handshake may bring the token.
    pub fn holds_for(&self, certificate: Option<&PeerCertificate>) -> bool {
        is_bound_to(self.bound_to.as_deref(), certificate)
    }
}

/// Whether a token that is bound to this thumbprint, or to none, may be brought with that certificate.
pub fn is_bound_to(thumbprint: Option<&str>, certificate: Option<&PeerCertificate>) -> bool {
    thumbprint.is_none_or(|thumbprint| certificate.is_some_and(|shown| shown.thumbprint == thumbprint))
}

impl Tokens {
    pub(crate) fn new(ring: KeyRing, revoked: HashSet<Uuid>, issuer: Arc<str>, audience: Arc<str>) -> Self {
        Self(Arc::new(Inner { ring, revoked, issuer, audience }))
    }

    /// The public keys of every phase but the last.
    pub fn public_keys(&self) -> &[PublicKey] {
        &self.0.ring.published
    }

    /// Whether a token that was verified is still believed: neither its key nor it itself was revoked since.
    pub fn believes(&self, kid: &str, token: Uuid) -> bool {
        self.0.ring.verifying.contains_key(kid) && !self.0.revoked.contains(&token)
    }

    /// Signs an access token, and names it.
    pub fn issue(&self, new: &NewToken<'_>) -> Result<(String, Uuid)> {
        let (issued_at, jti) = (new.now.unix_timestamp(), Uuid::now_v7());
        let sid = match &new.subject {
            Subject::Person { session, .. } => Some(*session),
            Subject::Service(_) => None,
        };
        let claims = TokenClaims {
            iss: self.0.issuer.to_string(),
            aud: new.audience.to_owned(),
            sub: new.subject.text(),
            sid,
            jti,
            client_id: new.client_id.to_owned(),
            scope: new.scope.to_owned(),
            act: new.act.clone(),
            cnf: new.bound_to.map(|thumbprint| Confirmation { x5t_s256: thumbprint.to_owned() }),
            iat: issued_at,
            nbf: issued_at - CLOCKS_APART.whole_seconds(),
            exp: issued_at + new.lifetime.whole_seconds(),
        };
        let header = OutgoingHeader { alg: ALGORITHM_NAME, typ: TYPE, kid: &self.0.ring.active_kid };
        let message = format!("{}.{}", part(&header)?, part(&claims)?);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.0.ring.signing, ALGORITHM)?;
        Ok((format!("{message}.{signature}"), jti))
    }

    /// The one verifier: what it accepts was issued by us, for this API, as an access token, is valid at `now`, and is
    /// brought by whoever showed the certificate that it is bound to.
    pub fn verify(
        &self,
        token: &str,
        certificate: Option<&PeerCertificate>,
        now: OffsetDateTime,
    ) -> Result<Claims, Refusal> {
        let claims = self.verify_for_any(token, now)?;
        if claims.audience != *self.0.audience {
            return Err(Refusal::Audience);
        }
        if claims.holds_for(certificate) { Ok(claims) } else { Err(Refusal::Certificate) }
    }

    /// The same, whoever is addressed: for telling services about tokens.
    pub(crate) fn verify_for_any(&self, token: &str, now: OffsetDateTime) -> Result<Claims, Refusal> {
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
        if claims.exp <= now {
            return Err(Refusal::Expired);
        }
        if claims.nbf > now {
            return Err(Refusal::NotYetValid);
        }
        if self.0.revoked.contains(&claims.jti) {
            return Err(Refusal::Revoked);
        }
        let expires_at = OffsetDateTime::from_unix_timestamp(claims.exp).map_err(|_| Refusal::Claims)?;
        Ok(Claims {
            kid,
            subject: subject(&claims)?,
            audience: claims.aud,
            token: claims.jti,
            client_id: claims.client_id,
            scope: claims.scope,
            act: claims.act,
            bound_to: claims.cnf.map(|confirmation| confirmation.x5t_s256),
            issued_at: claims.iat,
            expires_at,
        })
    }
}

/// People's tokens have a session, services' have none and are their own client's; with `act` the client is who acts.
fn subject(claims: &TokenClaims) -> Result<Subject, Refusal> {
    let is_acting = claims.act.as_ref().is_some_and(|act| act.sub == claims.client_id);
    if claims.act.is_some() && !is_acting {
        return Err(Refusal::Claims);
    }
    match claims.sid {
        Some(session) => {
            let user = claims.sub.parse().map_err(|_| Refusal::Claims)?;
            Ok(Subject::Person { user, session })
        }
        None if is_acting || claims.sub == claims.client_id => Ok(Subject::Service(claims.sub.clone())),
        None => Err(Refusal::Claims),
    }
}

fn part<T: Serialize>(value: &T) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value)?))
}
