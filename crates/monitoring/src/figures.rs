//! What a process says of itself each time it looks: what it takes of its machine, and how it answers.

use std::time::{Duration, Instant};

use platform::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::metrics::{LatencyBound, Requests, Tally, open_files, processor_time, resident_bytes};

/// What a process takes of its machine and how it answers, from the report before to this one. What could not be read is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProcessFigures {
    /// Of one core: 1 is one that was used all the time. Null in the first report.
    pub cpu_share: Option<f64>,
    pub resident_bytes: Option<u64>,
    pub open_files: Option<u64>,
    /// Connections of the process's pool to the database.
    pub connections_used: u32,
    pub connections_idle: u32,
    /// So many the pool opens.
    pub connections_most: u32,
    /// Answered since the report before; in the first one, since the start.
    pub requests: u64,
    /// Of those, with a 5xx.
    pub errors: u64,
    /// What half of them took at most, until their headers. Null where nothing was answered.
    pub latency_median: Option<LatencyBound>,
    /// What 95 of 100 took at most.
    pub latency_p95: Option<LatencyBound>,
}

/// What was read for a report, for the next one to count from.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    at: Instant,
    processor: Option<Duration>,
    answered: Tally,
}

/// Blocking, for a moment.
pub fn read(app: &App, before: Option<Reading>) -> (ProcessFigures, Reading) {
    let answered = app.service::<Requests>().tally();
    let reading = Reading { at: Instant::now(), processor: processor_time(), answered };
    let since = before.map_or(answered, |before| answered.since(&before.answered));
    let (connections_used, connections_idle) = connections(app);
    let figures = ProcessFigures {
        cpu_share: before.and_then(|before| reading.cpu_share(&before)),
        resident_bytes: resident_bytes(),
        open_files: open_files(),
        connections_used,
        connections_idle,
        connections_most: app.db.pool().options().get_max_connections(),
        requests: since.requests(),
        errors: since.errors,
        latency_median: since.latency(50),
        latency_p95: since.latency(95),
    };
    (figures, reading)
}

impl Reading {
    fn cpu_share(&self, before: &Self) -> Option<f64> {
        let used = self.processor?.saturating_sub(before.processor?);
        let passed = self.at.saturating_duration_since(before.at);
        (!passed.is_zero()).then(|| used.as_secs_f64() / passed.as_secs_f64())
    }
}

/// Connections of the process's pool: in use, and waiting for use.
pub fn connections(app: &App) -> (u32, u32) {
    let pool = app.db.pool();
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    (pool.size().saturating_sub(idle), idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_a_core_is_of_the_time_between_two_readings() {
        let processor = Some(Duration::from_secs(7));
        let first = Reading { at: Instant::now(), processor, answered: Tally::default() };
        let (at, processor) = (first.at + Duration::from_secs(20), Some(Duration::from_secs(12)));
        let later = Reading { at, processor, ..first };
        assert_eq!(later.cpu_share(&first), Some(0.25));
        assert_eq!(first.cpu_share(&first), None);
        let unread = Reading { processor: None, ..later };
        assert_eq!(unread.cpu_share(&first), None);
    }
}
