//! How much one caller may ask: a share for each person and program, and one for each network of those whom we do not
//! know. A share refills steadily; whoever has used theirs is told how long to wait. Nodes count together where they have a
//! Redis, and each by itself where not.

mod shared;

use std::fmt::Display;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::config::{LimitsConfig, RedisConfig};
use crate::principal::Caller;
use crate::{App, Error, Result};

pub use shared::{Shared, Standing, check};

/// Between two looks for shares that are whole again and need no memory.
const SWEEP: Duration = Duration::from_secs(60);
/// Credentials that are looked up, for each request that somebody unknown has: all who work behind one address are unknown to a
/// process that has just started, with every page that they have open.
const LOOK_UPS: u32 = 20;
/// The code of a refusal.
pub const TOO_MANY: &str = "too_many_requests";

/// The shares as this process knows them.
pub struct Limits {
    of_people: Shares<Uuid>,
    of_networks: Shares<IpAddr>,
    of_look_ups: Shares<IpAddr>,
    shared: Option<Shared>,
}

impl Limits {
    /// Fails where the settings of Redis are wrong; whether it is there shows later.
    pub fn new(config: &LimitsConfig, redis: &RedisConfig) -> anyhow::Result<Self> {
        Ok(Self {
            of_people: Shares::new("person", config.requests_per_minute),
            of_networks: Shares::new("network", config.unknown_requests_per_minute),
            of_look_ups: Shares::new("look-up", config.unknown_requests_per_minute.saturating_mul(LOOK_UPS)),
            shared: Shared::of(redis)?,
        })
    }

    /// Takes one request off the caller's share, or says how long to wait. A crowd behind one address costs nobody
    /// who has signed in.
    pub async fn take(&self, caller: &Caller) -> Result<()> {
        let shared = self.shared.as_ref();
        match &caller.principal {
            Some(principal) => self.of_people.take(principal.user_id.uuid(), shared).await,
            None => self.of_networks.take(network_of(caller.ip), shared).await,
        }
    }

    /// Takes one look-up of a credential that this process does not know off a share of its network's. Every process counts by
    /// itself: what may run short are its own connections to the database.
    pub async fn take_look_up(&self, ip: Option<IpAddr>) -> Result<()> {
        self.of_look_ups.take(network_of(ip), None).await
    }

    /// How it stands with Redis; None where the settings name none.
    pub fn standing(&self) -> Option<Standing> {
        self.shared.as_ref().map(Shared::standing)
    }

    fn forget_the_whole(&self) {
        self.of_people.forget_the_whole();
        self.of_networks.forget_the_whole();
        self.of_look_ups.forget_the_whole();
    }
}

/// Keeps memory to those who ask at present, and an eye on Redis.
#[expect(clippy::disallowed_methods, reason = "the caller owns the task")]
pub fn start(app: &App) -> JoinHandle<()> {
    let limits = app.limits.clone();
    tokio::spawn(async move {
        let follow = async {
            if let Some(shared) = &limits.shared {
                shared.follow().await;
            }
        };
        let sweep = async {
            loop {
                tokio::time::sleep(SWEEP).await;
                limits.forget_the_whole();
            }
        };
        tokio::join!(follow, sweep);
    })
}

/// The shares of one kind; no limit where there is none.
struct Shares<K: Hash + Eq + Clone> {
    kind: &'static str,
    per_minute: u32,
    here: Option<DefaultKeyedRateLimiter<K>>,
}

impl<K: Hash + Eq + Clone + Display> Shares<K> {
    fn new(kind: &'static str, per_minute: u32) -> Self {
        let here = NonZeroU32::new(per_minute).map(|count| RateLimiter::keyed(Quota::per_minute(count)));
        Self { kind, per_minute, here }
    }

    async fn take(&self, key: K, shared: Option<&Shared>) -> Result<()> {
        let Some(here) = &self.here else { return Ok(()) };
        let together = match shared {
            Some(shared) => shared.take(&format!("{}:{key}", self.kind), self.per_minute).await,
            None => None,
        };
        match together {
            Some(Duration::ZERO) => Ok(()),
            Some(wait) => Err(too_many(wait)),
            None => here
                .check_key(&key)
                .map_err(|until| too_many(until.wait_time_from(DefaultClock::default().now()))),
        }
    }

    fn forget_the_whole(&self) {
        if let Some(here) = &self.here {
            here.retain_recent();
            here.shrink_to_fit();
        }
    }
}

fn too_many(wait: Duration) -> Error {
    let seconds = wait.as_secs() + 1;
    let detail = format!("That was more than your share of requests; try again in {seconds} seconds.");
    Error::problem(StatusCode::TOO_MANY_REQUESTS, TOO_MANY, detail)
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
    use std::path::PathBuf;

    use super::*;

    fn caller(ip: &str) -> Caller {
        Caller { ip: Some(ip.parse().unwrap()), ..Caller::default() }
    }

    fn limits(requests_per_minute: u32, unknown_requests_per_minute: u32) -> Limits {
        let none = RedisConfig {
            url: String::new().into(),
            ca_file: PathBuf::new(),
            key_prefix: String::new(),
            answer_milliseconds: 1,
        };
        Limits::new(&LimitsConfig { requests_per_minute, unknown_requests_per_minute }, &none).unwrap()
    }

    #[tokio::test]
    async fn every_network_has_a_share_of_its_own() {
        let limits = limits(0, 3);
        for _ in 0..3 {
            limits.take(&caller("192.0.2.1")).await.unwrap();
        }
        assert!(limits.take(&caller("192.0.2.1")).await.is_err());
        assert!(limits.take(&caller("::ffff:192.0.2.1")).await.is_err());
        limits.take(&caller("192.0.2.2")).await.unwrap();
        for last in 1..=3 {
            limits.take(&caller(&format!("2001:db8::{last}"))).await.unwrap();
        }
        assert!(limits.take(&caller("2001:db8::4")).await.is_err());
        limits.take(&caller("2001:db8:0:1::4")).await.unwrap();
    }

    #[tokio::test]
    async fn look_ups_have_a_share_of_their_own() {
        let (limits, ip) = (limits(0, 1), Some("192.0.2.1".parse().unwrap()));
        for _ in 0..LOOK_UPS {
            limits.take_look_up(ip).await.unwrap();
        }
        assert_eq!(limits.take_look_up(ip).await.unwrap_err().code(), TOO_MANY);
        limits.take_look_up(Some("192.0.2.2".parse().unwrap())).await.unwrap();
        limits.take(&caller("192.0.2.1")).await.unwrap();
    }

    #[tokio::test]
    async fn without_a_limit_nobody_is_counted() {
        let limits = limits(0, 0);
        for _ in 0..10_000 {
            limits.take(&caller("192.0.2.1")).await.unwrap();
            limits.take_look_up(None).await.unwrap();
        }
    }
}
