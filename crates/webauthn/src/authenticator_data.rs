//! What the authenticator says of itself and of the person (section 6.1).

use crate::{Refusal, RelyingParty, cbor};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_COPIED: u8 = 1 << 3;
const IS_COPIED: u8 = 1 << 4;
const HAS_KEY: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;
/// Of an id of a key (section 7.1).
const LONGEST_ID: usize = 1023;

#[derive(Debug)]
pub struct AuthenticatorData {
    pub is_verified: bool,
    /// Whether the key may leave the authenticator, as those that a vendor synchronizes do.
    pub may_be_copied: bool,
    pub counter: u32,
    /// Of an enrolment.
    pub key: Option<AttestedKey>,
}

#[derive(Debug)]
pub struct AttestedKey {
    pub id: Vec<u8>,
    /// As COSE has it (RFC 9052, 7).
    pub public_key: Vec<u8>,
}

/// Reads it and refuses what is for somebody else, or was made with nobody there.
pub fn read(bytes: &[u8], party: &RelyingParty) -> Result<AuthenticatorData, Refusal> {
    let (hash, rest) = bytes.split_at_checked(32).ok_or(Refusal::Malformed)?;
    let (&flags, rest) = rest.split_first().ok_or(Refusal::Malformed)?;
    let (counter, rest) = rest.split_first_chunk::<4>().ok_or(Refusal::Malformed)?;
    if hash != aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, party.id().as_bytes()).as_ref() {
        return Err(Refusal::WrongRelyingParty);
    }
    let has = |flag: u8| flags & flag != 0;
    if !has(PRESENT) {
        return Err(Refusal::NotPresent);
    }
    if has(IS_COPIED) && !has(MAY_BE_COPIED) {
        return Err(Refusal::Malformed);
    }
    let (key, rest) = if has(HAS_KEY) { attested_key(rest)? } else { (None, rest) };
    let rest = if has(HAS_EXTENSIONS) { cbor::read(rest)?.1 } else { rest };
    if !rest.is_empty() {
        return Err(Refusal::Malformed);
    }
    Ok(AuthenticatorData {
        is_verified: has(VERIFIED),
        may_be_copied: has(MAY_BE_COPIED),
        counter: u32::from_be_bytes(*counter),
        key,
    })
}

/// The model's number, of which nothing is concluded, the key's id and the key.
fn attested_key(rest: &[u8]) -> Result<(Option<AttestedKey>, &[u8]), Refusal> {
    let (_model, rest) = rest.split_at_checked(16).ok_or(Refusal::Malformed)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(Refusal::Malformed)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > LONGEST_ID {
        return Err(Refusal::Malformed);
    }
    let (id, rest) = rest.split_at_checked(length).ok_or(Refusal::Malformed)?;
    let (_, after) = cbor::read(rest)?;
    let public_key = rest.get(..rest.len() - after.len()).ok_or(Refusal::Malformed)?;
    Ok((Some(AttestedKey { id: id.to_vec(), public_key: public_key.to_vec() }), after))
}
