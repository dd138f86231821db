//! The token service: signs short-lived access tokens and verifies them, strictly.
//!
//! Words: an **access token** is a JWT of the profile RFC 9068; the **ring** holds the signing keys with their phases
//! (**prepared**: published, not yet signing; **active**: signs; **retired**: no longer signs, still verifies); a
//! **refusal** says why a token is none of ours, to the log and never to the sender.
//! Tables: none; the ring is a secret of the data directory.
//! Invariants: one verifier, this one; a key has one algorithm, and the token's header cannot choose another; a key is
//! found by its exact `kid` (RFC 7638 thumbprint) in a map, never by a path or an address in the token; the clock is
//! an argument, and there is no leeway: whoever signs and whoever verifies share it.

mod http;
mod ring;
mod token;

pub use http::module;
pub use ring::{KeyPhase, KeyRing, PublicKey};
pub use token::{Claims, NewToken, Refusal, Sts};
