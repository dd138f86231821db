//! Since when this process has said what it uses without a gap. Who was not heard of meanwhile could have been, and is gone; before that
//! the database may have been away for all.

use std::sync::{Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

/// A process that was not heard of for so long reads nothing any more.
const GONE: Duration = Duration::minutes(2);
/// A start may follow an outage as well, of which the process knows nothing: it looks back for so long.
const OUTAGE: Duration = Duration::minutes(10);

/// What this process has said in the database, one report not long after the other.
#[derive(Debug, Clone, Copy)]
struct Unbroken {
    since: OffsetDateTime,
    last: OffsetDateTime,
    /// Who was heard of from then on may have lived when it began.
    alive_since: OffsetDateTime,
}

/// The reports of this process.
#[derive(Debug, Default)]
pub struct Reports(Mutex<Option<Unbroken>>);

impl Reports {
    /// Remembers one that is committed.
    pub fn add(&self, now: OffsetDateTime) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(match *known {
            Some(known) if now - known.last < GONE => Unbroken { last: now.max(known.last), ..known },
            _ => Unbroken { since: now, last: now, alive_since: alive_since(*known, now) },
        });
    }

    /// Whoever was heard of from then on may live, and still use what it said.
    pub fn alive_since(&self, now: OffsetDateTime) -> OffsetDateTime {
        alive_since(*self.0.lock().unwrap_or_else(PoisonError::into_inner), now)
    }
}

fn alive_since(known: Option<Unbroken>, now: OffsetDateTime) -> OffsetDateTime {
    let Some(known) = known else { return now - OUTAGE };
    // In a gap nobody is heard of: as it was when it began.
    let at = if now - known.last < GONE { now } else { known.last };
    if at - known.since >= GONE { at - GONE } else { known.alive_since }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moment so many seconds in.
    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    #[test]
    fn a_start_looks_ten_minutes_back_for_two_minutes() {
        let reports = Reports::default();
        assert_eq!(reports.alive_since(at(5)), at(5 - 600));
        for second in [5, 65, 124] {
            reports.add(at(second));
            assert_eq!(reports.alive_since(at(second)), at(5 - 600));
        }
        assert_eq!(reports.alive_since(at(125)), at(5));
    }

    #[test]
    fn a_gap_lets_nobody_be_gone_who_was_heard_of_shortly_before_it() {
        let reports = Reports::default();
        [0, 100, 200].into_iter().for_each(|second| reports.add(at(second)));
        assert_eq!(reports.alive_since(at(9_000)), at(80));
        // The gap goes on after a moment without one.
        [9_000, 9_060, 20_000].into_iter().for_each(|second| reports.add(at(second)));
        for second in [20_100, 20_119] {
            reports.add(at(second));
            assert_eq!(reports.alive_since(at(second)), at(80));
        }
        assert_eq!(reports.alive_since(at(20_120)), at(20_000));
    }

    #[test]
    fn a_clock_that_is_set_back_is_no_gap() {
        let reports = Reports::default();
        [0, 100, 200, 150].into_iter().for_each(|second| reports.add(at(second)));
        assert_eq!(reports.alive_since(at(200)), at(80));
    }
}
