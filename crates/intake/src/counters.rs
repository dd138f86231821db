//! What each source delivered, counted in memory and written once a second: a counter row per source in every batch
//! would make all writers wait for each other.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use detection::regrouping::Outcome;
use platform::App;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use vocab::SourceId;

use crate::store;

/// What became of a delivery, for the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    Created,
    Updated,
    Duplicate,
    Reopened,
    Linked,
    Suppressed,
    Quarantined,
}

impl From<Outcome> for Counted {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Created => Counted::Created,
            Outcome::Updated => Counted::Updated,
            Outcome::Duplicate => Counted::Duplicate,
            Outcome::Reopened => Counted::Reopened,
            Outcome::Linked => Counted::Linked,
            Outcome::Suppressed => Counted::Suppressed,
        }
    }
}

#[derive(Debug, Default, Clone)]
pub struct Tally {
    pub received: i64,
    pub by_outcome: HashMap<Counted, i64>,
    pub minutes: HashMap<OffsetDateTime, i32>,
    pub last_seen_at: Option<OffsetDateTime>,
    pub unparsed: i64,
    pub shed: i64,
}

/// Log lines of a source, as many as came together.
#[derive(Debug, Clone, Copy, Default)]
pub struct Observed {
    pub received: i64,
    /// Of them, those that no format fits.
    pub unparsed: i64,
    /// Lines that nobody could hold.
    pub shed: i64,
    /// Incidents within them that lie in quarantine.
    pub quarantined: i64,
}

#[derive(Debug, Default)]
pub struct Counters {
    tallies: Mutex<HashMap<SourceId, Tally>>,
}

impl Counters {
    pub fn count(&self, source: SourceId, at: OffsetDateTime, outcome: Counted) {
        let minute = at.replace_second(0).and_then(|at| at.replace_nanosecond(0)).unwrap_or(at);
        let mut tallies = self.lock();
        let tally = tallies.entry(source).or_default();
        tally.received += 1;
        *tally.by_outcome.entry(outcome).or_default() += 1;
        *tally.minutes.entry(minute).or_default() += 1;
        tally.last_seen_at = tally.last_seen_at.max(Some(at));
    }

    /// Counts what became of an alert out of log lines, which are counted by themselves.
    pub fn became(&self, source: SourceId, outcome: Counted) {
        *self.lock().entry(source).or_default().by_outcome.entry(outcome).or_default() += 1;
    }

    pub fn observe(&self, source: SourceId, at: OffsetDateTime, observed: Observed) {
        let minute = at.replace_second(0).and_then(|at| at.replace_nanosecond(0)).unwrap_or(at);
        let mut tallies = self.lock();
        let tally = tallies.entry(source).or_default();
        tally.received += observed.received;
        tally.unparsed += observed.unparsed;
        tally.shed += observed.shed;
        *tally.by_outcome.entry(Counted::Quarantined).or_default() += observed.quarantined;
        if observed.received > 0 {
            *tally.minutes.entry(minute).or_default() += i32::try_from(observed.received).unwrap_or(i32::MAX);
            tally.last_seen_at = tally.last_seen_at.max(Some(at));
        }
    }

    fn take(&self) -> HashMap<SourceId, Tally> {
        std::mem::take(&mut *self.lock())
    }

    /// Gives back what could not be written.
    fn put_back(&self, source: SourceId, kept: Tally) {
        let mut tallies = self.lock();
        let tally = tallies.entry(source).or_default();
        tally.received += kept.received;
        tally.unparsed += kept.unparsed;
        tally.shed += kept.shed;
        for (outcome, count) in kept.by_outcome {
            *tally.by_outcome.entry(outcome).or_default() += count;
        }
        for (minute, count) in kept.minutes {
            *tally.minutes.entry(minute).or_default() += count;
        }
        tally.last_seen_at = tally.last_seen_at.max(kept.last_seen_at);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SourceId, Tally>> {
        self.tallies.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Writes what was counted, once a second.
pub fn start(app: &App, running: &mut JoinSet<()>) {
    let app = app.clone();
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            flush(&app).await;
        }
    });
}

/// Writes what was counted so far.
pub async fn flush(app: &App) {
    let intake = app.service::<crate::Intake>();
    for (source, tally) in intake.counters.take() {
        if let Err(error) = store::add_counts(app, source, &tally).await {
            tracing::debug!(?error, "counts wait for the database");
            intake.counters.put_back(source, tally);
        }
    }
}
