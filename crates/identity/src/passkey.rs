//! Passkeys: what a browser is asked to sign, and whether what it shows is a key of this person.
//!
//! A challenge is 32 random bytes that stand in the database, bound to a purpose and to the session or the cookie that it was
//! made for. It is used up before the answer is looked at.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::{App, Error, Result, Tx};
use rand::{RngCore, TryRngCore};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use vocab::UserId;
use webauthn::{Assertion, Key, RelyingParty, Unusable};

use crate::cache::TokenHash;
use crate::service::{IdentityService, hash_of};
use crate::store::passkeys::{self as store, Kept, Known};

pub const PATIENCE: Duration = Duration::minutes(5);
/// What the browser shows beside the host name.
const OUR_NAME: &str = "CiberCase";
/// Of anything that a browser sends; a key of RSA with its authenticator's data is a tenth of it.
const MOST_BYTES: usize = 16 * 1024;

/// What somebody is to sign for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Enrolment,
    SignIn,
    Proof,
}

/// What a challenge belongs to: its purpose, with the session's id or the cookie's value.
pub fn bound_to(purpose: Purpose, to: &str) -> TokenHash {
    let purpose = match purpose {
        Purpose::Enrolment => "enrolment",
        Purpose::SignIn => "sign_in",
        Purpose::Proof => "proof",
    };
    hash_of(&format!("passkey {purpose}:{to}"))
}

/// This installation as browsers know it, or what is to be done before there can be passkeys.
pub fn relying_party(app: &App) -> Result<RelyingParty> {
    RelyingParty::of(&app.config.public_url).map_err(|why| {
        let detail = match why {
            Unusable::NoAddress => "Passkeys need `public_url`: the https address that people type.",
            Unusable::NoUrl => "Passkeys need a `public_url` such as https://soc.example.org.",
            Unusable::NoTls => "Passkeys need TLS: `public_url` must be an https address.",
            Unusable::NoName => "Passkeys need a host name in `public_url`, not an address of a network.",
        };
        Error::conflict("passkeys_unavailable", detail)
    })
}

/// A key that a browser may use, or is to make no second one beside.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Bytes here and elsewhere are in base64url without padding.
    id: String,
    transports: Vec<String>,
}

impl Descriptor {
    pub fn of(known: Known) -> Self {
        let id = URL_SAFE_NO_PAD.encode(&known.credential_id);
        Self { kind: "public-key", id, transports: known.transports }
    }
}

/// `PublicKeyCredentialRequestOptions` in the standard's JSON.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    challenge: String,
    /// Milliseconds.
    timeout: i64,
    rp_id: String,
    allow_credentials: Vec<Descriptor>,
    user_verification: &'static str,
}

/// `AuthenticationResponseJSON` of the standard; other members are ignored.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasskeyAnswer {
    #[schema(max_length = 2048)]
    id: String,
    response: AssertionAnswer,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AssertionAnswer {
    #[serde(rename = "clientDataJSON")]
    #[schema(max_length = 21848)]
    client_data_json: String,
    #[schema(max_length = 21848)]
    authenticator_data: String,
    #[schema(max_length = 21848)]
    signature: String,
    #[schema(max_length = 128)]
    user_handle: Option<String>,
}

/// The bytes of a member, or none when it is not base64url or far too long.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.len() > MOST_BYTES * 4 / 3 + 4 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// Makes and keeps a challenge; its text.
pub async fn make_challenge(app: &App, tx: &mut Tx, bound_to: &TokenHash, user: UserId) -> Result<String> {
    let mut challenge = [0; 32];
    rand::rngs::OsRng.unwrap_err().fill_bytes(&mut challenge);
    store::keep_challenge(tx, bound_to, user, &challenge, app.clock.now() + PATIENCE).await?;
    Ok(URL_SAFE_NO_PAD.encode(challenge))
}

/// Asks for one of somebody's passkeys.
pub async fn ask(app: &App, tx: &mut Tx, bound_to: &TokenHash, user: UserId) -> Result<RequestOptions> {
    let party = relying_party(app)?;
    let known = store::known(tx, user).await?;
    if known.is_empty() {
        return Err(Error::conflict("second_factor_not_begun", "There is no passkey to show."));
    }
    // Those that knew their person once must do so again; to the others a touch is all they can tell.
    let user_verification = if known.iter().all(|key| key.is_verified) { "required" } else { "preferred" };
    Ok(RequestOptions {
        challenge: make_challenge(app, tx, bound_to, user).await?,
        timeout: milliseconds(PATIENCE),
        rp_id: party.id().to_owned(),
        allow_credentials: known.into_iter().map(Descriptor::of).collect(),
        user_verification,
    })
}

pub fn milliseconds(duration: Duration) -> i64 {
    duration.whole_seconds() * 1000
}

/// An answer, with the challenge that it should be to.
pub struct Answered<'a> {
    pub challenge: Option<Vec<u8>>,
    pub answer: &'a PasskeyAnswer,
}

/// Whether an answer is of a key of this person, whose row must be locked; otherwise why not, in one word.
pub async fn check(
    app: &App,
    tx: &mut Tx,
    user: UserId,
    answered: &Answered<'_>,
    now: OffsetDateTime,
) -> Result<Result<(), &'static str>> {
    let Some(challenge) = &answered.challenge else { return Ok(Err("challenge_over")) };
    let party = relying_party(app)?;
    let (id, response) = (&answered.answer.id, &answered.answer.response);
    let members = [id, &response.client_data_json, &response.authenticator_data, &response.signature];
    let [Some(id), Some(client_data), Some(authenticator_data), Some(signature)] =
        members.map(|text| bytes(text))
    else {
        return Ok(Err("malformed"));
    };
    let names_another = |text: &String| bytes(text).is_none_or(|handle| handle != user.uuid().as_bytes());
    if response.user_handle.as_ref().is_some_and(names_another) {
        return Ok(Err("another_person"));
    }
    let Some(kept) = store::find(tx, user, &id).await? else { return Ok(Err("unknown_key")) };
    let key = unseal(app, user, &id, &kept)?;
    let assertion = Assertion {
        client_data: &client_data,
        authenticator_data: &authenticator_data,
        signature: &signature,
    };
    match assertion.check(&party, challenge, &key) {
        Ok(shown) => {
            store::note_use(tx, kept.id, shown.counter, now).await?;
            Ok(Ok(()))
        }
        Err(refusal) => {
            tracing::warn!(%user, passkey = %kept.id, reason = refusal.as_str(), "a passkey is refused");
            Ok(Err(refusal.as_str()))
        }
    }
}

/// The public key, sealed so that whoever writes rows cannot put their own in another's place.
pub fn seal(app: &App, user: UserId, credential_id: &[u8], public_key: &[u8]) -> Result<Vec<u8>> {
    let sealer = &app.service::<IdentityService>().sealer;
    sealer.seal(&context(user, credential_id), public_key).map_err(Error::Internal)
}

fn unseal(app: &App, user: UserId, credential_id: &[u8], kept: &Kept) -> Result<Key> {
    let sealer = &app.service::<IdentityService>().sealer;
    let public_key = sealer
        .unseal(&context(user, credential_id), &kept.sealed_public_key)
        .map_err(|cause| Error::Internal(cause.context("a passkey's public key")))?;
    Ok(Key {
        id: credential_id.to_vec(),
        public_key: public_key.to_vec(),
        counter: u32::try_from(kept.counter).unwrap_or(u32::MAX),
        is_verified: kept.is_verified,
        may_be_copied: kept.may_be_copied,
    })
}

pub fn context(user: UserId, credential_id: &[u8]) -> Vec<u8> {
    [b"passkey".as_slice(), user.uuid().as_bytes(), credential_id].concat()
}

/// The answer to whoever is not signed in and showed no good passkey.
pub fn refused() -> Error {
    Error::problem(
        StatusCode::UNAUTHORIZED,
        "passkey_refused",
        "That passkey was not accepted, or it took too long.",
    )
}

/// `PublicKeyCredentialCreationOptions` in the standard's JSON.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions {
    pub rp: OurEntity,
    pub user: UserEntity,
    pub challenge: String,
    pub pub_key_cred_params: Vec<Algorithm>,
    /// Milliseconds.
    pub timeout: i64,
    pub exclude_credentials: Vec<Descriptor>,
    pub authenticator_selection: Selection,
    pub attestation: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OurEntity {
    id: String,
    name: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserEntity {
    pub id: String,
    pub name: String,
    pub display_name: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Algorithm {
    #[serde(rename = "type")]
    kind: &'static str,
    alg: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    resident_key: &'static str,
    user_verification: &'static str,
}

impl CreationOptions {
    pub fn new(party: &RelyingParty, user: UserEntity, challenge: String, known: Vec<Known>) -> Self {
        let algorithm = |alg| Algorithm { kind: "public-key", alg };
        Self {
            rp: OurEntity { id: party.id().to_owned(), name: OUR_NAME },
            user,
            challenge,
            pub_key_cred_params: webauthn::ALGORITHMS.into_iter().map(algorithm).collect(),
            timeout: milliseconds(PATIENCE),
            exclude_credentials: known.into_iter().map(Descriptor::of).collect(),
            authenticator_selection: Selection { resident_key: "preferred", user_verification: "preferred" },
            attestation: "none",
        }
    }
}
