//! The specification of people and sessions, through HTTP on a real database.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed expectation ends a test"
)]

mod access_token;
mod administration;
mod audit_log;
mod command_line;
mod danger;
mod directory;
mod guessing;
mod nodes;
mod notices;
mod organizations;
mod passkeys;
mod password;
mod provider;
mod refresh;
mod second_factor;
mod session;
mod users;
