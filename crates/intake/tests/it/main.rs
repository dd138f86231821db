//! The specification of what sources deliver: through HTTP, on a database of its own for each test.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test ends where it goes wrong"
)]

mod alarms;
mod alert_list;
mod deliveries;
mod grouping;
mod hostile;
mod incident;
mod live;
mod node;
mod outage;
mod policies;
mod quarantine;
mod races;
mod repeats;
mod sources;
mod storms;
