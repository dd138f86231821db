//! Shares that all nodes count together, in Redis. A request waits some milliseconds for it at most; while Redis is away each
//! node counts by itself, says so once, and tries again in the background.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Script, TlsCertificates};

use crate::config::RedisConfig;

/// Between two looks at Redis, whether it is there or away.
const LOOK: Duration = Duration::from_secs(1);
/// For a connection with its handshake, which no request waits for.
const CONNECTING: Duration = Duration::from_secs(2);
/// One late answer may be a hiccup of ours; after so many on end nobody waits for it any more.
const MOST_LATE: u32 = 3;
/// A share that nobody exhausts.
const PROBE_PER_MINUTE: u32 = 60_000;

/// Takes one request off a share, or says how many microseconds to wait (the generic cell rate algorithm). What is kept is
/// when the share will be whole again, by the clock of Redis: those of the nodes may differ. A time further away than the
/// share allows, from a clock that was set back or another limit, is cut.
const TAKE: &str = r"
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local most = tonumber(ARGV[1])
local burst = 60000000
local whole = tonumber(redis.call('GET', KEYS[1]) or now)
whole = math.max(now, math.min(whole, now + burst)) + burst / most
local wait = whole - now - burst
if wait > 0 then
    return math.ceil(wait)
end
redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.ceil((whole - now) / 1000))
return 0
";

/// The shares in Redis, as one process reaches them.
pub struct Shared {
    client: Client,
    script: Script,
    key_prefix: String,
    patience: Duration,
    /// None while Redis is away.
    connection: RwLock<Option<MultiplexedConnection>>,
    is_told_away: AtomicBool,
    late_on_end: AtomicU32,
    counted_alone: AtomicU64,
}

/// How a process fares with Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub is_there: bool,
    /// Requests that this process counted by itself because Redis did not answer.
    pub counted_alone: u64,
}

impl Shared {
    /// None where the settings name no Redis. Connects to nothing yet.
    pub fn of(config: &RedisConfig) -> Result<Option<Self>> {
        if config.url.is_empty() {
            return Ok(None);
        }
        ensure!(config.answer_milliseconds > 0, "redis.answer_milliseconds is 0");
        Ok(Some(Self {
            client: client(config)?,
            script: Script::new(TAKE),
            key_prefix: config.key_prefix.clone(),
            patience: Duration::from_millis(config.answer_milliseconds),
            connection: RwLock::default(),
            is_told_away: AtomicBool::new(false),
            late_on_end: AtomicU32::new(0),
            counted_alone: AtomicU64::new(0),
        }))
    }

    /// Takes one request off the share `key`: the time to wait, zero where it was granted. None when Redis does not say in time.
    pub(super) async fn take(&self, key: &str, per_minute: u32) -> Option<Duration> {
        let taken = match self.connection() {
            Some(connection) => self.ask(connection, key, per_minute).await,
            None => None,
        };
        if taken.is_none() {
            self.counted_alone.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    pub fn standing(&self) -> Standing {
        Standing {
            is_there: self.connection().is_some(),
            counted_alone: self.counted_alone.load(Ordering::Relaxed),
        }
    }

    /// Notices again and again that Redis is away, or back.
    pub(super) async fn follow(&self) {
        loop {
            match self.connection() {
                Some(connection) => {
                    self.ask(connection, "probe", PROBE_PER_MINUTE).await;
                }
                None => match self.connect().await {
                    Ok(connection) => self.found(connection),
                    Err(error) => self.lose(&format!("{error:#}")),
                },
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn ask(&self, connection: MultiplexedConnection, key: &str, per_minute: u32) -> Option<Duration> {
        match tokio::time::timeout(self.patience, self.run(connection, key, per_minute)).await {
            Ok(Ok(wait)) => {
                self.late_on_end.store(0, Ordering::Relaxed);
                Some(wait)
            }
            Ok(Err(error)) => {
                self.lose(&format!("{error:#}"));
                None
            }
            Err(_) => {
                if self.late_on_end.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_LATE {
                    self.lose("it does not answer in time");
                }
                None
            }
        }
    }

    async fn run(
        &self,
        mut connection: MultiplexedConnection,
        key: &str,
        per_minute: u32,
    ) -> Result<Duration> {
        let key = format!("{}share:{key}", self.key_prefix);
        let micros: u64 = self.script.key(key).arg(per_minute).invoke_async(&mut connection).await?;
        // A share comes back within a minute.
        ensure!(micros <= 60_000_000, "it answers what no share waits for");
        Ok(Duration::from_micros(micros))
    }

    /// A connection that does what is asked of it: one to a replica, or to a server that is full, answers and takes nothing.
    async fn connect(&self) -> Result<MultiplexedConnection> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTING)).set_response_timeout(None);
        let connecting = self.client.get_multiplexed_async_connection_with_config(&config);
        let connected = tokio::time::timeout(CONNECTING, connecting).await;
        let connection = connected.context("it does not answer")?.context("it cannot be reached")?;
        // The first run also brings the script there, and is given the time.
        let tried = self.run(connection.clone(), "probe", PROBE_PER_MINUTE);
        tokio::time::timeout(CONNECTING, tried).await.context("it does not answer")??;
        let again = self.run(connection.clone(), "probe", PROBE_PER_MINUTE);
        tokio::time::timeout(self.patience, again).await.context("it does not answer in time")??;
        Ok(connection)
    }

    fn connection(&self) -> Option<MultiplexedConnection> {
        self.connection.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn found(&self, connection: MultiplexedConnection) {
        self.late_on_end.store(0, Ordering::Relaxed);
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        self.is_told_away.store(false, Ordering::Relaxed);
        tracing::info!("requests are counted together with the other nodes, in Redis");
    }

    fn lose(&self, cause: &str) {
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = None;
        if !self.is_told_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(cause, "Redis is away: this node counts requests by itself until it is back");
        }
    }
}

/// Whether Redis takes what nodes ask of it; for who looks once, and has the time.
pub async fn check(config: &RedisConfig) -> Result<()> {
    match Shared::of(config)? {
        None => Ok(()),
        Some(shared) => shared.connect().await.map(drop),
    }
}

fn client(config: &RedisConfig) -> Result<Client> {
    let url = config.url.expose();
    let is_tls = url.starts_with("rediss://");
    if config.ca_file.as_os_str().is_empty() {
        return Client::open(url).context("redis.url is no address such as redis://:password@host:6379");
    }
    if !is_tls {
        bail!("redis.ca_file is for a redis.url of rediss://");
    }
    let authorities = std::fs::read(&config.ca_file)
        .with_context(|| format!("redis.ca_file: cannot read {}", config.ca_file.display()))?;
    let certificates = TlsCertificates { client_tls: None, root_cert: Some(authorities) };
    Client::build_with_tls(url, certificates).context("redis.url or redis.ca_file")
}
