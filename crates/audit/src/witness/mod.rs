//! Witnesses: what was signed is told to others, who keep it and take nothing back.

pub mod file;

use std::sync::Arc;
use std::time::Duration;

use merkle::{Hash, VerifyingKey};
use platform::db::{Db, Scope};
use platform::{App, Result};
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::store::{self, Checkpoint};

/// How long a witness that failed is left alone at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Keeps what it is told, and refuses what contradicts it.
#[async_trait::async_trait]
pub trait Witness: Send + Sync {
    fn name(&self) -> &str;

    /// Takes the log as it is signed now.
    async fn follow(&self, signed: &Signed) -> anyhow::Result<()>;
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

    /// Leaves from `index` on, at most `limit`.
    pub async fn leaves(&self, index: u64, limit: u64) -> Result<Vec<Hash>> {
        let mut tx = self.db.read(Scope::System).await?;
        store::leaves(&mut tx, index, limit).await
    }
}

/// The witnesses of a process, each with how it fared.
pub struct Witnesses(Vec<Told>);

struct Told {
    witness: Arc<dyn Witness>,
    failures: Mutex<Failures>,
}

#[derive(Default)]
struct Failures {
    count: u32,
    /// Not to be asked before.
    until: Option<OffsetDateTime>,
}

impl Witnesses {
    pub fn new(witnesses: Vec<Arc<dyn Witness>>) -> Self {
        Self(witnesses.into_iter().map(|witness| Told { witness, failures: Mutex::default() }).collect())
    }

    /// Tells each what is new. One that fails keeps no other from hearing it; the first failure is told at the end.
    pub async fn tell(&self, app: &App, signed: &Signed) -> Result<()> {
        let mut outcome = Ok(());
        for told in &self.0 {
            outcome = outcome.and(told.tell(app, signed).await);
        }
        outcome
    }
}

impl Told {
    async fn tell(&self, app: &App, signed: &Signed) -> Result<()> {
        let mut failures = self.failures.lock().await;
        let now = app.clock.now();
        if failures.until.is_some_and(|until| now < until) {
            return Ok(());
        }
        match self.witness.follow(signed).await {
            Ok(()) => *failures = Failures::default(),
            Err(error) => {
                let pause = Duration::from_secs(1 << failures.count.min(6)).min(LONGEST_PAUSE);
                failures.count += 1;
                failures.until = Some(now + pause);
                return Err(error.context(format!("the audit log's witness {}", self.witness.name())).into());
            }
        }
        Ok(())
    }
}
