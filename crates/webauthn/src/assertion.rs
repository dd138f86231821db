//! A signature of a key that we know (section 7.2).

use aws_lc_rs::digest;

use crate::key::PublicKey;
use crate::{Key, Refusal, RelyingParty, authenticator_data, client_data};

/// What the browser gives after `navigator.credentials.get`.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    pub client_data: &'a [u8],
    pub authenticator_data: &'a [u8],
    pub signature: &'a [u8],
}

/// What is to be kept of an assertion that is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Of the last signature.
    pub counter: u32,
    pub is_verified: bool,
}

impl Assertion<'_> {
    /// Whether the key signed this challenge for these pages. A key whose authenticator verified its person at the enrolment
    /// does so each time.
    pub fn check(&self, party: &RelyingParty, challenge: &[u8], key: &Key) -> Result<Shown, Refusal> {
        client_data::check(self.client_data, "webauthn.get", challenge, party)?;
        let data = authenticator_data::read(self.authenticator_data, party)?;
        if key.is_verified && !data.is_verified {
            return Err(Refusal::NotVerified);
        }
        if key.may_be_copied != data.may_be_copied {
            return Err(Refusal::BackupChanged);
        }
        let hash = digest::digest(&digest::SHA256, self.client_data);
        let message = [self.authenticator_data, hash.as_ref()].concat();
        PublicKey::read(&key.public_key)?.verify(&message, self.signature)?;
        // Those that do not count say zero each time.
        if (key.counter, data.counter) != (0, 0) && data.counter <= key.counter {
            return Err(Refusal::CounterWentBack);
        }
        Ok(Shown { counter: data.counter, is_verified: data.is_verified })
    }
}
