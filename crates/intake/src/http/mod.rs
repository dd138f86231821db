//! Deliveries, sources and quarantine over HTTP.

mod answers;
mod health;
mod processing;
mod quarantine;
mod sources;
mod webhook;

use platform::Routes;

pub use processing::{deliver_to_self, hold_with, read_incidents, replay};

/// What senders use.
pub fn receiving() -> Routes {
    webhook::routes()
}

/// What people use.
pub fn administration() -> Routes {
    health::routes().merge(sources::routes()).merge(quarantine::routes())
}
