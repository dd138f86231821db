//! Intake: what sources deliver over HTTP becomes alerts and tickets, or is kept where people see it.
//!
//! Words: a *source* delivers with a token and writes only to the organizations mapped on it; *quarantine* holds what
//! could not be taken, as it came; the *spool* holds what came while the database was away.
//! Tables: `sources`, `source_organizations`, `source_networks`, `source_counts`, `source_minutes`, `quarantine`; through their crates
//! `alerts` and `tickets`.
//! Invariants: the sender gets its answer after the commit, or after the spool's fsync; a payload never chooses a
//! tenant; a bad element never sinks its neighbours; nothing received from an authenticated source is lost.

mod alarms;
mod counters;
mod generic;
mod http;
mod pipeline;
mod quarantine;
mod reading;
mod registry;
mod senders;
mod sources;
mod spool;
mod store;

use std::time::Duration;

use platform::jobs::Job;
use platform::{App, Module, Result, permission};
use tokio::task::JoinSet;

pub use alarms::platform_source;
pub use counters::Observed;
pub use http::{deliver_to_self, hold_with, read_incidents};
pub use pipeline::{Answer, Intake};
pub use quarantine::held_since;
pub use reading::{Arrival, Incoming, Refused, incoming};
pub use registry::{Networks, Registry, SourceRecord, Table};
pub use senders::{SilentSource, mark_silent, silent_sources};
pub use sources::{CreatedSource, NewSource, NewSourceOrganization, SourceKind, add_source, mapping_to};

permission! {
    pub SourcesRead = "sources:read",
    pub SourcesWrite = "sources:write",
    pub QuarantineRead = "quarantine:read",
    pub QuarantineWrite = "quarantine:write",
    pub HealthRead = "health:read",
}

/// All of it: receiving and administration.
pub fn module() -> Module {
    Module { routes: http::receiving().merge(http::administration()), ..administration() }
}

/// What a process of the role `ingest` serves: the webhook alone.
pub fn receiving() -> Module {
    Module { name: "intake", routes: http::receiving(), jobs: Vec::new(), permissions: &[] }
}

/// What a process of the role `api` serves: sources, quarantine and health, without the webhook.
pub fn administration() -> Module {
    Module {
        name: "intake",
        routes: http::administration(),
        jobs: vec![
            Job::new("intake.alarms", Duration::from_secs(5), |app| async move { alarms::take(&app).await }),
            Job::new("intake.minutes", Duration::from_secs(3600), |app| async move {
                store::forget_old_minutes(&app).await
            }),
        ],
        permissions: &["sources:read", "sources:write", "quarantine:read", "quarantine:write", "health:read"],
    }
}

/// Starts the writers, the spool's replay, the counters and the registry's refresh; all end when the set is dropped.
pub async fn start(app: &App) -> Result<JoinSet<()>> {
    let mut running = JoinSet::new();
    app.service::<Registry>().follow(app, &mut running);
    app.service::<Intake>().start(app, &mut running)?;
    counters::start(app, &mut running);
    Ok(running)
}
