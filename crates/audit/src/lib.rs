//! The audit log made tamper-evident: a tree over its records (RFC 6962), signed checkpoints, witnesses elsewhere.
//!
//! Words: a **leaf** is the hash of a record's canonical bytes; the **sequencer** gives settled records their places;
//! a **checkpoint** is the tree's root and size, signed; a **mirror** is a copy of leaves and checkpoints outside the
//! database.
//! Tables: `audit_leaves`, `audit_nodes`, `audit_checkpoints`, `audit_progress`; reads `audit_records`.
//! Invariants: every record that commits becomes exactly one leaf, and keeps its place; nothing is signed that does not
//! grow out of what was signed before; writers of records never wait for the sequencer.

mod key;
mod record;
mod sequencer;
mod store;

use std::sync::OnceLock;
use std::time::Duration;

use merkle::SigningKey;
use platform::app::AppBuilder;
use platform::db::Db;
use platform::jobs::Job;
use platform::secrets::SecretStore;
use platform::{App, Module, Routes};

pub use record::Record;

/// What the process needs to know of the module.
pub fn module() -> Module {
    let every = Duration::from_secs(1);
    // Whoever holds it is done in a moment; should it die meanwhile, another soon goes on.
    let sequence = Job::new("audit.sequence", every, |app| async move { sequencer::run(&app).await })
        .leased_for(Duration::from_secs(15));
    Module { name: "audit", routes: Routes::default(), jobs: vec![sequence], permissions: &[] }
}

/// Opens the log's key, made at the first start.
pub fn install(builder: AppBuilder, secrets: &SecretStore) -> anyhow::Result<AppBuilder> {
    Ok(builder.with(AuditLog { key: key::open(secrets)?, db: OnceLock::new() }))
}

/// The log as a process knows it.
struct AuditLog {
    key: SigningKey,
    /// Connections of the sequencer's own, from its first run on.
    db: OnceLock<Db>,
}

impl AuditLog {
    /// The log's name, which its key has too.
    fn origin(&self) -> &str {
        self.key.public().name()
    }

    fn db(&self, app: &App) -> Db {
        self.db.get_or_init(|| app.db.apart(1)).clone()
    }
}
