//! The module's specification.
#![expect(clippy::expect_used, clippy::disallowed_methods, reason = "a test ends where it goes wrong")]

mod built_in;
mod engine;
mod http;
mod lines;
