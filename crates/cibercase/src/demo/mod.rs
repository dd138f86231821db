//! `cibercase demo`: the product with believable data and a live feed of incidents and log lines.

mod feed;
mod firewall;
mod past;
mod seed;
mod story;

pub use seed::{PASSWORD, prepare};

/// Starts the feeds: FortiSIEM with its token, and the firewalls.
pub fn start(app: &platform::App, token: String) -> tokio::task::JoinSet<()> {
    let mut running = tokio::task::JoinSet::new();
    feed::start(app, token, &mut running);
    firewall::start(app, &mut running);
    running
}
