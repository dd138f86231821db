//! Who is let in, and the notes of how they came.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use platform::config::{MtlsConfig, MtlsMode};
use platform::db::Scope;
use platform::{App, Result};
use time::{Duration, OffsetDateTime};

use crate::model::Arrival;
use crate::store;

/// How often the same is written down.
const WRITTEN: Duration = Duration::minutes(1);
/// What is remembered between the writings.
const MOST: usize = 10_000;

/// What one process has seen of its services.
pub struct Watch {
    mode: Option<MtlsMode>,
    services: Vec<String>,
    seen: Mutex<HashMap<Key, Seen>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    service: String,
    arrival: Arrival,
    address: Option<IpAddr>,
}

#[derive(Default)]
struct Seen {
    unwritten: i64,
    written_at: Option<OffsetDateTime>,
}

impl Watch {
    /// `services` are the registered ones.
    pub fn of<'a>(config: &MtlsConfig, services: impl Iterator<Item = &'a str>) -> Self {
        let mode = config.enabled.then_some(config.mode);
        Self { mode, services: services.map(str::to_owned).collect(), seen: Mutex::default() }
    }

    pub(crate) fn services(&self) -> &[String] {
        &self.services
    }

    /// Notes how a registered service came; whether it is let in.
    pub async fn meet(&self, app: &App, service: &str, address: Option<IpAddr>, arrival: Arrival) -> bool {
        let Some(mode) = self.mode else { return true };
        let key = Key { service: service.to_owned(), arrival, address };
        let now = app.clock.now();
        if let Some((key, times)) = self.due(key, now)
            && let Err(error) = write(app, &key, times, now).await
        {
            // A request does not fail for it; the next one writes it.
            tracing::warn!(?error, "how a service came could not be noted");
            self.put_back(key, times);
        }
        mode == MtlsMode::Permissive || arrival == Arrival::Certified
    }

    /// Counts it, and says what is to be written now.
    fn due(&self, key: Key, now: OffsetDateTime) -> Option<(Key, i64)> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_too_many = seen.len() >= MOST && !seen.contains_key(&key);
        let key = if is_too_many { Key { address: None, ..key } } else { key };
        let entry = seen.entry(key.clone()).or_default();
        entry.unwritten += 1;
        if entry.written_at.is_some_and(|at| now - at < WRITTEN) {
            return None;
        }
        entry.written_at = Some(now);
        Some((key, std::mem::take(&mut entry.unwritten)))
    }

    fn put_back(&self, key: Key, times: i64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = seen.entry(key).or_default();
        entry.unwritten += times;
        entry.written_at = None;
    }
}

async fn write(app: &App, key: &Key, times: i64, now: OffsetDateTime) -> Result<()> {
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    store::note(&mut tx, &key.service, key.arrival, key.address, times, now).await?;
    tx.commit().await?;
    Ok(())
}
