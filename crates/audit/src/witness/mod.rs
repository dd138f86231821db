//! Witnesses: what was signed is told to others, who keep it and take nothing back.

pub mod file;
pub mod remote;
pub mod s3;

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use futures_util::future::join_all;
use merkle::{Hash, VerifyingKey};
use platform::db::{Db, Scope};
use platform::{App, Result};
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::AuditLog;
use crate::store::{self, Checkpoint, FollowerKind};

/// How long a witness that failed is left alone at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Keeps what it is told, and refuses what contradicts it.
#[async_trait::async_trait]
pub trait Witness: Send + Sync {
    fn name(&self) -> &str;

    /// Takes the log as it is signed now; says how much of it they have, unless somebody else is telling them.
    async fn follow(&self, signed: &Signed) -> anyhow::Result<Option<u64>>;
}

/// The signed log, for witnesses to read.
pub struct Signed {
    pub db: Db,
    pub key: VerifyingKey,
}

impl Signed {
    /// The latest checkpoint of at most `size`, when it is signed.
    pub async fn checkpoint(&self, size: u64) -> Result<Option<Checkpoint>> {
        let mut tx = self.db.read(Scope::System).await?;
        let checkpoint = store::checkpoint_within(&mut tx, size).await?;
        if let Some(checkpoint) = &checkpoint {
            checkpoint.opened(&self.key)?;
        }
        Ok(checkpoint)
    }

    /// The proof that the first `old` records are the beginning of the first `new`.
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>> {
        let plan = merkle::consistency(old, new).ok_or_else(|| anyhow!("a log does not shrink"))?;
        let mut tx = self.db.read(Scope::System).await?;
        let proof = store::proof_of(&mut tx, &plan).await?;
        Ok(proof.ok_or_else(|| anyhow!("nodes of the audit log's tree are missing"))?)
    }

    /// Leaves from `index` on, at most `limit`.
    pub async fn leaves(&self, index: u64, limit: u64) -> Result<Vec<Hash>> {
        let mut tx = self.db.read(Scope::System).await?;
        store::leaves(&mut tx, index, limit).await
    }
}

/// Tells every witness of this process what is signed by now.
pub async fn run(app: &App) -> Result<()> {
    let log = app.service::<AuditLog>();
    // Not the sequencer's own connection.
    let signed = Signed { db: app.db.clone(), key: log.key.public().clone() };
    log.witnesses.tell(app, &signed).await
}

/// The witnesses of a process, each with how it fared.
pub struct Witnesses(Vec<Told>);

struct Told {
    witness: Arc<dyn Witness>,
    failures: Mutex<Failures>,
}

#[derive(Default)]
struct Failures {
    /// What they had at the last success, as others were told.
    size: Option<u64>,
    count: u32,
    /// Not to be asked before.
    until: Option<OffsetDateTime>,
}

impl Witnesses {
    pub fn new(witnesses: Vec<Arc<dyn Witness>>) -> Self {
        Self(witnesses.into_iter().map(|witness| Told { witness, failures: Mutex::default() }).collect())
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|told| told.witness.name())
    }

    /// Tells each what is new, at once: one that fails or is slow keeps no other from hearing it. The first failure is told.
    async fn tell(&self, app: &App, signed: &Signed) -> Result<()> {
        let told = join_all(self.0.iter().map(|told| told.tell(app, signed))).await;
        told.into_iter().fold(Ok(()), Result::and)
    }
}

impl Told {
    async fn tell(&self, app: &App, signed: &Signed) -> Result<()> {
        let mut failures = self.failures.lock().await;
        let now = app.clock.now();
        // A clock that was set back makes no pause longer.
        if failures.until.is_some_and(|until| now < until && until - now <= LONGEST_PAUSE) {
            return Ok(());
        }
        let (name, kind) = (self.witness.name(), FollowerKind::Witness);
        match self.witness.follow(signed).await {
            Ok(None) => {}
            Ok(Some(size)) => {
                if failures.count > 0 || failures.size != Some(size) {
                    let mut tx = app.db.begin(Scope::System).await?;
                    store::keep_told(&mut tx, name, kind, size, now).await?;
                    tx.commit().await?;
                }
                *failures = Failures { size: Some(size), ..Failures::default() };
            }
            Err(error) => {
                let mut tx = app.db.begin(Scope::System).await?;
                store::keep_failing(&mut tx, name, kind, &format!("{error:#}"), now).await?;
                tx.commit().await?;
                let pause = Duration::from_secs(1 << failures.count.min(6)).min(LONGEST_PAUSE);
                failures.count += 1;
                failures.until = Some(app.clock.now() + pause);
                return Err(error.context(format!("the audit log's witness {}", name)).into());
            }
        }
        Ok(())
    }
}

fn internal(error: platform::Error) -> anyhow::Error {
    match error {
        platform::Error::Internal(cause) => cause,
        problem => anyhow!("{problem:?}"),
    }
}
