//! Deliveries, sources and quarantine over HTTP.

mod quarantine;
mod sources;
mod webhook;

use platform::Routes;

pub use webhook::{deliver_to_self, replay};

/// What senders use.
pub fn receiving() -> Routes {
    webhook::routes()
}

/// What people use.
pub fn administration() -> Routes {
    webhook::health_routes().merge(sources::routes()).merge(quarantine::routes())
}
