//! Decisions about people, counted in memory: who was let, and who was not. A request writes nothing for them; the module
//! that keeps them takes what has gathered.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::{Date, OffsetDateTime};
use vocab::UserId;

use crate::items::Item;

/// Kinds of decisions that are counted between two takings; beyond this no new kind is.
const MOST: usize = 20_000;

/// What makes decisions alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decided {
    pub user: UserId,
    pub permission: &'static str,
    pub is_allowed: bool,
    pub day: Date,
    /// What was refused, where the permission was held but not for that item.
    pub item: Option<Item>,
}

/// How often, and how it was the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub count: i64,
    pub last_address: Option<IpAddr>,
    pub last_at: OffsetDateTime,
}

/// What this process has decided since somebody took it.
#[derive(Debug, Default)]
pub struct Decisions(Mutex<HashMap<Decided, Counted>>);

impl Decisions {
    pub fn count(
        &self,
        user: UserId,
        permission: &'static str,
        is_allowed: bool,
        address: Option<IpAddr>,
        at: OffsetDateTime,
    ) {
        let decided = Decided { user, permission, is_allowed, day: at.date(), item: None };
        self.add(decided, Counted { count: 1, last_address: address, last_at: at });
    }

    /// Counts that somebody with the permission was refused an item.
    pub fn count_item(
        &self,
        user: UserId,
        permission: &'static str,
        item: Item,
        address: Option<IpAddr>,
        at: OffsetDateTime,
    ) {
        let decided = Decided { user, permission, is_allowed: false, day: at.date(), item: Some(item) };
        self.add(decided, Counted { count: 1, last_address: address, last_at: at });
    }

    pub fn take(&self) -> HashMap<Decided, Counted> {
        std::mem::take(&mut *self.lock())
    }

    /// Gives back what could not be kept.
    pub fn put_back(&self, all: HashMap<Decided, Counted>) {
        all.into_iter().for_each(|(decided, counted)| self.add(decided, counted));
    }

    fn add(&self, decided: Decided, counted: Counted) {
        let mut all = self.lock();
        if all.len() >= MOST && !all.contains_key(&decided) {
            return;
        }
        let known = all.entry(decided).or_insert(Counted { count: 0, ..counted });
        known.count += counted.count;
        if counted.last_at >= known.last_at {
            (known.last_at, known.last_address) = (counted.last_at, counted.last_address);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Decided, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_added_to_what_came_meanwhile() {
        let (decisions, user) = (Decisions::default(), UserId::new());
        let at = OffsetDateTime::UNIX_EPOCH;
        decisions.count(user, "a:read", true, None, at);
        let taken = decisions.take();
        decisions.count(user, "a:read", true, None, at + time::Duration::minutes(1));
        decisions.count(user, "a:read", false, None, at);
        decisions.put_back(taken);
        let all = decisions.take();
        let counts = all.iter().map(|(decided, counted)| (decided.is_allowed, counted.count));
        let mut counts = counts.collect::<Vec<_>>();
        counts.sort_unstable();
        assert_eq!(counts, [(false, 1), (true, 2)]);
        assert!(all.values().any(|counted| counted.last_at > at));
        assert!(decisions.take().is_empty());
    }
}
