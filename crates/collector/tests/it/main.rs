//! The specification of what arrives by syslog: over real sockets, on a database of its own for each test.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test ends where it goes wrong"
)]

mod arriving;
mod bounds;
mod nasty;
mod node;
mod outage;
mod peers;
mod senders;
