//! What this process says of its listeners, every few seconds: to its own pages from memory, to other processes through a
//! table.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use platform::App;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::health::{self, CollectorProblem, CollectorState};
use crate::listen::{Listener, ListenerProblem};
use crate::spool::{SpoolProblem, Transport};
use crate::{Collector, store};

const EVERY: Duration = Duration::from_secs(2);

/// The listeners of a process, and what waits there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NodeReport {
    pub node: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    pub reported_at: OffsetDateTime,
    pub state: CollectorState,
    /// Why it is not `ok`, the worst first.
    pub problems: Vec<CollectorProblem>,
    pub listeners: Vec<ListenerReport>,
    pub spool: SpoolReport,
    /// Log lines kept since the start of the process ...
    pub kept: i64,
    /// ... of them without a known format ...
    pub unparsed: i64,
    /// ... and accepted ones that could not be kept: of removed sources, or spoilt on disk.
    pub lost: i64,
    /// When the oldest line came that waits to be kept, as far as the one who keeps them has got; null when none waits.
    #[serde(with = "time::serde::rfc3339::option")]
    pub oldest_waiting_at: Option<OffsetDateTime>,
    /// When lines were last dropped or could not be kept.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_loss_at: Option<OffsetDateTime>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ListenerReport {
    pub transport: Transport,
    /// As the settings say it.
    pub asked: String,
    /// Where it listens; null when it cannot.
    #[schema(value_type = Option<String>)]
    pub address: Option<SocketAddr>,
    /// Why it listens elsewhere than asked, or not at all.
    pub problem: Option<ListenerProblem>,
    pub received: i64,
    pub received_bytes: i64,
    /// Messages or connections from addresses that no source has.
    pub refused: i64,
    /// Messages longer than is kept.
    pub cut: i64,
    /// Datagrams that the kernel dropped, for they came faster than they were read.
    pub kernel_drops: i64,
    /// Messages dropped because the spool took no more.
    pub shed: i64,
    pub connections: i64,
    /// Connections turned away, for there were too many.
    pub turned_away: i64,
    /// Connections whose TLS handshake failed or did not end.
    #[serde(default)]
    pub failed_handshakes: i64,
    /// Whether connections are not read at present, for the spool takes no more.
    pub is_held: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct SpoolReport {
    /// Bytes that wait to be kept.
    pub bytes: i64,
    pub limit_bytes: i64,
    /// Why the disk takes nothing, while that is so.
    pub problem: Option<SpoolProblem>,
}

/// What was lost since the start, and when that last grew.
#[derive(Debug, Default)]
pub struct Losses(Mutex<(i64, Option<OffsetDateTime>)>);

impl Losses {
    fn note(&self, total: i64, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if total > known.0 {
            *known = (total, Some(now));
        }
        known.1
    }
}

/// This process's own; none when it does not collect.
pub fn own(app: &App) -> Option<NodeReport> {
    let collector = app.find_service::<Collector>()?;
    let spool = collector.spool()?;
    let progress = &collector.progress;
    let listeners = collector.listeners.load().iter().map(|listener| of(listener)).collect::<Vec<_>>();
    let (now, lost) = (app.clock.now(), whole(progress.lost.load(Ordering::Relaxed)));
    let dropped = listeners.iter().map(|listener| listener.shed + listener.kernel_drops).sum::<i64>();
    let mut report = NodeReport {
        node: collector.node,
        reported_at: now,
        state: CollectorState::Ok,
        problems: Vec::new(),
        listeners,
        spool: SpoolReport {
            bytes: whole(spool.bytes()),
            limit_bytes: whole(spool.limit),
            problem: spool.problem(),
        },
        kept: whole(progress.kept.load(Ordering::Relaxed)),
        unparsed: whole(progress.unparsed.load(Ordering::Relaxed)),
        lost,
        oldest_waiting_at: progress.oldest(),
        last_loss_at: collector.losses.note(lost.saturating_add(dropped), now),
    };
    report.problems = health::problems(&report, app.db.pulse().is_lost());
    report.state = health::state(&report.problems);
    Some(report)
}

fn of(listener: &Listener) -> ListenerReport {
    let counts = &listener.counts;
    let count = |counter: &std::sync::atomic::AtomicU64| whole(counter.load(Ordering::Relaxed));
    ListenerReport {
        transport: listener.transport,
        asked: listener.asked.clone(),
        address: listener.address,
        problem: listener.problem.clone(),
        received: count(&counts.received),
        received_bytes: count(&counts.bytes),
        refused: count(&counts.refused),
        cut: count(&counts.cut),
        kernel_drops: count(&counts.kernel_drops),
        shed: count(&counts.shed),
        connections: count(&counts.connections),
        turned_away: count(&counts.turned_away),
        failed_handshakes: count(&counts.failed_handshakes),
        is_held: counts.is_held.load(Ordering::Relaxed),
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Writes the report and the unknown senders again and again.
pub fn start(app: &App, running: &mut JoinSet<()>) {
    let app = app.clone();
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = write(&app).await {
                tracing::debug!(?error, "the listeners' report waits for the database");
            }
        }
    });
}

async fn write(app: &App) -> platform::Result<()> {
    let collector = app.service::<Collector>();
    if let Some(report) = own(app) {
        store::save_report(app, collector.node, &serde_json::to_value(report)?).await?;
    }
    collector.unknown.flush(app).await
}
