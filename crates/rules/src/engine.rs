//! The rules in memory, compiled: evaluating an event needs no query, and goes on while the database is away.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use log_formats::Event;
use serde_json::{Value, json};
use sigma::{Armed, Hit, Moment, Rule, Ruleset};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{OrganizationId, SourceId};

use crate::built_in;
use crate::firing::{About, Firing, Parties, firing};
use crate::quiet::Quiet;
use crate::store::Row;

/// How long a rule about single events stays quiet about the same parties, unless somebody says otherwise.
pub const DEFAULT_THROTTLE_SECONDS: i64 = 300;

/// An event's own time counts when its clock is not further from ours than this.
const MOST_SKEW: time::Duration = time::Duration::minutes(10);

/// An event as it comes to the rules.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub id: Uuid,
    pub organization: OrganizationId,
    pub source: SourceId,
    pub event: &'a Event<'a>,
    pub raw: &'a [u8],
}

/// What the rules say of a batch.
#[derive(Debug, Default)]
pub struct Evaluation {
    pub firings: Vec<Firing>,
    /// Every event that met a rule, by its place, also where the rule stays quiet about it.
    pub matched: Vec<(usize, Uuid)>,
}

/// A rule as the engine holds it.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub id: Uuid,
    /// None: of every organization.
    pub organization: Option<OrganizationId>,
    pub rule: Arc<Rule>,
    pub about: About,
    pub threshold: Option<u64>,
    pub throttle_seconds: Option<i64>,
    pub suppressions: Vec<Suppression>,
}

/// Keeps a rule quiet about some events.
#[derive(Debug, Clone)]
pub struct Suppression {
    pub organization: Option<OrganizationId>,
    /// Field and value that an event must have; none: all events.
    pub only: Option<(String, String)>,
    pub until: OffsetDateTime,
}

/// Rules that are switched on, compiled together.
pub struct Table {
    pub rules: Vec<Loaded>,
    set: Ruleset,
}

impl Table {
    pub fn new(rules: Vec<Loaded>, before: Option<&Table>) -> Self {
        let keys = rules.iter().map(|rule| rule.id.to_string()).collect::<Vec<_>>();
        let armed = rules.iter().zip(&keys).map(|(rule, key)| Armed {
            key,
            rule: &rule.rule,
            quiet_seconds: rule.throttle_seconds.and_then(|seconds| u64::try_from(seconds).ok()),
            threshold: rule.threshold,
        });
        let set = Ruleset::new(&armed.collect::<Vec<_>>(), before.map(|before| &before.set));
        Table { rules, set }
    }
}

/// A service of the process. It begins with the built-in rules, and follows the table of rules on every node.
pub struct Engine {
    table: RwLock<Arc<Table>>,
    quiet: Mutex<Quiet>,
    /// Since they were last written down.
    hits: Mutex<HashMap<(Uuid, OrganizationId), Hits>>,
    latest: Mutex<i64>,
    /// Of the tables as they were last read; one reads at a time.
    pub(crate) stamp: tokio::sync::Mutex<Option<String>>,
}

#[derive(Debug, Clone, Copy)]
pub struct Hits {
    pub count: i64,
    pub last_at: OffsetDateTime,
}

impl Default for Engine {
    fn default() -> Self {
        let rules = built_in::all().into_iter().map(|built_in| {
            let about = about(built_in.id, &built_in.rule);
            Loaded {
                id: built_in.id,
                organization: None,
                rule: Arc::new(built_in.rule),
                about,
                threshold: None,
                throttle_seconds: None,
                suppressions: Vec::new(),
            }
        });
        let engine = Engine::empty();
        engine.replace(rules.collect());
        engine
    }
}

/// One rule on its own, as if it were switched on: nothing it says is counted or kept.
pub struct Rehearsal(Engine);

impl Rehearsal {
    pub fn of(row: &Row, rule: Rule, suppressions: Vec<Suppression>) -> Self {
        let id = row.id.uuid();
        let mut about = about(id, &rule);
        about.severity = row.severity.unwrap_or(about.severity);
        let engine = Engine::empty();
        engine.replace(vec![Loaded {
            id,
            organization: row.organization_id,
            rule: Arc::new(rule),
            about,
            threshold: row.threshold.and_then(|threshold| u64::try_from(threshold).ok()),
            throttle_seconds: row.throttle_seconds.map(i64::from),
            suppressions,
        }]);
        Rehearsal(engine)
    }

    pub fn evaluate(&self, stored: &events::StoredEvent<'_>) -> Evaluation {
        let events::StoredEvent { id, organization, source, event, raw } = *stored;
        self.0.evaluate_all(&[Seen { id, organization, source, event, raw }])
    }
}

pub fn about(id: Uuid, rule: &Rule) -> About {
    About {
        id,
        title: rule.title.clone(),
        description: rule.description.clone(),
        severity: rule.severity,
        techniques: rule.techniques(),
        tactics: rule.tactics(),
    }
}

impl Engine {
    fn empty() -> Self {
        Engine {
            table: RwLock::new(Arc::new(Table::new(Vec::new(), None))),
            quiet: Mutex::default(),
            hits: Mutex::default(),
            latest: Mutex::new(0),
            stamp: tokio::sync::Mutex::default(),
        }
    }

    pub fn table(&self) -> Arc<Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other rules in place; correlations that did not change keep what they remember.
    pub fn replace(&self, rules: Vec<Loaded>) {
        let table = Arc::new(Table::new(rules, Some(&self.table())));
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
    }

    /// What wants an alert, in the order of the batch.
    pub fn evaluate(&self, batch: &[Seen<'_>]) -> Vec<Firing> {
        self.evaluate_all(batch).firings
    }

    /// The same, and which rules each event met.
    pub fn evaluate_all(&self, batch: &[Seen<'_>]) -> Evaluation {
        let table = self.table();
        let mut evaluation = Evaluation::default();
        for (at, seen) in batch.iter().enumerate() {
            // What is wrong with a rule must not stop the events behind: this one is kept, judged as far as it came.
            let judging = AssertUnwindSafe(|| self.evaluate_one(&table, at, seen, &mut evaluation));
            if catch_unwind(judging).is_err() {
                tracing::error!(event = %seen.id, "judging an event panicked");
            }
        }
        evaluation
    }

    fn evaluate_one(&self, table: &Table, at: usize, seen: &Seen<'_>, evaluation: &mut Evaluation) {
        let moment = moment(seen.event);
        let (mut tenant, mut id) = (uuid::Uuid::encode_buffer(), uuid::Uuid::encode_buffer());
        let tenant = &*seen.organization.uuid().hyphenated().encode_lower(&mut tenant);
        let id = &*seen.id.hyphenated().encode_lower(&mut id);
        let met = std::cell::RefCell::new(Vec::new());
        let admits = |rule: usize| {
            let is_admitted = table.rules.get(rule).is_some_and(|rule| rule.admits(seen));
            if is_admitted {
                met.borrow_mut().push(rule);
            }
            is_admitted
        };
        let hits = table.set.evaluate(seen.event, Moment { tenant, id, at: moment }, admits);
        for rule in met.into_inner().into_iter().filter_map(|rule| table.rules.get(rule)) {
            evaluation.matched.push((at, rule.id));
            self.count(rule.id, seen);
        }
        for hit in &hits {
            if let Some(rule) = table.rules.get(hit.rule) {
                evaluation.firings.extend(self.fire(rule, at, seen, hit, moment));
            }
        }
    }

    /// A firing, unless the rule was told of the same parties a moment ago. Correlations keep quiet by themselves.
    fn fire(&self, rule: &Loaded, at: usize, seen: &Seen<'_>, hit: &Hit, moment: i64) -> Option<Firing> {
        let parties = Parties::of(seen.event, hit);
        let seconds = match hit.correlated {
            Some(_) => 0,
            None => rule.throttle_seconds.unwrap_or(DEFAULT_THROTTLE_SECONDS),
        };
        let values = parties.sources.iter().chain(&parties.targets).map(|entry| entry.value.as_str());
        let values = values.collect::<Vec<_>>().join("\u{1}");
        let key = format!("{}\u{1}{}\u{1}{values}", rule.id, seen.organization);
        let occurrences = lock(&self.quiet).ask(&key, moment, seconds)?;
        Some(firing(at, seen, &rule.about, hit, parties, occurrences))
    }

    fn count(&self, rule: Uuid, seen: &Seen<'_>) {
        let at = seen.event.received_at;
        let mut hits = lock(&self.hits);
        let hits = hits.entry((rule, seen.organization)).or_insert(Hits { count: 0, last_at: at });
        hits.count += 1;
        hits.last_at = hits.last_at.max(at);
        let mut latest = lock(&self.latest);
        *latest = latest.max(moment(seen.event));
    }

    /// What was counted since this was last asked.
    pub(crate) fn take_hits(&self) -> HashMap<(Uuid, OrganizationId), Hits> {
        std::mem::take(&mut *lock(&self.hits))
    }

    /// Puts back what could not be written down.
    pub(crate) fn return_hits(&self, unwritten: HashMap<(Uuid, OrganizationId), Hits>) {
        let mut hits = lock(&self.hits);
        for (key, more) in unwritten {
            let entry = hits.entry(key).or_insert(Hits { count: 0, last_at: more.last_at });
            entry.count += more.count;
            entry.last_at = entry.last_at.max(more.last_at);
        }
    }

    /// What correlations and throttles remember, to be kept with the position in the stream.
    pub fn state(&self) -> Value {
        let latest = *lock(&self.latest);
        json!({ "correlations": self.table().set.state(latest), "quiet": &*lock(&self.quiet) })
    }

    /// Takes over what was remembered before a restart.
    pub fn restore(&self, mut state: Value) {
        self.table().set.restore(state["correlations"].take());
        if let Ok(quiet) = serde_json::from_value(state["quiet"].take()) {
            *lock(&self.quiet) = quiet;
        }
    }
}

impl Loaded {
    /// Whether the rule is for this organization and nothing keeps it quiet about this event.
    fn admits(&self, seen: &Seen<'_>) -> bool {
        let is_ours = self.organization.is_none_or(|organization| organization == seen.organization);
        is_ours && !self.suppressions.iter().any(|suppression| suppression.holds(seen))
    }
}

impl Suppression {
    fn holds(&self, seen: &Seen<'_>) -> bool {
        self.organization.is_none_or(|organization| organization == seen.organization)
            && seen.event.received_at < self.until
            && self.only.as_ref().is_none_or(|(field, value)| {
                sigma::value(seen.event, field).is_some_and(|found| found.eq_ignore_ascii_case(value))
            })
    }
}

/// When it happened; a clock that is far off is not believed.
fn moment(event: &Event<'_>) -> i64 {
    let is_near = |at: &OffsetDateTime| (*at - event.received_at).abs() <= MOST_SKEW;
    event.time.filter(is_near).unwrap_or(event.received_at).unix_timestamp()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
