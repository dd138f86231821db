//! The audit log made tamper-evident: a tree over its records (RFC 6962), signed checkpoints, witnesses elsewhere.
//!
//! Words: a **leaf** is the hash of a record's canonical bytes; the **sequencer** gives settled records their places;
//! a **checkpoint** is the tree's root and size, signed; a **mirror** is a copy of leaves and checkpoints outside the
//! database.
//! Tables: `audit_leaves`, `audit_nodes`, `audit_checkpoints`, `audit_progress`, `audit_followers`, `audit_witnessed`; reads `audit_records`.
//! Invariants: every record that commits becomes exactly one leaf, and keeps its place; nothing is signed that does not
//! grow out of what was signed before; writers of records never wait for the sequencer.

mod export;
mod http;
mod key;
mod record;
mod sequencer;
mod siem;
mod store;
mod tls;
mod verify;
mod witness;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use merkle::SigningKey;
use platform::app::AppBuilder;
use platform::db::Db;
use platform::jobs::Job;
use platform::secrets::SecretStore;
use platform::{App, Module, Result, Tx};
use time::OffsetDateTime;

pub use merkle::VerifyingKey;
pub use record::Record;
pub use verify::{Finding, Kind, Report, WitnessCopy, verify_database, verify_export};

use siem::Siem;
use store::FollowerKind;
use witness::file::FileWitness;
use witness::remote::RemoteWitness;
use witness::s3::S3Witness;
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
    // Whoever is told may be slow: nobody's record waits for that.
    let witnesses = Job::new("audit.witnesses", every, |app| async move { witness::run(&app).await })
        .leased_for(Duration::from_secs(60));
    let siem = Job::new("audit.siem", every, |app| async move { siem::run(&app).await })
        .leased_for(Duration::from_secs(120));
    Module {
        name: "audit",
        routes: http::routes(),
        jobs: vec![sequence, witnesses, siem],
        permissions: &["audit:export", "audit:read"],
    }
}

/// Opens the log's key, made at the first start.
pub fn install(builder: AppBuilder, secrets: &SecretStore) -> anyhow::Result<AppBuilder> {
    let config = builder.config();
    let mirror = Arc::new(FileWitness::new(mirror(&config.data_directory))) as Arc<dyn Witness>;
    let elsewhere = config.audit.witnesses.iter().map(|text| witness_at(text, &config.audit.witness_ca_file));
    let locked =
        S3Witness::of(&config.audit.s3, secrets)?.map(|witness| Arc::new(witness) as Arc<dyn Witness>);
    let witnesses = Witnesses::new(std::iter::once(mirror).chain(elsewhere).chain(locked).collect());
    let witness_of = config.audit.witness_of.iter().map(|text| {
        VerifyingKey::read(text)
            .with_context(|| format!("audit.witness_of: {text:?} is no key of an audit log"))
    });
    let witness_of = witness_of.collect::<anyhow::Result<Vec<_>>>()?;
    let siem = Siem::of(&config.audit.siem);
    Ok(builder.with(AuditLog { key: key::open(secrets)?, witnesses, witness_of, siem, db: OnceLock::new() }))
}

fn witness_at(text: &str, authorities: &Path) -> Arc<dyn Witness> {
    match RemoteWitness::at(text, authorities) {
        Some(remote) => Arc::new(remote),
        None => Arc::new(FileWitness::new(PathBuf::from(text))),
    }
}

/// What is new in the log for who follows the platform's own doings, of at most `limit` leaves from `index` on: the place
/// behind them, and those of their records that belong to no organization. None where nothing is new.
pub async fn follow(tx: &mut Tx, index: u64, limit: i64) -> Result<Option<(u64, Vec<Record>)>> {
    store::of_no_organization(tx, index, limit).await
}

/// How many leaves the tree has.
pub async fn size(tx: &mut Tx) -> Result<u64> {
    Ok(store::extent(tx).await?.leaves)
}

/// How one who is told of the log fares: a SIEM, a witness.
#[derive(Debug, Clone)]
pub struct Lag {
    pub name: String,
    pub is_siem: bool,
    /// Signed records that they do not have.
    pub behind: u64,
    /// When the first of those was signed.
    pub waiting_since: Option<OffsetDateTime>,
    pub problem: Option<String>,
}

/// How those fare whom the settings name.
pub async fn lags(app: &App, tx: &mut Tx) -> Result<Vec<Lag>> {
    let signed = store::extent(tx).await?.signed;
    let known = store::followers(tx).await?;
    let log = app.service::<AuditLog>();
    let followers = log
        .followers()
        .map(|(kind, name)| (kind, name, known.iter().find(|one| one.kind == kind && one.name == name)));
    let followers = followers.collect::<Vec<_>>();
    let sizes = followers.iter().map(|(_, _, found)| found.map_or(0, |found| found.size));
    let sizes = sizes.collect::<Vec<_>>();
    let waiting = store::signed_beyond(tx, &sizes).await?;
    let lags = followers.into_iter().zip(sizes).zip(waiting);
    let lags = lags.map(|(((kind, name, found), size), waiting_since)| Lag {
        name: name.to_owned(),
        is_siem: kind == FollowerKind::Siem,
        behind: signed.saturating_sub(size),
        waiting_since,
        problem: found.and_then(|found| found.problem.clone()),
    });
    Ok(lags.collect())
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
    /// Keys of other installations' logs that this one is a witness of.
    witness_of: Vec<VerifyingKey>,
    siem: Option<Siem>,
    /// Connections of the sequencer's own, from its first run on.
    db: OnceLock<Db>,
}

impl AuditLog {
    /// The log's name, which its key has too.
    fn origin(&self) -> &str {
        self.key.public().name()
    }

    /// Who is told of it, by the settings.
    fn followers(&self) -> impl Iterator<Item = (FollowerKind, &str)> {
        let siem = self.siem.iter().map(|siem| (FollowerKind::Siem, siem.name()));
        siem.chain(self.witnesses.names().map(|name| (FollowerKind::Witness, name)))
    }

    fn db(&self, app: &App) -> Db {
        self.db.get_or_init(|| app.db.apart(1)).clone()
    }
}
