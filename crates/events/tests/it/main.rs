//! What kept events do, on a real database.
#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]
#![expect(clippy::disallowed_methods, reason = "a test asks statements of its own")]

mod keeping;
mod searching;
mod support;
