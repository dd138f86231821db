//! Deliveries, sources and quarantine over HTTP.

mod quarantine;
mod sources;
mod webhook;

use platform::Routes;

pub use webhook::{deliver_to_self, replay};

pub fn routes() -> Routes {
    webhook::routes().merge(sources::routes()).merge(quarantine::routes())
}
