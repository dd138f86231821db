//! How much one caller may ask: a share for each person and program, and one for each network of those whom we do not
//! know. A share refills steadily; whoever has used theirs is told how long to wait.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::config::LimitsConfig;
use crate::principal::Caller;
use crate::{App, Error, Result};

/// Between two looks for shares that are whole again and need no memory.
const SWEEP: Duration = Duration::from_secs(60);

/// The shares of this process.
pub struct Limits {
    of_people: Shares<Uuid>,
    of_networks: Shares<IpAddr>,
}

impl Limits {
    pub fn new(config: &LimitsConfig) -> Self {
        Self {
            of_people: Shares::new(config.requests_per_minute),
            of_networks: Shares::new(config.unknown_requests_per_minute),
        }
    }

    /// Takes one request off the caller's share, or says how long to wait. A crowd behind one address costs nobody
    /// who has signed in.
    pub fn take(&self, caller: &Caller) -> Result<()> {
        match &caller.principal {
            Some(principal) => self.of_people.take(principal.user_id.uuid()),
            None => self.of_networks.take(network_of(caller.ip)),
        }
    }

    fn forget_the_whole(&self) {
        self.of_people.forget_the_whole();
        self.of_networks.forget_the_whole();
    }
}

/// Keeps memory to those who ask at present.
#[expect(clippy::disallowed_methods, reason = "the caller owns the task")]
pub fn start(app: &App) -> JoinHandle<()> {
    let limits = app.limits.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(SWEEP).await;
            limits.forget_the_whole();
        }
    })
}

/// Nothing where there is no limit.
struct Shares<K: Hash + Eq + Clone>(Option<DefaultKeyedRateLimiter<K>>);

impl<K: Hash + Eq + Clone> Shares<K> {
    fn new(per_minute: u32) -> Self {
        Self(NonZeroU32::new(per_minute).map(|count| RateLimiter::keyed(Quota::per_minute(count))))
    }

    fn take(&self, key: K) -> Result<()> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(&key).map_err(|until| too_many(until.wait_time_from(DefaultClock::default().now())))
    }

    fn forget_the_whole(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

fn too_many(wait: Duration) -> Error {
    let seconds = wait.as_secs() + 1;
    let detail = format!("That was more than your share of requests; try again in {seconds} seconds.");
    Error::problem(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
}

/// Whoever has one IPv6 address has 2^64 of them: they count as one.
pub fn network_of(ip: Option<IpAddr>) -> IpAddr {
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Some(ip) => ip,
        None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(ip: &str) -> Caller {
        Caller { ip: Some(ip.parse().unwrap()), ..Caller::default() }
    }

    #[test]
    fn every_network_has_a_share_of_its_own() {
        let limits = Limits::new(&LimitsConfig { requests_per_minute: 0, unknown_requests_per_minute: 3 });
        for _ in 0..3 {
            limits.take(&caller("192.0.2.1")).unwrap();
        }
        assert!(limits.take(&caller("192.0.2.1")).is_err());
        assert!(limits.take(&caller("::ffff:192.0.2.1")).is_err());
        limits.take(&caller("192.0.2.2")).unwrap();
        for last in 1..=3 {
            limits.take(&caller(&format!("2001:db8::{last}"))).unwrap();
        }
        assert!(limits.take(&caller("2001:db8::4")).is_err());
        limits.take(&caller("2001:db8:0:1::4")).unwrap();
    }

    #[test]
    fn without_a_limit_nobody_is_counted() {
        let limits = Limits::new(&LimitsConfig { requests_per_minute: 0, unknown_requests_per_minute: 0 });
        for _ in 0..10_000 {
            limits.take(&caller("192.0.2.1")).unwrap();
        }
    }
}
