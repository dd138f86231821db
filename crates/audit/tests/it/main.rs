//! What the module promises, on a real database.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation ends a test")]

mod api;
mod log;
mod sequencing;
mod tampering;
mod unchangeable;
mod witnesses;
