//! The log for a central SIEM: every record as syslog over TLS, in the order of the leaves, at least once.
//!
//! Records go in rounds, each a connection of its own. Only when the receiver has read a round to its end does the place where
//! the next begins move on, in the database: after whatever went wrong the same round is sent again, on whichever node.

mod cef;
mod line;
mod ocsf;
mod receiver;

use std::time::{Duration, Instant};

use anyhow::Result;
use platform::config::SiemConfig;
use platform::db::{Db, Scope};
use platform::{App, Error};

use crate::AuditLog;
use crate::store::{self, FollowerKind};
use line::Writer;
use receiver::Receiver;

/// Records of one transaction and one write.
const PAGE: i64 = 500;
/// Records of one round: what is sent again at most.
const ROUND: u64 = 10_000;
/// A run begins no other round after this, so that it ends within its lease.
const RUN: Duration = Duration::from_secs(20);
/// A round that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Siem {
    /// As others know it: its address.
    name: String,
    writer: Writer,
    /// What is wrong with the settings, told with each try: files may come later than the process.
    config: SiemConfig,
}

impl Siem {
    /// None where records go nowhere.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn of(config: &SiemConfig) -> Option<Self> {
        let is_set = !config.address.is_empty();
        is_set.then(|| Self {
            name: config.address.clone(),
            writer: Writer::new(config.format),
            config: config.clone(),
        })
    }
}

/// Sends what is new. That the receiver is away is told in `audit_followers`, and once in the process's log.
pub async fn run(app: &App) -> platform::Result<()> {
    let log = app.service::<AuditLog>();
    let Some(siem) = &log.siem else { return Ok(()) };
    let began = Instant::now();
    while began.elapsed() < RUN {
        if !round(app, siem).await? {
            break;
        }
    }
    Ok(())
}

/// Sends one round; says whether there may be more.
async fn round(app: &App, siem: &Siem) -> platform::Result<bool> {
    let mut tx = app.db.read(Scope::System).await?;
    let known = store::follower(&mut tx, &siem.name).await?;
    let first = known.as_ref().map_or(0, |known| known.size);
    let extent = store::extent(&mut tx).await?;
    drop(tx);
    if extent.signed == first && known.is_some() {
        return Ok(false);
    }
    let sent = tokio::time::timeout(PATIENCE, send(&app.db, siem, first, extent.signed)).await;
    let sent = sent.unwrap_or_else(|_| Err(anyhow::anyhow!("it takes records too slowly")));
    let was_failing = known.is_some_and(|known| known.failing_since.is_some());
    let mut tx = app.db.begin(Scope::System).await?;
    let now = app.clock.now();
    let is_more = match &sent {
        Ok(next) => {
            store::keep_told(&mut tx, &siem.name, FollowerKind::Siem, *next, now).await?;
            if was_failing {
                tracing::info!(siem = siem.name, next, "the audit log's SIEM takes records again");
            }
            *next < extent.signed
        }
        Err(error) => {
            let problem = format!("{error:#}");
            store::keep_failing(&mut tx, &siem.name, FollowerKind::Siem, &problem, now).await?;
            if !was_failing {
                tracing::warn!(siem = siem.name, problem, "the audit log's SIEM takes no records");
            }
            false
        }
    };
    tx.commit().await?;
    Ok(is_more)
}

/// Sends the records from `first` on, at most a round of them; where the next begins.
async fn send(db: &Db, siem: &Siem, first: u64, signed: u64) -> Result<u64> {
    anyhow::ensure!(signed >= first, "it was sent {first} records of a log that has {signed} now");
    let mut connection = Receiver::of(&siem.config)?.connect().await?;
    let (mut next, end) = (first, signed.min(first + ROUND));
    while next < end {
        let mut tx = db.read(Scope::System).await.map_err(Error::from).map_err(told)?;
        let page = store::leaves_with_records(&mut tx, next, PAGE).await.map_err(told)?;
        drop(tx);
        let (mut bytes, before) = (Vec::new(), next);
        for leaf in page.iter().take_while(|leaf| leaf.index < end) {
            // A record that is gone is verification's to tell.
            if let Some(record) = &leaf.record {
                siem.writer.write(record, leaf.index, &mut bytes);
            }
            next = leaf.index + 1;
        }
        anyhow::ensure!(next > before, "the leaf {next} of the log is missing");
        connection.write(&bytes).await?;
    }
    connection.end().await?;
    Ok(next)
}

fn told(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(cause) => cause,
        Error::Problem(problem) => anyhow::anyhow!("{}", problem.detail),
    }
}
