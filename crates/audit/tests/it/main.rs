//! What the module promises, on a real database.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation ends a test")]

mod log;
mod sequencing;
mod unchangeable;
