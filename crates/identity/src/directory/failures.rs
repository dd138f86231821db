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
    /// Whether the directory may be asked once more.
    pub fn has_room(&self, (login, is_known): Whose<'_>, now: OffsetDateTime) -> bool {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = failures.get(&(login.to_owned(), is_known));
        since.is_none_or(|since| since.count < MOST || now - since.first >= WINDOW)
    }

    pub fn note(&self, (login, is_known): Whose<'_>, now: OffsetDateTime) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST_ACCOUNTS {
            failures.retain(|_, since| now - since.first < WINDOW);
        }
        let since = failures.entry((login.to_owned(), is_known)).or_insert(Since { count: 0, first: now });
        if now - since.first >= WINDOW {
            *since = Since { count: 0, first: now };
        }
        since.count += 1;
    }

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
            assert!(failures.has_room(("ana", false), now));
            failures.note(("ana", false), now);
            now += Duration::minutes(1);
        }
        assert!(!failures.has_room(("ana", false), now));
        assert!(failures.has_room(("ana", true), now), "where she signs in from");
        assert!(failures.has_room(("eva", false), now));
        assert!(failures.has_room(("ana", false), now + WINDOW));
        failures.note(("ana", false), now + WINDOW);
        assert!(failures.has_room(("ana", false), now + WINDOW));
    }
}
