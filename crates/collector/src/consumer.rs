//! From the spool to kept events: in order, each exactly once.
//!
//! What rules make of a batch is kept through the intake first, where a delivery key makes a second telling harmless; then
//! one transaction keeps the events and moves the spool's place on. Whatever ends the process between the two, the
//! batch is read again from the place, with the same ids and keys.

use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use futures_util::FutureExt;
use intake::{Registry, Table};
use platform::db::Scope;
use platform::{App, Result};
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::keeping::{self, Keeper, Read, Verdict};
use crate::lines::{self, Line};
use crate::spool::{Record, Spool};
use crate::{Collector, PAUSE, store};

/// Bytes of a batch.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// When nothing has come for so long, there is time to tidy up.
const REST: Duration = Duration::from_secs(2);

/// Whose spool it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Own,
    /// Of a process that is gone: read to its end.
    Stranded,
}

/// How the consumer of the own spool fares.
#[derive(Debug, Default)]
pub struct Progress {
    pub kept: AtomicU64,
    pub unparsed: AtomicU64,
    /// Of sources that are gone, damaged on disk, or refused by the database by themselves; and incidents that neither
    /// became alerts nor found room in the quarantine.
    pub lost: AtomicU64,
    /// When the first line of the batch in hand came, in milliseconds since 1970; 0 while none is.
    oldest: AtomicI64,
}

impl Progress {
    pub fn oldest(&self) -> Option<OffsetDateTime> {
        let millis = Some(self.oldest.load(Ordering::Relaxed)).filter(|millis| *millis != 0)?;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
    }
}

struct Consumer {
    app: App,
    spool: Arc<Spool>,
    kind: Kind,
    position: u64,
    keeper: Keeper,
    pending: Option<Pending>,
}

/// A batch in hand: what rules said of it stands, however often it takes to keep it.
struct Pending {
    records: Vec<Record>,
    table: Arc<Table>,
    verdict: Option<Verdict>,
}

fn silent() -> platform::Error {
    platform::Error::unavailable("database_away", "The database does not answer.")
}

/// Starts a consumer on a thread of its own: reading and matching must not hold up those who answer people.
pub fn start(app: &App, spool: Arc<Spool>, kind: Kind, running: &mut JoinSet<()>) {
    let (app, stop) = (app.apart(1), app.service::<Collector>().stop.clone());
    running.spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return tracing::error!(%error, "the consumer of log lines does not start"),
        };
        runtime.block_on(async move {
            tokio::select! {
                () = consume(app, spool, kind) => {}
                () = stop.cancelled() => {}
            }
        });
    });
}

async fn consume(app: App, spool: Arc<Spool>, kind: Kind) {
    let keeper = Keeper::new(&app);
    let mut consumer = Consumer { app, spool, kind, position: 0, keeper, pending: None };
    let (mut is_placed, mut is_waiting) = (false, false);
    loop {
        if kind == Kind::Stranded && is_placed && consumer.position >= consumer.spool.end() {
            if let Err(error) = consumer.spool.retire() {
                tracing::warn!(%error, "a spool that a process left behind is kept and could not be cleared");
            }
            return;
        }
        // A panic must not end the task, or nothing that waits were kept any more.
        let round = AssertUnwindSafe(async {
            if !is_placed {
                consumer.find_place().await?;
                is_placed = true;
            }
            consumer.round().await
        });
        let outcome = round.catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("keeping log lines panicked").into()));
        match outcome {
            Ok(()) if is_waiting => {
                is_waiting = false;
                tracing::info!("log lines are kept again");
            }
            Ok(()) => {}
            Err(error) => {
                // Where it stands may have moved on although no answer came.
                is_placed = false;
                // Told once, and not at every try.
                if !std::mem::replace(&mut is_waiting, true) {
                    let waiting_bytes = consumer.spool.bytes();
                    tracing::warn!(
                        ?error,
                        waiting_bytes,
                        "log lines and what rules remember wait to be kept"
                    );
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

impl Consumer {
    /// Goes on where the database says; rules see again what they had seen and forgotten.
    async fn find_place(&mut self) -> Result<()> {
        let mut tx = self.app.db.read(Scope::System).await?;
        let place = store::place(&mut tx, self.spool.id).await?;
        tx.rollback().await?;
        let first = self.spool.first();
        let Some(place) = place else {
            self.position = first;
            if self.kind == Kind::Own {
                self.keeper.restore(None, first);
            }
            return Ok(());
        };
        self.position = u64::try_from(place.position)?.max(first);
        self.spool.skip_to(self.position).context("the spool cannot go on where it ended")?;
        let seen = u64::try_from(place.state_position)?.max(first);
        if self.kind == Kind::Own && self.keeper.restore(place.state.as_deref(), seen) {
            self.see_again(seen).await?;
        }
        self.spool.forget(self.position, self.keeper.needed(self.position));
        Ok(())
    }

    async fn see_again(&self, mut seen: u64) -> Result<()> {
        while seen < self.position {
            let mut records = self.read(seen).await?;
            let Some(last) = records.last() else { break };
            seen = last.end;
            records.retain(|record| record.end <= self.position);
            let table = self.app.service::<Registry>().table();
            let lines = lines::lines(&records, &table, self.spool.id);
            let texts = lines.iter().map(Line::text).collect::<Vec<_>>();
            self.keeper.see(&keeping::read(&self.app, &lines, &texts));
        }
        Ok(())
    }

    async fn read(&self, position: u64) -> Result<Vec<Record>> {
        let (spool, most) = (self.spool.clone(), self.app.config.ingest.batch_size);
        Ok(tokio::task::spawn_blocking(move || spool.read(position, most, MOST_BYTES)).await??)
    }

    async fn round(&mut self) -> Result<()> {
        let Some(mut pending) = self.take_pending().await? else {
            return self.pass_damage().await;
        };
        let kept = self.keep_pending(&mut pending).await;
        if kept.is_err() {
            self.pending = Some(pending);
        }
        kept
    }

    /// The batch that could not be kept yet, or the next one; none where the spool is damaged.
    async fn take_pending(&mut self) -> Result<Option<Pending>> {
        let is_ahead =
            |pending: &Pending| pending.records.last().is_some_and(|last| last.end > self.position);
        if let Some(pending) = self.pending.take().filter(is_ahead) {
            return Ok(Some(pending));
        }
        self.set_oldest(None);
        while tokio::time::timeout(REST, self.spool.wait_for_more(self.position)).await.is_err() {
            self.rest().await?;
        }
        let records = self.read(self.position).await?;
        self.set_oldest(records.first());
        let table = self.app.service::<Registry>().table();
        Ok((!records.is_empty()).then_some(Pending { records, table, verdict: None }))
    }

    /// Nothing comes: what rules remember is saved up to here, and no part of the spool is needed any more.
    async fn rest(&mut self) -> Result<()> {
        if self.kind == Kind::Stranded || self.keeper.needed(self.position) == self.position {
            return Ok(());
        }
        let mut tx = self.app.db.begin(Scope::System).await?;
        self.keeper.save_state(&mut tx, self.spool.id, self.position).await?;
        tx.commit().await?;
        self.keeper.committed();
        self.spool.forget(self.position, self.keeper.needed(self.position));
        Ok(())
    }

    fn set_oldest(&self, first: Option<&Record>) {
        if self.kind == Kind::Own {
            let at = first.map_or(0, |first| first.accepted.received_at.unix_timestamp_nanos() / 1_000_000);
            let progress = &self.app.service::<Collector>().progress;
            progress.oldest.store(i64::try_from(at).unwrap_or_default(), Ordering::Relaxed);
        }
    }

    async fn keep_pending(&mut self, pending: &mut Pending) -> Result<()> {
        let Pending { records, table, verdict } = pending;
        let lines = lines::lines(records, table, self.spool.id);
        let texts = lines.iter().map(Line::text).collect::<Vec<_>>();
        let read = keeping::read(&self.app, &lines, &texts);
        let verdict = match verdict {
            Some(verdict) => &*verdict,
            none => none.insert(self.keeper.judge(&self.app, &read).await?),
        };
        let end = records.last().map_or(self.position, |last| last.end);
        self.keep(&read, verdict, end).await?;
        read.count(&self.app);
        let orphans = (records.len() - lines.len()) as u64;
        self.app.service::<Collector>().progress.lost.fetch_add(orphans, Ordering::Relaxed);
        self.spool.forget(self.position, self.keeper.needed(self.position));
        Ok(())
    }

    /// Keeps a batch. What the database refuses is halved, until the one that it does not take is alone and left out.
    async fn keep(&mut self, read: &Read<'_>, verdict: &Verdict, end: u64) -> Result<()> {
        // A part of it may have been kept before the database went away.
        let first = read.events.partition_point(|placed| placed.line.record.position < self.position);
        let mut parts = vec![(first..read.events.len(), end)];
        while let Some((part, end)) = parts.pop() {
            match self.try_keep(read, verdict, part.clone(), end).await {
                Ok(()) => {}
                // Whatever is wrong with the database and not with the line: the line waits.
                Err(error) if error.is_passing() && !(error.is_timeout() && part.len() > 1) => {
                    return Err(error);
                }
                Err(error) if part.len() <= 1 => {
                    tracing::error!(?error, "a log line could not be kept and is left out");
                    self.pass(end).await?;
                    self.app.service::<Collector>().progress.lost.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    tracing::warn!(
                        ?error,
                        count = part.len(),
                        "a batch of log lines was refused; it is halved"
                    );
                    let middle = part.start + part.len() / 2;
                    let between = read.end_of(middle).unwrap_or(end);
                    parts.push((middle..part.end, end));
                    parts.push((part.start..middle, between));
                }
            }
        }
        Ok(())
    }

    async fn try_keep(
        &mut self,
        read: &Read<'_>,
        verdict: &Verdict,
        part: Range<usize>,
        end: u64,
    ) -> Result<()> {
        let mut tx = self.app.db.begin(Scope::System).await?;
        let quarantined = self.keeper.keep(&self.app, &mut tx, read, verdict, part.clone()).await?;
        self.advance(&mut tx, end).await?;
        // Rules have seen the whole batch: what they remember belongs to its end.
        if self.kind == Kind::Own && part.end == read.events.len() {
            self.keeper.save_state(&mut tx, self.spool.id, end).await?;
        }
        tokio::select! {
            committed = tx.commit() => committed?,
            () = self.app.db.pulse().lost() => return Err(silent()),
        }
        self.keeper.committed();
        self.keeper.count_refused(&self.app, &quarantined);
        self.position = end;
        Ok(())
    }

    async fn advance(&self, tx: &mut platform::Tx, end: u64) -> Result<()> {
        let (from, to) = (i64::try_from(self.position)?, i64::try_from(end)?);
        if !store::advance(tx, self.spool.id, from, to).await? {
            // An earlier commit of ours, whose answer was lost, or another process.
            return Err(platform::Error::unavailable("moved_on", "The spool's place has moved on."));
        }
        Ok(())
    }

    /// Goes on behind what the disk has spoilt.
    async fn pass_damage(&mut self) -> Result<()> {
        let behind = self.spool.behind_damage(self.position);
        tracing::error!(
            from = self.position,
            to = behind,
            "a part of the spool cannot be read and is left out"
        );
        self.app.service::<Collector>().progress.lost.fetch_add(1, Ordering::Relaxed);
        self.pass(behind).await
    }

    /// Goes on without what stands before `end`.
    async fn pass(&mut self, end: u64) -> Result<()> {
        let mut tx = self.app.db.begin(Scope::System).await?;
        self.advance(&mut tx, end).await?;
        tx.commit().await?;
        self.position = end;
        Ok(())
    }
}
