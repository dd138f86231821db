//! Collector: log lines that arrive by syslog become kept events, and what rules make of them alerts.
//!
//! Words: a *listener* takes messages over UDP, TCP or TLS; a *sender* is an address that a source's networks hold; the
//! *spool* has on disk what was accepted until it is kept; the *consumer* reads it in order and keeps it.
//! Tables: `collector_positions`, `collector_reports`, `unknown_senders`.
//! Invariants: what the spool has taken is kept exactly once; a message never chooses a tenant beyond its source's
//! mapping; memory and disk are bounded whatever is sent: connections wait, datagrams are dropped and counted.

mod consumer;
mod health;
mod http;
mod incidents;
mod keeping;
mod lines;
mod listen;
mod report;
mod silence;
mod spool;
mod store;
mod unknown;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use platform::db::Scope;
use platform::jobs::Job;
use platform::{App, Module, Result, permission};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use health::{CollectorProblem, CollectorState};
pub use listen::ListenerProblemCode;
pub use report::{ListenerReport, NodeReport, own as report};

use listen::Listener;
use spool::{Batch, Refusal, Spool};
use unknown::UnknownSenders;

/// Between two looks for spools that processes left behind.
/// Between two tries while the database is away.
const PAUSE: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_secs(10);

permission! {
    pub SourcesRead = "sources:read",
}

pub fn module() -> Module {
    Module {
        name: "collector",
        routes: http::routes(),
        jobs: vec![
            Job::new(
                "collector.silence",
                Duration::from_secs(60),
                |app| async move { silence::look(&app).await },
            ),
            Job::new("collector.old_reports", Duration::from_secs(600), |app| async move {
                store::forget_old(&app).await
            }),
        ],
        permissions: &["sources:read"],
    }
}

/// The collector of one process.
pub struct Collector {
    pub(crate) node: Uuid,
    pub(crate) listeners: ArcSwap<Vec<Arc<Listener>>>,
    pub(crate) unknown: UnknownSenders,
    pub(crate) progress: consumer::Progress,
    pub(crate) losses: report::Losses,
    pub(crate) stop: CancellationToken,
    spool: OnceLock<Arc<Spool>>,
}

impl Default for Collector {
    fn default() -> Self {
        Self {
            node: Uuid::now_v7(),
            listeners: ArcSwap::default(),
            unknown: UnknownSenders::default(),
            progress: consumer::Progress::default(),
            losses: report::Losses::default(),
            stop: CancellationToken::new(),
            spool: OnceLock::new(),
        }
    }
}

impl Collector {
    /// Where each listener really listens, by its transport's name.
    pub fn addresses(&self) -> Vec<(&'static str, std::net::SocketAddr)> {
        let listeners = self.listeners.load();
        let bound = listeners.iter().filter_map(|one| Some((one.transport.as_str(), one.address?)));
        bound.collect()
    }

    /// Messages that a listener has taken, and those dropped because the spool took no more.
    pub fn received_and_shed(&self, transport: &str) -> (u64, u64) {
        let listeners = self.listeners.load();
        let of = listeners.iter().filter(|one| one.transport.as_str() == transport);
        let count =
            |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
        of.fold((0, 0), |(received, shed), one| {
            (received + count(&one.counts.received), shed + count(&one.counts.shed))
        })
    }

    pub(crate) fn spool(&self) -> Option<&Arc<Spool>> {
        self.spool.get()
    }

    /// Blocking.
    pub(crate) fn append(&self, batch: &Batch) -> Result<(), Refusal> {
        self.spool.get().map_or(Err(Refusal::Full), |spool| spool.append(batch))
    }

    pub(crate) async fn room(&self) {
        match self.spool.get() {
            Some(spool) => spool.room().await,
            None => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// What runs of the collector in this process.
pub struct Running {
    app: App,
    listening: JoinSet<()>,
    working: JoinSet<()>,
}

/// Opens the spool and starts listeners and consumer.
pub async fn start(app: &App) -> Result<Running> {
    let collector = app.service::<Collector>();
    let (directory, limit) = (app.config.data_directory.join("collector"), app.config.ingest.spool_bytes);
    bounds(app)?;
    let own = Arc::new(tokio::task::spawn_blocking(move || Spool::open(&directory, limit)).await??);
    go_on(app, &own).await?;
    let mut running = Running { app: app.clone(), listening: JoinSet::new(), working: JoinSet::new() };
    collector.spool.set(own.clone()).ok().context("the collector is started twice")?;
    unknown::prepare(app).await?;
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.working.spawn(own.clone().keep_synced());
    consumer::start(app, own, consumer::Kind::Own, &mut running.working);
    adopt(app, &mut running.working);
    report::start(app, &mut running.working);
    listen::start(app, &collector, &mut running.listening).await;
    Ok(running)
}

/// Longer messages would be longer records than the spool reads.
const LONGEST_MESSAGE: usize = 2 * 1024 * 1024;

fn bounds(app: &App) -> anyhow::Result<()> {
    let message_bytes = app.config.ingest.message_bytes;
    anyhow::ensure!(
        (480..=LONGEST_MESSAGE).contains(&message_bytes),
        "ingest.message_bytes is {message_bytes}; it is to be between 480 and {LONGEST_MESSAGE}"
    );
    Ok(())
}

/// What is taken from now on stands behind all that the database knows of, though the disk may have lost its end.
async fn go_on(app: &App, own: &Spool) -> Result<()> {
    let mut tx = app.db.read(Scope::System).await?;
    let place = store::place(&mut tx, own.id).await?;
    tx.rollback().await?;
    let position = place.map_or(Ok(0), |place| u64::try_from(place.position))?;
    Ok(own.skip_to(position).context("the spool cannot go on where it ended")?)
}

/// Keeps what processes left behind that are gone, whenever it is found.
fn adopt(app: &App, running: &mut JoinSet<()>) {
    let app = app.clone();
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(async move {
        let mut adopted = JoinSet::new();
        loop {
            let (directory, limit) =
                (app.config.data_directory.join("collector"), app.config.ingest.spool_bytes);
            let found = tokio::task::spawn_blocking(move || Spool::stranded(&directory, limit)).await;
            match found {
                Ok(found) => {
                    for left in found {
                        let bytes = left.bytes();
                        tracing::info!(bytes, "a spool of log lines that a process left behind is kept");
                        consumer::start(&app, Arc::new(left), consumer::Kind::Stranded, &mut adopted);
                    }
                }
                Err(error) => tracing::error!(%error, "looking for spools left behind panicked"),
            }
            while adopted.try_join_next().is_some() {}
            tokio::time::sleep(LOOK).await;
        }
    });
}

impl Running {
    /// Takes what is on its way, closes the listeners and lets the batch in hand be kept. The rest waits on disk.
    pub async fn stop(mut self) {
        self.app.service::<Collector>().stop.cancel();
        let listening = async { while self.listening.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(5), listening).await.is_err() {
            tracing::warn!("not every sender of log lines was heard out");
        }
        if let Some(spool) = self.app.service::<Collector>().spool().cloned() {
            let _ = tokio::task::spawn_blocking(move || spool.sync()).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.app.service::<Collector>().stop.cancel();
    }
}
