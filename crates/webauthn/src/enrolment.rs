//! A key that was made for us (section 7.1).

use ciborium::Value;

use crate::key::PublicKey;
use crate::{Refusal, RelyingParty, authenticator_data, cbor, client_data};

/// What the browser gives after `navigator.credentials.create`.
#[derive(Debug, Clone, Copy)]
pub struct Enrolment<'a> {
    pub client_data: &'a [u8],
    pub attestation_object: &'a [u8],
}

/// A key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub id: Vec<u8>,
    /// As COSE has it.
    pub public_key: Vec<u8>,
    /// Of the last signature.
    pub counter: u32,
    /// Whether the authenticator knew its person when the key was made.
    pub is_verified: bool,
    pub may_be_copied: bool,
}

impl Enrolment<'_> {
    /// The key, if it answers this challenge to these pages.
    pub fn check(&self, party: &RelyingParty, challenge: &[u8]) -> Result<Key, Refusal> {
        client_data::check(self.client_data, "webauthn.create", challenge, party)?;
        let (object, rest) = cbor::read(self.attestation_object)?;
        if !rest.is_empty() || !matches!(cbor::member(&object, &Value::from("fmt"))?, Some(Value::Text(_))) {
            return Err(Refusal::Malformed);
        }
        let data = authenticator_data::read(&cbor::bytes(&object, "authData")?, party)?;
        let key = data.key.ok_or(Refusal::Malformed)?;
        PublicKey::read(&key.public_key)?;
        Ok(Key {
            id: key.id,
            public_key: key.public_key,
            counter: data.counter,
            is_verified: data.is_verified,
            may_be_copied: data.may_be_copied,
        })
    }
}
