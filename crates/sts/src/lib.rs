//! The token service: signs short-lived access tokens and verifies them, strictly.
//!
//! Words: an **access token** is a JWT of the profile RFC 9068; the **ring** holds the signing keys with their phases
//! (**prepared**: published, not yet signing; **active**: signs; **tainted**: no longer signs, still verifies; **revoked**:
//! not believed any more); a **refusal** says why a token is none of ours, to the log and never to the sender.
//! A **service** is a registered program; an **exchange** gives it a token with which it acts for somebody.
//! Tables: `signing_keys`, `revoked_tokens`, `used_assertions`.
//! Invariants: one verifier, this one; a key has one algorithm, and the token's header cannot choose another; a key is
//! found by its exact `kid` (RFC 7638 thumbprint) in a map, never by a path or an address in the token; the clock is
//! an argument, and there is no leeway: whoever signs and whoever verifies share it; a private key is in the database
//! sealed only, and no longer than it signs; a key is published for longer than anybody caches before it signs, and
//! until its last token has run out; a token that is bound to a certificate opens nothing without it; what is revoked is refused on every node at once with the signal, and in any
//! case after 20 seconds.

mod assertion;
mod client;
mod client_key;
mod clients;
mod grants;
mod http;
mod jws;
mod key;
pub mod oauth;
mod phases;
mod ring;
mod seal;
mod service;
mod store;
mod token;

pub use client::service_uuid;
pub use client_key::ClientKey;
pub use clients::{Clients, SHIPPED_SERVICES};
pub use grants::EVERYTHING;
pub use http::module;
pub use jws::Jws;
pub use key::{KeyPhase, PublicKey};
pub use phases::{active_since, adopt_sealing_secret, rotate_signing_keys, seal_anew};
pub use seal::{SECRET as SEALING_SECRET, Sealer, of_environment};
pub use service::{Sts, start};
pub use token::{Act, Claims, NewToken, Refusal, Subject, Tokens, is_bound_to};
