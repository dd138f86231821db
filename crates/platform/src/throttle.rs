//! Slowing down guesses, in memory and bounded.
//!
//! Three counts of failures: of an account from one address, of an address, and of an account from everywhere. Beyond
//! what is forgiven each failure doubles a delay. The last count does not bind addresses from which the account's
//! owner has signed in before: whoever guesses from elsewhere cannot lock them out.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::limits::network_of;
use time::{Duration, OffsetDateTime};

const LONGEST_DELAY: Duration = Duration::minutes(15);
/// A count without a failure for this long is forgotten.
const FORGOTTEN: Duration = Duration::hours(1);
/// Counts of each kind; the oldest go first.
const MOST: usize = 20_000;

/// Failures that cost nothing. An address may be an office's, with many who mistype on Monday morning.
const FORGIVEN_PAIR: u32 = 5;
const FORGIVEN_ADDRESS: u32 = 50;
const FORGIVEN_ACCOUNT: u32 = 30;

#[derive(Clone, Copy)]
struct Count {
    failures: u32,
    last_at: OffsetDateTime,
}

impl Count {
    /// When the next attempt may be made.
    fn free_at(self, forgiven: u32) -> OffsetDateTime {
        let beyond = self.failures.saturating_sub(forgiven);
        if beyond == 0 {
            return self.last_at;
        }
        let delay = Duration::seconds(1 << (beyond - 1).min(10));
        self.last_at + delay.min(LONGEST_DELAY)
    }
}

struct Counts<K>(HashMap<K, Count>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq + Clone> Counts<K> {
    fn wait(&self, key: &K, forgiven: u32, now: OffsetDateTime) -> Duration {
        self.0.get(key).map_or(Duration::ZERO, |count| (count.free_at(forgiven) - now).max(Duration::ZERO))
    }

    fn add(&mut self, key: K, now: OffsetDateTime) {
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let count = self.0.entry(key).or_insert(Count { failures: 0, last_at: now });
        if now - count.last_at >= FORGOTTEN {
            count.failures = 0;
        }
        count.failures = count.failures.saturating_add(1);
        count.last_at = now;
    }

    fn take_back(&mut self, key: &K) {
        if let Some(count) = self.0.get_mut(key) {
            count.failures = count.failures.saturating_sub(1);
        }
    }

    /// Lets the forgotten go, then those nearest to it.
    fn make_room(&mut self, now: OffsetDateTime) {
        self.0.retain(|_, count| now - count.last_at < FORGOTTEN);
        if self.0.len() < MOST {
            return;
        }
        let mut moments: Vec<OffsetDateTime> = self.0.values().map(|count| count.last_at).collect();
        let (_, median, _) = moments.select_nth_unstable(MOST / 4);
        let oldest = *median;
        self.0.retain(|_, count| count.last_at > oldest);
    }
}

/// Accounts are counted by their address, whether they exist or not.
type Account = String;

#[derive(Default)]
struct State {
    pairs: Counts<(Account, IpAddr)>,
    addresses: Counts<IpAddr>,
    accounts: Counts<Account>,
}

/// The counts of this process.
#[derive(Default)]
pub struct Throttle {
    state: Mutex<State>,
}

/// An attempt that may be made. It counts as a failure until it is taken back, so that many at once are not free.
#[derive(Debug, Clone)]
pub struct Attempt {
    account: Account,
    address: IpAddr,
}

impl Throttle {
    /// Whether so many have failed, at this account or from this address, that only known addresses go on.
    pub fn is_hot(&self, account: &str, ip: Option<IpAddr>, now: OffsetDateTime) -> bool {
        let state = self.lock();
        let account = state.accounts.wait(&account.to_owned(), FORGIVEN_ACCOUNT, now);
        account.max(state.addresses.wait(&network_of(ip), FORGIVEN_ADDRESS, now)) > Duration::ZERO
    }

    /// Lets an attempt pass, or says how long to wait.
    pub fn begin(
        &self,
        account: &str,
        ip: Option<IpAddr>,
        is_known_address: bool,
        now: OffsetDateTime,
    ) -> Result<Attempt, Duration> {
        let address = network_of(ip);
        let attempt = Attempt { account: account.to_owned(), address };
        let pair = (attempt.account.clone(), address);
        let mut state = self.lock();
        let mut wait = state.pairs.wait(&pair, FORGIVEN_PAIR, now);
        // Neither a crowd behind the same address nor guessing from elsewhere stops whom we know.
        if !is_known_address {
            wait = wait.max(state.addresses.wait(&address, FORGIVEN_ADDRESS, now));
            wait = wait.max(state.accounts.wait(&attempt.account, FORGIVEN_ACCOUNT, now));
        }
        if wait > Duration::ZERO {
            return Err(wait);
        }
        state.pairs.add(pair, now);
        state.addresses.add(address, now);
        state.accounts.add(attempt.account.clone(), now);
        Ok(attempt)
    }

    /// The attempt was right: what it and its own mistypings cost is forgotten.
    pub fn succeed(&self, attempt: &Attempt) {
        let mut state = self.lock();
        state.pairs.0.remove(&(attempt.account.clone(), attempt.address));
        state.addresses.take_back(&attempt.address);
        state.accounts.take_back(&attempt.account);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn fail(throttle: &Throttle, account: &str, from: &str, times: usize) -> Option<Duration> {
        (0..times).find_map(|_| throttle.begin(account, ip(from), false, START).err())
    }

    #[test]
    fn a_few_mistypings_are_free_and_then_each_doubles_the_delay() {
        let throttle = Throttle::default();
        assert_eq!(fail(&throttle, "ana", "192.0.2.1", 6), None);
        assert_eq!(fail(&throttle, "ana", "192.0.2.1", 1), Some(Duration::seconds(1)));
        let later = START + Duration::seconds(1);
        assert!(throttle.begin("ana", ip("192.0.2.1"), false, later).is_ok());
        assert_eq!(throttle.begin("ana", ip("192.0.2.1"), false, later).unwrap_err(), Duration::seconds(2));
        assert!(throttle.begin("ana", ip("192.0.2.2"), false, later).is_ok());
    }

    #[test]
    fn the_delay_has_an_end() {
        let (throttle, mut now) = (Throttle::default(), START);
        for _ in 0..40 {
            while let Err(wait) = throttle.begin("ana", ip("192.0.2.1"), false, now) {
                assert!(wait <= LONGEST_DELAY);
                now += wait;
            }
        }
    }

    #[test]
    fn one_account_from_a_hundred_addresses_is_slowed_down_but_not_where_its_owner_is_known() {
        let throttle = Throttle::default();
        let refused = (0..100).find(|n| fail(&throttle, "ana", &format!("198.51.100.{n}"), 1).is_some());
        assert!(refused.is_some());
        assert!(throttle.is_hot("ana", None, START));
        assert!(throttle.begin("ana", ip("192.0.2.1"), true, START).is_ok());
        assert!(throttle.begin("ana", ip("192.0.2.7"), false, START).is_err());
    }

    #[test]
    fn a_hundred_accounts_from_one_address_are_slowed_down() {
        let throttle = Throttle::default();
        let refused = (0..100).find(|n| fail(&throttle, &format!("user{n}"), "198.51.100.1", 1).is_some());
        assert!(refused.is_some());
        assert!(throttle.begin("ana", ip("192.0.2.1"), false, START).is_ok());
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_as_one() {
        let throttle = Throttle::default();
        let refused = (0..20).find(|n| fail(&throttle, "ana", &format!("2001:db8::{n:x}"), 1).is_some());
        assert!(refused.is_some());
    }

    #[test]
    fn success_forgives() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            let attempt = throttle.begin("ana", ip("192.0.2.1"), false, START).unwrap();
            throttle.succeed(&attempt);
        }
        assert!(!throttle.is_hot("ana", ip("192.0.2.1"), START));
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..(MOST + MOST / 2) {
            let now = START + Duration::milliseconds(i64::try_from(n).unwrap());
            let _ = throttle.begin(&format!("user{n}"), ip("192.0.2.1"), true, now);
        }
        let state = throttle.lock();
        assert!(state.pairs.0.len() <= MOST && state.accounts.0.len() <= MOST);
    }
}
