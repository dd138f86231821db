//! What the module promises, on a real database.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a failed expectation ends a test, and tests look behind the API"
)]

mod api;
mod bucket;
mod locked;
mod log;
mod remote;
mod sequencing;
mod siem;
mod tampering;
mod unchangeable;
mod unwritable;
mod witnesses;
