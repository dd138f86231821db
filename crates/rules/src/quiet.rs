//! Not again so soon: a rule about single events that has fired stays quiet about the same parties for a while, and says
//! afterwards how often it would have.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Parties that are remembered; beyond, all are forgotten whose time has passed, and then the oldest half.
const MOST: usize = 50_000;

/// Who was told about last, and when.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Quiet {
    told: HashMap<String, Told>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Told {
    at: i64,
    until: i64,
    kept_back: u64,
}

impl Quiet {
    /// How many events a firing stands for, itself included; none when it is too soon.
    pub fn ask(&mut self, key: &str, at: i64, seconds: i64) -> Option<u64> {
        if seconds <= 0 {
            return Some(1);
        }
        match self.told.get_mut(key) {
            // An event from long before what was told is no repeat of it.
            Some(told) if at < told.until && at > told.at - seconds => {
                told.kept_back += 1;
                None
            }
            Some(told) => {
                let stands_for = told.kept_back + 1;
                *told = Told { at, until: at + seconds, kept_back: 0 };
                Some(stands_for)
            }
            None => {
                self.make_room(at);
                self.told.insert(key.to_owned(), Told { at, until: at + seconds, kept_back: 0 });
                Some(1)
            }
        }
    }

    fn make_room(&mut self, now: i64) {
        if self.told.len() < MOST {
            return;
        }
        self.told.retain(|_, told| told.until > now);
        if self.told.len() >= MOST {
            let mut times = self.told.values().map(|told| told.at).collect::<Vec<_>>();
            let (_, middle, _) = times.select_nth_unstable(MOST / 2);
            let middle = *middle;
            self.told.retain(|_, told| told.at > middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_back_is_counted_by_the_next_firing() {
        let mut quiet = Quiet::default();
        let asked = [100, 101, 130, 160].map(|at| quiet.ask("rule and parties", at, 60));
        assert_eq!(asked, [Some(1), None, None, Some(3)]);
        assert_eq!(quiet.ask("another", 130, 60), Some(1));
        assert_eq!(quiet.ask("rule and parties", 161, 0), Some(1));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut quiet = Quiet::default();
        for number in 0..(MOST as i64 * 2) {
            quiet.ask(&number.to_string(), number / 1000, 1_000_000);
        }
        assert!(quiet.told.len() <= MOST);
    }
}
