//! How often a directory is shown a wrong password of somebody: fewer times than it locks the account after.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

/// Directories lock after five or ten within half an hour, everywhere and not only here.
const MOST: u32 = 4;
const WINDOW: Duration = Duration::minutes(30);
const MOST_ACCOUNTS: usize = 100_000;

/// Counted apart where somebody is known to sign in from: strangers who guess keep nobody out of their own place.
pub type Whose<'a> = (&'a str, bool);

#[derive(Default)]
pub struct Failures(Mutex<HashMap<(String, bool), Since>>);

struct Since {
    count: u32,
    first: OffsetDateTime,
}

impl Failures {
    /// Counts one before the directory is asked, so that many at once are no more than one after the other; false when there is no room.
    pub fn take(&self, (login, is_known): Whose<'_>, now: OffsetDateTime) -> bool {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST_ACCOUNTS {
            failures.retain(|_, since| now - since.first < WINDOW);
        }
        let since = failures.entry((login.to_owned(), is_known)).or_insert(Since { count: 0, first: now });
        if now - since.first >= WINDOW {
            *since = Since { count: 0, first: now };
        }
        let has_room = since.count < MOST;
        since.count += u32::from(has_room);
        has_room
    }

    /// After an answer that was none.
    pub fn give_back(&self, (login, is_known): Whose<'_>) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = failures.get_mut(&(login.to_owned(), is_known)) {
            since.count = since.count.saturating_sub(1);
        }
    }

    /// After a right password.
    pub fn forget(&self, (login, is_known): Whose<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(login.to_owned(), is_known));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_asked_four_times_in_half_an_hour_and_again_after_it() {
        let (failures, mut now) = (Failures::default(), OffsetDateTime::UNIX_EPOCH);
        for _ in 0..4 {
            assert!(failures.take(("ana", false), now));
            now += Duration::minutes(1);
        }
        assert!(!failures.take(("ana", false), now));
        assert!(failures.take(("ana", true), now), "where she signs in from");
        assert!(failures.take(("eva", false), now));
        failures.give_back(("ana", false));
        assert!(failures.take(("ana", false), now), "nobody answered");
        assert!(!failures.take(("ana", false), now));
        assert!(failures.take(("ana", false), now + WINDOW));
        failures.forget(("ana", false));
        assert!(failures.take(("ana", false), now));
    }
}
