//! How a process's collector fares, in a word and with its reasons.

use time::{Duration, OffsetDateTime};

use crate::report::NodeReport;

/// A line that waits longer than this to be kept is worth a look.
const BEHIND: Duration = Duration::minutes(1);
/// A loss is told of for so long.
const LATELY: Duration = Duration::minutes(10);

vocab::text_enum! {
    pub enum CollectorState {
        Ok = "ok",
        /// Nothing is refused that could be kept, but somebody should look.
        Degraded = "degraded",
        /// Something that is set does not listen, or nothing more can be taken.
        Failing = "failing",
    }
}

vocab::text_enum! {
    pub enum CollectorProblem {
        ListenerDown = "listener_down",
        DiskRefuses = "disk_refuses",
        SpoolFull = "spool_full",
        SpoolFilling = "spool_filling",
        DatabaseAway = "database_away",
        /// The oldest line that waits is older than a minute.
        Behind = "behind",
        /// Lines were dropped or could not be kept within the last ten minutes.
        LostLately = "lost_lately",
    }
}

impl CollectorProblem {
    /// Whether something that is set does not listen, or nothing more can be taken.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::ListenerDown | Self::DiskRefuses | Self::SpoolFull)
    }
}

/// What is wrong by a report's figures, the worst first.
pub fn problems(report: &NodeReport, is_database_away: bool) -> Vec<CollectorProblem> {
    let (spool, now) = (&report.spool, report.reported_at);
    let is_held = report.listeners.iter().any(|listener| listener.is_held);
    let fill = |percent: i64| spool.bytes > spool.limit_bytes / 100 * percent;
    let is_full = spool.problem.is_none() && (is_held || fill(95));
    let since = |at: Option<OffsetDateTime>| at.map(|at| now - at);
    let claims = [
        (CollectorProblem::ListenerDown, report.listeners.iter().any(|one| one.address.is_none())),
        (CollectorProblem::DiskRefuses, spool.problem.is_some()),
        (CollectorProblem::SpoolFull, is_full),
        (CollectorProblem::DatabaseAway, is_database_away),
        (CollectorProblem::SpoolFilling, !is_full && fill(80)),
        (CollectorProblem::Behind, since(report.oldest_waiting_at).is_some_and(|age| age > BEHIND)),
        (CollectorProblem::LostLately, since(report.last_loss_at).is_some_and(|age| age < LATELY)),
    ];
    claims.into_iter().filter_map(|(problem, holds)| holds.then_some(problem)).collect()
}

pub fn state(problems: &[CollectorProblem]) -> CollectorState {
    if problems.iter().any(|problem| problem.is_failure()) {
        CollectorState::Failing
    } else if problems.is_empty() {
        CollectorState::Ok
    } else {
        CollectorState::Degraded
    }
}
