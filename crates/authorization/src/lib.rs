//! The policies of a running installation: what is in force, why somebody may or may not, what a change would do.
//!
//! Words: the *policy file* is what the roles are read from; a *decision* is one answer to whether somebody may do
//! something, *kept* when it is counted with those alike; a *preview* asks the kept ones again of a changed file.
//! Tables: `access_decisions`.
//! Invariants: a changed file is in force once its audit record is; one with a mistake changes nothing; a request writes
//! nothing for its decision; nobody learns of decisions or roles in organizations where they may not read them.

mod decisions;
mod explain;
mod file;
mod http;
mod model;
mod preview;
mod store;

use std::time::Duration;

use platform::jobs::Job;
use platform::routes::RouteEntry;
use platform::{App, Module};
use tokio::task::JoinHandle;

pub use decisions::flush;
pub use explain::{Question, explain};
pub use file::{PolicyFile, hash};
pub use model::{DecisionReason, Explanation, MistakeView, OrganizationDecision, ReasonKind};
pub use store::{Sight, organization as organization_of};

/// Every route of the installation with the permission that it asks for; installed at the start.
pub struct RouteTable(pub Vec<RouteEntry>);

/// What the process needs to know of the module.
pub fn module() -> Module {
    let forget = Job::new("authorization.forget", Duration::from_secs(3600), decisions::forget);
    Module {
        name: "authorization",
        routes: http::routes(),
        jobs: vec![forget],
        permissions: &["authorization:preview", "authorization:read"],
    }
}

/// Follows the policy file, and writes what was decided.
pub fn start(app: &App) -> [JoinHandle<()>; 2] {
    [file::follow(app), decisions::follow(app)]
}
