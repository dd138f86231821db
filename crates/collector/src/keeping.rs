//! What becomes of a batch of lines: alerts through the intake, events into their table.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use assets::Inventory;
use events::NewEvent;
use futures_util::future::join_all;
use intake::{Incoming, Intake, Observed};
use log_formats::{Event, Format};
use platform::{App, Result, Tx};
use rules::{Engine, Firing, Seen};
use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;
use vocab::{AlertId, OrganizationId, SourceId};

use crate::incidents::{Held, Incidents};
use crate::lines::Line;
use crate::{Collector, PAUSE, store};

/// What the quarantine takes of one source.
const HELD_AN_HOUR: i64 = 1000;
const HOUR: Duration = Duration::from_secs(3600);
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
    incidents: Incidents,
    /// Lines of sources that map them to nobody.
    unplaced: u64,
}

pub fn read<'r>(app: &App, lines: &'r [Line<'r>], texts: &'r [Cow<'r, str>]) -> Read<'r> {
    let (mut unplaced, mut incidents) = (0, Incidents::default());
    let mut events = Vec::with_capacity(lines.len());
    for (line, text) in lines.iter().zip(texts) {
        let event = line.event(text);
        let mut organization = line.organization(&event);
        if event.format == Format::Fortisiem {
            organization = incidents.read(app, line, events.len(), organization);
        }
        match organization {
            Some(organization) => events.push(Placed { line, organization, event }),
            None => unplaced += 1,
        }
    }
    Read { events, incidents, unplaced }
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
            let observed = seen.entry((placed.line.source.id, minute(at))).or_default();
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

fn minute(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_second(0).and_then(|at| at.replace_nanosecond(0)).unwrap_or(at)
}

/// What rules said of a batch, and which alerts came of it; they are kept already.
#[derive(Default)]
pub struct Verdict {
    /// The rules that each event met.
    pub matched: Vec<Vec<Uuid>>,
    pub told: Vec<(Firing, OrganizationId, AlertId)>,
    /// Incidents that the database does not take.
    held: Vec<Held>,
}

/// Keeps batches, and what rules remember between them.
pub struct Keeper {
    engine: Arc<Engine>,
    is_restored: bool,
    saved_at: Option<Instant>,
    /// Up to where what rules remember is in the database, and up to where it will be with the next commit.
    saved: u64,
    saving: Option<u64>,
    /// Sources of which the quarantine takes no more, and since when that is told.
    told_full: HashMap<SourceId, Instant>,
}

impl Keeper {
    pub fn new(app: &App) -> Self {
        let engine = app.service::<Engine>();
        Self { engine, is_restored: false, saved_at: None, saved: 0, saving: None, told_full: HashMap::new() }
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
        let held = read.incidents.keep(app).await;
        let fired = evaluation.firings.into_iter().filter_map(|firing| {
            let placed = read.events.get(firing.event)?;
            Some((placed.fired(&firing, &inventory), firing, placed.organization))
        });
        let fired = fired.collect::<Vec<_>>().into_iter();
        let told = join_all(fired.map(|(incoming, firing, organization)| async move {
            keep_alert(app, &incoming).await.map(|alert| (firing, organization, alert))
        }));
        let told = told.await.into_iter().flatten().collect();
        Ok(Verdict { matched, told, held })
    }

    /// Keeps events, each with the rules it met, and what of their lines could not be taken; answers what became of the
    /// latter.
    pub async fn keep(
        &self,
        app: &App,
        tx: &mut Tx,
        read: &Read<'_>,
        verdict: &Verdict,
        part: Range<usize>,
    ) -> Result<Vec<Quarantined>> {
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
        // What stands behind the last event goes with the last part.
        let is_last = part.end == read.events.len();
        let held = read.incidents.held.iter().chain(&verdict.held);
        let held = held.filter(|held| part.contains(&held.at) || is_last && held.at == part.end);
        let quarantined = hold(tx, app, held).await?;
        let told = verdict.told.iter().filter(|(firing, ..)| part.contains(&firing.event));
        let told =
            told.map(|(firing, organization, alert)| (firing, *organization, *alert)).collect::<Vec<_>>();
        rules::record(tx, &told).await?;
        Ok(quarantined)
    }

    /// Counts what was refused, and tells now and then of a source that the quarantine takes no more of.
    pub fn count_refused(&mut self, app: &App, quarantined: &[Quarantined]) {
        let (intake, progress) = (app.service::<Intake>(), &app.service::<Collector>().progress);
        for one in quarantined {
            let observed = Observed { quarantined: one.rows, ..Observed::default() };
            intake.observe(one.source, minute(one.at), observed);
            if one.rows > 0 {
                continue;
            }
            progress.lost.fetch_add(1, Ordering::Relaxed);
            self.told_full.retain(|_, at| at.elapsed() < HOUR);
            if let Entry::Vacant(unknown) = self.told_full.entry(one.source) {
                unknown.insert(Instant::now());
                let source = one.source;
                tracing::warn!(%source, "the quarantine takes no more of this source within the hour");
            }
        }
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

/// What was refused of a line, and how many rows of the quarantine have it; none beyond the bound.
pub struct Quarantined {
    source: SourceId,
    at: OffsetDateTime,
    rows: i64,
}

/// Puts into quarantine what could not be taken, within bounds: whoever knows a sender's address could fill the disk with
/// it. Beyond them the lines stand among the events alone.
async fn hold<'h>(tx: &mut Tx, app: &App, held: impl Iterator<Item = &'h Held>) -> Result<Vec<Quarantined>> {
    let mut quarantined = Vec::new();
    let mut rooms = HashMap::<SourceId, i64>::new();
    for held in held {
        let source = held.arrival.source.id;
        let room = match rooms.entry(source) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let since = app.clock.now() - HOUR;
                unknown.insert(HELD_AN_HOUR - intake::held_since(tx, source, since, HELD_AN_HOUR).await?)
            }
        };
        let mut rows = 0;
        if *room > 0 {
            rows = i64::try_from(intake::hold_with(tx, app, &held.arrival, &held.refused).await?.len())?;
            *room -= rows;
        }
        quarantined.push(Quarantined { source, at: held.arrival.received_at, rows });
    }
    Ok(quarantined)
}

/// Keeps an alert; none when the database refuses it by itself. What is on its way at a stop is read again from the spool.
async fn keep_alert(app: &App, incoming: &Incoming) -> Option<AlertId> {
    let intake = app.service::<Intake>();
    loop {
        match intake.keep(Box::new(incoming.clone())).await {
            Ok(answer) => {
                intake.count_alert(incoming.arrival.source.id, &answer);
                return Some(answer.alert.id);
            }
            Err(error) if error.is_passing() => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::error!(?error, rule = incoming.notification.rule_id, "an alert could not be kept");
                return None;
            }
        }
    }
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
    /// What a rule makes of it.
    fn fired(&self, firing: &Firing, inventory: &Inventory) -> Incoming {
        let raw = &self.line.record.accepted.message;
        let (arrival, notification) = (Arc::new(self.line.arrival(raw.clone())), firing.notification.clone());
        let key = firing.delivery_key;
        *intake::incoming(&arrival, self.organization, notification, raw.clone(), key, inventory)
    }
}
