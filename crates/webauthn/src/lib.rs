//! What a passkey showed, believed or refused (W3C Web Authentication Level 3, the relying party's part), pure: who keeps
//! challenges and keys hands them in.
//!
//! Words: the *relying party* is this installation, by its host name; an *enrolment* makes a key for it in an *authenticator*
//! (a telephone, a laptop, a security key); an *assertion* is a signature of that key over a *challenge*; *present* is a person who
//! touched the authenticator, *verified* one whom it knew by a fingerprint, a face or a PIN; the *counter* is the number of
//! signatures, of authenticators that count.
//! Invariants: nothing here reads or writes; no bytes make it panic; attestation is not asked for, and its statements are
//! not read, so that nothing is concluded from them.

mod assertion;
mod authenticator_data;
mod cbor;
mod client_data;
mod enrolment;
mod key;
mod refusal;
mod relying_party;

pub use assertion::{Assertion, Shown};
pub use enrolment::{Enrolment, Key};
pub use key::ALGORITHMS;
pub use refusal::Refusal;
pub use relying_party::{RelyingParty, Unusable};
