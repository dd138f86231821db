//! Monitoring: the platform watches itself, and tells in its own queue.
//!
//! Words: the *watch* meets the audit log with the rules of the log source `cibercase / audit`; the *own organization* is the
//! one that runs the platform, where alerts about the platform stand; a *canary* is an account or a service that nobody uses,
//! so that whoever tries it has found it somewhere; a *finding* is something that is wrong with the installation; *figures* are
//! what a process takes of its machine and how it answers.
//! Tables: `monitoring_watch`, `monitoring_networks`, `monitoring_sign_ins`, `monitoring_processes`, `monitoring_speakers`,
//! `monitoring_findings`.
//! Invariants: every record is met once, in the order of the audit log's tree, on whichever node; records that belong to an
//! organization are met by no rule here, so no tenant's deed shows in another's alert.

mod event;
mod figures;
mod findings;
mod metrics;
mod networks;
mod status;
mod store;
mod watch;

use std::time::Duration;

use platform::jobs::Job;
use platform::{App, Error, Module, Result, Tx};
use vocab::OrganizationId;

pub use findings::start;
pub use metrics::{MetricsRead, Requests, measure};
pub use watch::Watch;

pub fn module() -> Module {
    let watch =
        Job::new("monitoring.watch", Duration::from_secs(2), |app| async move { watch::run(&app).await })
            .leased_for(Duration::from_secs(60));
    let forget = Job::new("monitoring.forget", Duration::from_secs(3600), |app| async move {
        store::forget_old(&app).await
    });
    let findings =
        Job::new(
            "monitoring.findings",
            Duration::from_secs(60),
            |app| async move { findings::run(&app).await },
        );
    Module {
        name: "monitoring",
        routes: metrics::routes().merge(status::routes()),
        jobs: vec![watch, findings, forget],
        permissions: &["metrics:read"],
    }
}

/// The organization that runs the platform: the one that the settings name, else the first.
async fn own_organization(app: &App, tx: &mut Tx) -> Result<Option<OrganizationId>> {
    let name = app.config.monitoring.organization.trim();
    let found = identity::find_organization(tx, name).await?;
    if found.is_none() && !name.is_empty() {
        return Err(Error::Internal(anyhow::anyhow!(
            "monitoring.organization: there is no organization {name:?}"
        )));
    }
    Ok(found)
}
