//! What becomes of a batch of lines: alerts through the intake, events into their table.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use assets::Inventory;
use bytes::Bytes;
use detection::fingerprint;
use events::NewEvent;
use futures_util::future::join_all;
use intake::{Arrival, Incoming, Intake, Observed};
use log_formats::{Event, Format};
use platform::{App, Error, Result, Tx};
use rules::{Engine, Firing, Seen};
use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;
use vocab::{AlertId, OrganizationId, SourceId};

use crate::lines::Line;
use crate::{Collector, store};

/// Between two tries while the database is away.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two savings of what rules remember.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// A line with its event and its organization.
pub struct Placed<'r> {
    pub line: &'r Line<'r>,
    pub organization: OrganizationId,
    pub event: Event<'r>,
}

/// A batch, read.
pub struct Read<'r> {
    pub events: Vec<Placed<'r>>,
    /// Lines of sources that map them to nobody.
    unplaced: u64,
}

pub fn read<'r>(lines: &'r [Line<'r>], texts: &'r [Cow<'r, str>]) -> Read<'r> {
    let mut unplaced = 0;
    let mut events = Vec::with_capacity(lines.len());
    for (line, text) in lines.iter().zip(texts) {
        let event = line.event(text);
        match line.organization(&event) {
            Some(organization) => events.push(Placed { line, organization, event }),
            None => unplaced += 1,
        }
    }
    Read { events, unplaced }
}

impl Read<'_> {
    /// Where the event before `index` ends in the spool.
    pub fn end_of(&self, index: usize) -> Option<u64> {
        self.events.get(index.checked_sub(1)?).map(|placed| placed.line.record.end)
    }

    /// Counts what was kept, by source and minute.
    pub fn count(&self, app: &App) {
        let mut seen = HashMap::<(SourceId, OffsetDateTime), Observed>::new();
        for placed in &self.events {
            let at = placed.line.record.accepted.received_at;
            let minute = at.replace_second(0).and_then(|at| at.replace_nanosecond(0)).unwrap_or(at);
            let observed = seen.entry((placed.line.source.id, minute)).or_default();
            observed.received += 1;
            observed.unparsed += i64::from(placed.event.unparsed.is_some());
        }
        let (intake, progress) = (app.service::<Intake>(), &app.service::<Collector>().progress);
        for ((source, minute), observed) in seen {
            intake.observe(source, minute, observed);
            progress.unparsed.fetch_add(observed.unparsed.unsigned_abs(), Ordering::Relaxed);
        }
        progress.kept.fetch_add(self.events.len() as u64, Ordering::Relaxed);
        progress.lost.fetch_add(self.unplaced, Ordering::Relaxed);
    }
}

/// What rules said of a batch, and which alerts came of it; they are kept already.
#[derive(Default)]
pub struct Verdict {
    /// The rules that each event met.
    pub matched: Vec<Vec<Uuid>>,
    pub told: Vec<(Firing, OrganizationId, AlertId)>,
}

/// Keeps batches, and what rules remember between them.
pub struct Keeper {
    engine: Arc<Engine>,
    is_restored: bool,
    saved_at: Option<Instant>,
    /// Up to where what rules remember is in the database, and up to where it will be with the next commit.
    saved: u64,
    saving: Option<u64>,
}

impl Keeper {
    pub fn new(app: &App) -> Self {
        Self { engine: app.service::<Engine>(), is_restored: false, saved_at: None, saved: 0, saving: None }
    }

    /// Gives rules back what they remembered at `position`; false when they still know better themselves.
    pub fn restore(&mut self, state: Option<&[u8]>, position: u64) -> bool {
        if self.is_restored {
            return false;
        }
        self.is_restored = true;
        self.saved = position;
        match state.map(serde_json::from_slice) {
            Some(Ok(state)) => self.engine.restore(state),
            Some(Err(error)) => tracing::warn!(%error, "what rules remembered cannot be read"),
            None => {}
        }
        true
    }

    /// Shows rules events that are kept already.
    pub fn see(&self, read: &Read<'_>) {
        self.engine.evaluate(&read.seen());
    }

    /// From where the spool is needed after a restart.
    pub fn needed(&self, position: u64) -> u64 {
        if self.is_restored { self.saved.min(position) } else { position }
    }

    /// Asks the rules, and keeps what becomes an alert. Waits for the database as long as it takes.
    pub async fn judge(&self, app: &App, read: &Read<'_>) -> Result<Verdict> {
        let evaluation = self.engine.evaluate_all(&read.seen());
        let mut matched = vec![Vec::new(); read.events.len()];
        for (at, rule) in evaluation.matched {
            if let Some(rules) = matched.get_mut(at) {
                rules.push(rule);
            }
        }
        let inventory = app.service::<Inventory>();
        let incidents = read.events.iter().filter(|placed| placed.event.format == Format::Fortisiem);
        let incidents = incidents.flat_map(|placed| placed.incidents(&inventory));
        let fired = evaluation.firings.into_iter().filter_map(|firing| {
            let placed = read.events.get(firing.event)?;
            Some((placed.fired(&firing, &inventory), Some((firing, placed.organization))))
        });
        let alerts = incidents.map(|incoming| (incoming, None)).chain(fired).collect::<Vec<_>>().into_iter();
        let told = join_all(alerts.map(|(incoming, fired)| async move {
            let alert = keep_alert(app, &incoming).await?;
            fired.map(|(firing, organization)| (firing, organization, alert))
        }));
        let told = told.await.into_iter().flatten().collect();
        Ok(Verdict { matched, told })
    }

    /// Keeps events, each with the rules it met.
    pub async fn keep(
        &self,
        tx: &mut Tx,
        read: &Read<'_>,
        verdict: &Verdict,
        part: Range<usize>,
    ) -> Result<()> {
        let placed = read.events.get(part.clone()).unwrap_or_default();
        let matched = verdict.matched.get(part.clone()).unwrap_or_default();
        let events = placed.iter().zip(matched).map(|(placed, rules)| NewEvent {
            id: placed.line.id,
            organization: placed.organization,
            source: placed.line.source.id,
            event: &placed.event,
            raw: &placed.line.record.accepted.message,
            sender: placed.line.record.accepted.sender.ip(),
            rules: rules.clone(),
        });
        events::keep(tx, &events.collect::<Vec<_>>()).await?;
        let told = verdict.told.iter().filter(|(firing, ..)| part.contains(&firing.event));
        let told =
            told.map(|(firing, organization, alert)| (firing, *organization, *alert)).collect::<Vec<_>>();
        Ok(rules::record(tx, &told).await?)
    }

    /// Saves what rules remember now and then, in the transaction that keeps what they have seen.
    pub async fn save_state(&mut self, tx: &mut Tx, spool: Uuid, end: u64) -> Result<()> {
        self.saving = None;
        if self.saved_at.is_some_and(|at| at.elapsed() < SAVE_EVERY) {
            return Ok(());
        }
        let state = serde_json::to_vec(&self.engine.state())?;
        store::save_state(tx, spool, i64::try_from(end)?, &state).await?;
        self.saving = Some(end);
        Ok(())
    }

    /// The transaction has committed.
    pub fn committed(&mut self) {
        if let Some(end) = self.saving.take() {
            self.saved = end;
            self.saved_at = Some(Instant::now());
        }
    }
}

/// Keeps an alert; none when the database refuses it by itself. What is on its way at a stop is read again from the spool.
async fn keep_alert(app: &App, incoming: &Incoming) -> Option<AlertId> {
    let intake = app.service::<Intake>();
    loop {
        match intake.keep(Box::new(incoming.clone())).await {
            Ok(answer) => return Some(answer.alert.id),
            Err(error) if error.is_database_away() || is_stopping(&error) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::error!(?error, rule = incoming.notification.rule_id, "an alert could not be kept");
                return None;
            }
        }
    }
}

fn is_stopping(error: &Error) -> bool {
    matches!(error, Error::Problem(problem) if problem.code == "stopping")
}

impl<'r> Read<'r> {
    fn seen(&self) -> Vec<Seen<'_>> {
        let seen = self.events.iter().map(|placed| Seen {
            id: placed.line.id,
            organization: placed.organization,
            source: placed.line.source.id,
            event: &placed.event,
            raw: &placed.line.record.accepted.message,
        });
        seen.collect()
    }
}

impl Placed<'_> {
    fn arrival(&self, raw: &Bytes) -> Arc<Arrival> {
        let accepted = &self.line.record.accepted;
        Arc::new(Arrival {
            source: self.line.source.clone(),
            body: raw.clone(),
            content_type: None,
            received_at: accepted.received_at,
            ip: Some(accepted.sender.ip()),
            request_id: None,
        })
    }

    /// What a rule makes of it.
    fn fired(&self, firing: &Firing, inventory: &Inventory) -> Incoming {
        let raw = &self.line.record.accepted.message;
        let (arrival, notification) = (self.arrival(raw), firing.notification.clone());
        let key = firing.delivery_key;
        *intake::incoming(&arrival, self.organization, notification, raw.clone(), key, inventory)
    }

    /// FortiSIEM's incidents within it, as the webhook would take them.
    fn incidents(&self, inventory: &Inventory) -> Vec<Incoming> {
        let source = &self.line.source;
        let body = Bytes::copy_from_slice(self.line.body());
        let limits = fortisiem::Limits { bytes: body.len(), ..fortisiem::Limits::default() };
        let delivery = match source.zone {
            Some(zone) => fortisiem::read_in_zone(&body, &limits, zone),
            None => fortisiem::read(&body, &limits),
        };
        let Ok(delivery) = delivery else { return Vec::new() };
        let elements = delivery.elements.into_iter().filter_map(|element| {
            let (raw, notification) = (body.slice(element.raw), element.reading.ok()?);
            let named = source.organization(notification.organization.as_deref());
            let key = fingerprint::delivery(source.id, &fortisiem::payload_hash(&raw));
            let organization = named.unwrap_or(self.organization);
            Some(*intake::incoming(&self.arrival(&raw), organization, notification, raw, key, inventory))
        });
        elements.collect()
    }
}
