//! The specification of what the platform tells about itself: through HTTP, on a database of its own for each test.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test ends where it goes wrong"
)]

mod findings;
mod metrics;
mod node;
mod status;
mod watch;
