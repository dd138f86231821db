//! A JWS that somebody else signed (RFC 7515), in its compact form, taken apart strictly.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::client_key::ClientKey;

/// Taken apart, and not believed yet.
#[derive(Debug)]
pub struct Jws<'a> {
    pub algorithm: String,
    pub kid: Option<String>,
    pub typ: Option<String>,
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

impl<'a> Jws<'a> {
    /// None for what is longer, is no JWS, or must not be read by whoever does not know its extensions, as we.
    pub fn read(text: &'a str, longest_bytes: usize) -> Option<Self> {
        let mut parts = text.split('.').filter(|_| text.len() <= longest_bytes);
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let message = text.get(..header.len() + 1 + payload.len())?;
        let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        if parts.next().is_some() || header.crit.is_some() {
            return None;
        }
        let Header { alg: algorithm, kid, typ, .. } = header;
        Some(Self { algorithm, kid, typ, message, payload, signature })
    }

    /// Whether this key, by its own algorithm, has signed it.
    pub fn is_signed_by(&self, key: &ClientKey) -> bool {
        key.algorithm_name == self.algorithm && key.has_signed(self.message, self.signature)
    }

    /// What it says, if it says all of this.
    pub fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(self.payload).ok()?).ok()
    }
}
