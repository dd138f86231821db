//! Who sends without being known: counted in memory, shown from a table, both bounded.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use platform::config::UnknownSenders as Policy;
use platform::db::Scope;
use platform::{Actor, App, Result};
use time::OffsetDateTime;
use vocab::SourceId;

use crate::spool::Transport;
use crate::store;

/// Addresses remembered between two writings; a flood of made-up ones leaves no more.
const MOST: usize = 1000;
const SAMPLE_BYTES: usize = 512;

#[derive(Debug, Clone)]
pub struct Noted {
    pub transport: Transport,
    pub messages: i64,
    pub first_seen_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
    pub sample: Vec<u8>,
}

#[derive(Debug, Default)]
pub struct UnknownSenders(Mutex<HashMap<IpAddr, Noted>>);

impl UnknownSenders {
    pub fn note(&self, address: IpAddr, transport: Transport, sample: &[u8], now: OffsetDateTime) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = noted.get_mut(&address) {
            known.messages += 1;
            known.last_seen_at = now;
            return;
        }
        if noted.len() < MOST {
            let sample = sample.get(..SAMPLE_BYTES).unwrap_or(sample).to_vec();
            noted.insert(
                address,
                Noted { transport, messages: 1, first_seen_at: now, last_seen_at: now, sample },
            );
        }
    }

    /// Writes what was noted; what cannot be written is noted still.
    pub async fn flush(&self, app: &App) -> Result<()> {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if noted.is_empty() {
            return Ok(());
        }
        let written = store::add_unknown(app, &noted, MOST).await;
        if written.is_err() {
            let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for (address, one) in noted {
                if let Some(known) = since.get_mut(&address) {
                    known.messages += one.messages;
                    known.first_seen_at = one.first_seen_at;
                } else if since.len() < MOST {
                    since.insert(address, one);
                }
            }
        }
        written
    }
}

/// Where unknown senders are to be kept, makes the source that takes them all, unless some source has the whole world
/// already. It is a source like others: people rename it, map it elsewhere, switch it off.
pub async fn prepare(app: &App) -> Result<()> {
    if app.config.ingest.unknown_senders == Policy::Refuse {
        return Ok(());
    }
    let mut tx = app.db.begin(Scope::System).await?;
    let Some(organization) = store::oldest_organization(&mut tx).await? else { return Ok(()) };
    if store::has_catch_all(&mut tx).await? {
        return Ok(());
    }
    let new = intake::NewSource::syslog("Unknown senders", ["0.0.0.0/0", "::/0"], organization)?;
    let created = intake::add_source(&mut tx, &Actor::system(), &new, app.clock.now()).await?;
    tx.commit().await?;
    let id: SourceId = created.source.id;
    tracing::info!(source = %id, "unknown senders are kept, as a source of their own");
    app.service::<intake::Registry>().refresh(app).await
}
