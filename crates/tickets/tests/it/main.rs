//! What tickets do, through HTTP on a real database.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it goes wrong"
)]

mod attachments;
mod bulk;
mod comments;
mod export;
mod lifecycle;
mod lists;
mod merging;
mod relations;
mod rights;
mod support;
