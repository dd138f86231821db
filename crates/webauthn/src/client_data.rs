//! What the browser says it was asked, by which page (section 5.8.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::{Refusal, RelyingParty};

/// Members that we do not know are to be ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData<'a> {
    #[serde(borrow, rename = "type")]
    kind: std::borrow::Cow<'a, str>,
    challenge: std::borrow::Cow<'a, str>,
    origin: std::borrow::Cow<'a, str>,
    #[serde(default)]
    cross_origin: bool,
}

/// Holds the browser's words against what was asked for: `kind` is `webauthn.create` or `webauthn.get`.
pub fn check(bytes: &[u8], kind: &str, challenge: &[u8], party: &RelyingParty) -> Result<(), Refusal> {
    let said: ClientData<'_> = serde_json::from_slice(bytes).map_err(|_| Refusal::Malformed)?;
    if said.kind != kind {
        return Err(Refusal::WrongKind);
    }
    let answered = URL_SAFE_NO_PAD.decode(said.challenge.as_bytes()).map_err(|_| Refusal::Malformed)?;
    if challenge.is_empty() || answered != challenge {
        return Err(Refusal::WrongChallenge);
    }
    if said.origin != party.origin() || said.cross_origin {
        return Err(Refusal::WrongOrigin);
    }
    Ok(())
}
