//! Changing the secrets that the installation keeps, while it runs.
//!
//! Words: a secret has **versions**; a change **prepares** the next, **activates** it once every process knows it, lets both
//! **overlap**, and **retires** the one before once nobody uses it and nothing needs it; a **reader** is a process and what it
//! knows; a **sealing key** is what the kept secrets are sealed with.
//! Tables: `secret_readers`.
//! Invariants: every step is one write, and whoever is killed between two leaves what the next run of the job goes on from;
//! nothing is used that a living process does not know, and nothing forgotten that one uses; no secret is in a record or in
//! an answer; what cannot be changed without breaking something is said and left alone.

mod follow;
mod http;
mod kind;
mod model;
mod overview;
mod reports;
mod steps;
mod store;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use platform::app::AppBuilder;
use platform::jobs::Job;
use platform::secrets::{SecretStore, Versions};
use platform::{App, Module};
use uuid::Uuid;

pub use follow::{leave, look, start};
pub use kind::{DATABASE_PASSWORD, Kind, SUPERUSER_PASSWORD};
pub use model::{KeptSecretView, Obstacle, SecretStanding, Turn};
pub use overview::{Overdue, overdue, overview};
pub use steps::{advance, rotate};
pub use store::lock;

/// Who can change passwords of a database that is ours.
#[async_trait::async_trait]
pub trait DatabasePasswords: Send + Sync {
    /// Lets in whoever has one of these, and nobody else of the installation.
    async fn admit(&self, versions: &Versions) -> Result<()>;
    /// Opens connections with the first from now on.
    fn adopt(&self, app: &App, versions: &Versions);
    async fn set_superuser_password(&self, password: &str) -> Result<()>;
}

/// What the module needs of the process.
pub struct Rotation {
    secrets: SecretStore,
    /// None where the database is somebody else's.
    database: Option<Arc<dyn DatabasePasswords>>,
    process: Uuid,
    adopted: follow::Adopted,
    reports: reports::Reports,
}

pub fn install(
    builder: AppBuilder,
    secrets: &SecretStore,
    database: Option<Arc<dyn DatabasePasswords>>,
) -> AppBuilder {
    let (secrets, process) = (secrets.clone(), Uuid::now_v7());
    let (adopted, reports) = (follow::Adopted::default(), reports::Reports::default());
    builder.with(Rotation { secrets, database, process, adopted, reports })
}

pub fn module() -> Module {
    let advance =
        Job::new("rotation.advance", Duration::from_secs(20), |app| async move { advance(&app).await });
    Module {
        name: "rotation",
        routes: http::routes(),
        jobs: vec![advance],
        permissions: &["secrets:read", "secrets:rotate"],
    }
}
