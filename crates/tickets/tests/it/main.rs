//! What tickets do, through HTTP on a real database.
#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]
#![expect(clippy::disallowed_methods, reason = "a test prepares rows by statements of its own")]

mod attachments;
mod bulk;
mod comments;
mod export;
mod lifecycle;
mod limits;
mod lists;
mod merging;
mod relations;
mod rights;
mod support;
