//! The audit log made tamper-evident: a tree over its records (RFC 6962), signed checkpoints, witnesses elsewhere.
//!
//! Words: a **leaf** is the hash of a record's canonical bytes; the **sequencer** gives settled records their places;
//! a **checkpoint** is the tree's root and size, signed; a **mirror** is a copy of leaves and checkpoints outside the
//! database.
//! Tables: `audit_leaves`, `audit_nodes`, `audit_checkpoints`, `audit_progress`; reads `audit_records`.
//! Invariants: every record that commits becomes exactly one leaf, and keeps its place; nothing is signed that does not
//! grow out of what was signed before; writers of records never wait for the sequencer.

mod export;
mod http;
mod key;
mod record;
mod sequencer;
mod store;
mod verify;
mod witness;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use merkle::SigningKey;
use platform::app::AppBuilder;
use platform::db::Db;
use platform::jobs::Job;
use platform::secrets::SecretStore;
use platform::{App, Module};

pub use merkle::VerifyingKey;
pub use record::Record;
pub use verify::{Finding, Kind, Report, WitnessCopy, verify_database, verify_export};

use witness::file::FileWitness;
use witness::{Witness, Witnesses};

platform::permission! {
    pub AuditExport = "audit:export",
    pub AuditRead = "audit:read",
}

/// What the process needs to know of the module.
pub fn module() -> Module {
    let every = Duration::from_secs(1);
    // Whoever holds it is done in a moment; should it die meanwhile, another soon goes on.
    let sequence = Job::new("audit.sequence", every, |app| async move { sequencer::run(&app).await })
        .leased_for(Duration::from_secs(15));
    Module {
        name: "audit",
        routes: http::routes(),
        jobs: vec![sequence],
        permissions: &["audit:export", "audit:read"],
    }
}

/// Opens the log's key, made at the first start.
pub fn install(builder: AppBuilder, secrets: &SecretStore) -> anyhow::Result<AppBuilder> {
    let config = builder.config();
    let elsewhere = config.audit.witnesses.iter().map(PathBuf::from);
    let directories = std::iter::once(mirror(&config.data_directory)).chain(elsewhere);
    let witnesses = directories.map(|directory| Arc::new(FileWitness::new(directory)) as Arc<dyn Witness>);
    let witnesses = Witnesses::new(witnesses.collect());
    Ok(builder.with(AuditLog { key: key::open(secrets)?, witnesses, db: OnceLock::new() }))
}

/// Where a node keeps its own copy of the tree.
pub fn mirror(data_directory: &Path) -> PathBuf {
    data_directory.join("audit")
}

/// What tells this installation's checkpoints from others: to be kept where the log is verified.
pub fn public_key(secrets: &SecretStore) -> anyhow::Result<VerifyingKey> {
    Ok(key::open(secrets)?.public().clone())
}

/// The log as a process knows it.
struct AuditLog {
    key: SigningKey,
    witnesses: Witnesses,
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
