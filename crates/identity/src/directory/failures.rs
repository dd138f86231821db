//! How often a directory is shown a wrong password of somebody: fewer times than it locks the account after.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

/// Directories lock after five or ten, everywhere and not only here.
const MOST: u32 = 4;
/// They forget wrong passwords when none came for half an hour. A minute more, for their clock is another.
const WINDOW: Duration = Duration::minutes(31);
const MANY: usize = 10_000;

/// Where and when a password is shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Counted apart where somebody is known to sign in from: strangers who guess keep nobody out of their own place.
    pub is_known_address: bool,
    pub at: OffsetDateTime,
}

/// By the entry, not by what was typed: one entry may be found under several addresses.
#[derive(Default)]
pub struct Failures(Mutex<HashMap<String, Since>>);

struct Since {
    of_strangers: u32,
    of_known: u32,
    last: OffsetDateTime,
}

impl Failures {
    /// Counts one that the directory is about to see, whatever becomes of its answer; false when it must not.
    pub fn take(&self, entry: &str, shown: Shown) -> bool {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MANY {
            failures.retain(|_, since| shown.at - since.last < WINDOW);
        }
        let none = Since { of_strangers: 0, of_known: 0, last: shown.at };
        let since = failures.entry(entry.to_owned()).or_insert(none);
        if shown.at - since.last >= WINDOW {
            (since.of_strangers, since.of_known) = (0, 0);
        }
        let count = if shown.is_known_address { &mut since.of_known } else { &mut since.of_strangers };
        if *count >= MOST {
            return false;
        }
        *count += 1;
        since.last = shown.at;
        true
    }

    /// After a right password the directory has forgotten the wrong ones too.
    pub fn forget(&self, entry: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: &str = "uid=ana,dc=example,dc=org";
    const EVA: &str = "uid=eva,dc=example,dc=org";

    fn after(minutes: i64) -> Shown {
        Shown { is_known_address: false, at: OffsetDateTime::UNIX_EPOCH + Duration::minutes(minutes) }
    }

    #[test]
    fn the_directory_is_asked_four_times_and_again_after_half_an_hour_without() {
        let failures = Failures::default();
        for minute in 0..4 {
            assert!(failures.take(ANA, after(minute)));
        }
        assert!(!failures.take(ANA, after(4)));
        assert!(failures.take(ANA, Shown { is_known_address: true, ..after(4) }), "where she signs in from");
        assert!(failures.take(EVA, after(4)));
        assert!(!failures.take(ANA, after(34)), "the one of minute 4 counts there until minute 34");
        assert!(failures.take(ANA, after(35)));
        failures.forget(ANA);
        for minute in 36..40 {
            assert!(failures.take(ANA, after(minute)));
        }
    }

    #[test]
    fn guesses_that_come_slowly_are_no_more_before_the_directory_forgets_them() {
        let failures = Failures::default();
        let (mut counted, mut last) = (0, after(0).at);
        for guess in 0..200 {
            let shown = after(guess * 9);
            if failures.take(ANA, shown) {
                counted = if shown.at - last >= Duration::minutes(30) { 1 } else { counted + 1 };
                last = shown.at;
                assert!(counted <= MOST, "the directory counts {counted}");
            }
        }
    }
}
