//! What comes while the database is away: appended to a file and fsynced before the sender hears "spooled", replayed in
//! order when the database is back.
//!
//! A record is a line of JSON (source, time, sizes, checksum) followed by the body. What cannot be read, as a torn record
//! at the end of the file from a crash in the middle of a write, is set aside with all behind it. The place up to which
//! records are replayed is kept beside the file; a crash between a replay and that note replays once more, which the
//! delivery key turns into a duplicate.

mod file;
mod record;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use anyhow::Result;
use futures_util::FutureExt;
use platform::App;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::pipeline::Intake;
use crate::reading::Arrival;
use file::SpoolFile;
pub use record::Record;

/// How often files are looked for that a process left behind.
const LOOK: Duration = Duration::from_secs(5);

/// The spool of one process. Its file is taken when it is first needed: commands that take no deliveries hold none.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    limit: u64,
    opening: Mutex<()>,
    own: OnceLock<Arc<SpoolFile>>,
}

impl Spool {
    pub fn at(directory: PathBuf, limit: u64) -> Self {
        Self { directory, limit, opening: Mutex::new(()), own: OnceLock::new() }
    }

    /// The file of this process. Blocking.
    pub fn own(&self) -> Result<Arc<SpoolFile>> {
        let _turn = self.opening.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(own) = self.own.get() {
            return Ok(own.clone());
        }
        let opened = Arc::new(SpoolFile::open(&self.directory, self.limit)?);
        Ok(self.own.get_or_init(|| opened).clone())
    }

    /// Appends a delivery and waits until the disk has it. Blocking.
    pub fn append(&self, arrival: &Arrival) -> Result<()> {
        self.own()?.append(arrival)
    }

    /// Whether anything waits: then what comes goes behind it, so that the order holds.
    pub fn is_waiting(&self) -> bool {
        self.items() > 0
    }

    pub fn items(&self) -> u64 {
        self.own.get().map_or(0, |own| own.items())
    }

    pub fn bytes(&self) -> u64 {
        self.own.get().map_or(0, |own| own.bytes())
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }
}

/// Replays whatever waits as soon as the database is there: this process's file, and those that others left behind.
pub fn start_replay(intake: &Arc<Intake>, app: &App, running: &mut JoinSet<()>) {
    let (intake, app) = (intake.clone(), app.clone());
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(async move {
        let mut looked = None::<Instant>;
        loop {
            let is_due = looked.is_none_or(|at| at.elapsed() >= LOOK);
            if !intake.spool.is_waiting() && !is_due {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
            if is_due {
                looked = Some(Instant::now());
            }
            // A panic must not end the task, or nothing that waits were taken any more.
            let round = AssertUnwindSafe(round(&intake, &app, is_due)).catch_unwind().await;
            let round = round.unwrap_or_else(|_| Err(anyhow::anyhow!("replaying the spool panicked")));
            if let Err(error) = round {
                tracing::warn!(?error, waiting = intake.spool.items(), "the spool waits");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    });
}

async fn round(intake: &Arc<Intake>, app: &App, looks_for_others: bool) -> Result<()> {
    // One small question first: a database that is away should not cost a time-out for each record.
    sqlx::query!("select 1 as one").fetch_one(app.db.pool()).await?;
    if intake.spool.is_waiting() {
        let reader = intake.clone();
        let own = tokio::task::spawn_blocking(move || reader.spool.own()).await??;
        replay(intake, app, &own).await?;
    }
    if !looks_for_others {
        return Ok(());
    }
    let (directory, limit) = (intake.spool.directory.clone(), intake.spool.limit);
    let stranded = tokio::task::spawn_blocking(move || SpoolFile::stranded(&directory, limit)).await??;
    for file in stranded.into_iter().map(Arc::new) {
        tracing::info!(waiting = file.items(), "a spool file that a process left behind is replayed");
        while file.is_waiting() {
            replay(intake, app, &file).await?;
        }
    }
    Ok(())
}

async fn replay(intake: &Arc<Intake>, app: &App, file: &Arc<SpoolFile>) -> Result<()> {
    let reader = file.clone();
    let records = tokio::task::spawn_blocking(move || reader.next()).await??;
    crate::http::replay(app, intake, &records).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let noter = file.clone();
    tokio::task::spawn_blocking(move || match records.last() {
        Some(last) => noter.note(last, records.len()),
        None => Ok(()),
    })
    .await?
}
