//! The clock as an argument: the only place that asks the operating system what time it is.

use std::sync::{Arc, Mutex};

use time::{Duration, OffsetDateTime};

/// Where "now" comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// A clock that a test turns by hand.
    Manual(Arc<Mutex<OffsetDateTime>>),
}

impl Clock {
    pub fn manual(start: OffsetDateTime) -> Self {
        Clock::Manual(Arc::new(Mutex::new(start)))
    }

    /// The present moment in UTC, at PostgreSQL's precision (microseconds).
    pub fn now(&self) -> OffsetDateTime {
        let now = match self {
            #[expect(clippy::disallowed_methods, reason = "this is the clock")]
            Clock::System => OffsetDateTime::now_utc(),
            Clock::Manual(now) => *now.lock().unwrap_or_else(|poisoned| poisoned.into_inner()),
        };
        now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
    }

    /// Turns a manual clock on; the system's clock cannot be turned.
    pub fn advance(&self, by: Duration) {
        if let Clock::Manual(now) = self {
            *now.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) += by;
        }
    }
}
