//! Many rules, by the log source they are for: an event meets only those of its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use log_formats::{Event, LogSource, log_source};
use rsigma_eval::result::{DetectionBody, MatchDetailLevel};
use rsigma_eval::{Engine, EvaluationResult};
use rsigma_parser::Detection;
use serde_json::{Map, Value};

use crate::correlate::Correlator;
use crate::event::Native;
use crate::hit::{Hit, Matched};
use crate::rule::{Rule, Source};

/// A rule with what an installation set about it.
#[derive(Debug, Clone, Copy)]
pub struct Armed<'a> {
    /// Under which its memory is kept; unique.
    pub key: &'a str,
    pub rule: &'a Rule,
    /// How long a correlation that has told stays quiet about the same group.
    pub quiet_seconds: Option<u64>,
    /// Instead of the correlation's own.
    pub threshold: Option<u64>,
}

/// Whose an event is, which one, and when (seconds since 1970).
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    pub tenant: &'a str,
    pub id: &'a str,
    pub at: i64,
}

/// Rules that were compiled.
pub struct Ruleset {
    groups: Vec<Group>,
    slots: Vec<Slot>,
    correlators: Vec<Option<Arc<Correlator>>>,
    keys: Vec<String>,
}

/// The documents of one log source.
struct Group {
    source: Source,
    engine: Engine,
    fields: usize,
}

/// One document: whose it is, and its own id.
struct Slot {
    rule: usize,
    id: Option<String>,
}

impl Ruleset {
    /// Compiles rules. A correlation that `before` had too, and that did not change, keeps what it remembers.
    ///
    /// [`Rule::parse`] has checked each; one that still cannot be compiled matches nothing.
    pub fn new(rules: &[Armed<'_>], before: Option<&Ruleset>) -> Ruleset {
        let mut slots = Vec::new();
        let mut by_source: HashMap<Source, Vec<_>> = HashMap::new();
        for (index, armed) in rules.iter().enumerate() {
            for document in &armed.rule.documents.rules {
                let mut document = document.clone();
                // Names are unique within a rule only: the engine knows documents by their place.
                let id = document.id.replace(slots.len().to_string());
                slots.push(Slot { rule: index, id: id.or_else(|| document.name.clone()) });
                by_source.entry(Source::from(&document.logsource)).or_default().push(document);
            }
        }
        let groups = by_source.into_iter().map(|(source, documents)| {
            let fields = documents.iter().flat_map(|document| fields(document.detection.named.values()));
            let fields = fields.collect::<HashSet<_>>().len();
            let mut engine = Engine::new();
            engine.set_match_detail(MatchDetailLevel::Full);
            engine.add_rules(&documents);
            Group { source, engine, fields }
        });
        Ruleset {
            groups: groups.collect(),
            slots,
            correlators: rules.iter().map(|armed| correlator(armed, before)).collect(),
            keys: rules.iter().map(|armed| armed.key.to_owned()).collect(),
        }
    }

    /// What the rules say of an event. `admits` is asked, with a rule's place, only about rules that it meets.
    pub fn evaluate(
        &self,
        event: &Event<'_>,
        moment: Moment<'_>,
        admits: impl Fn(usize) -> bool,
    ) -> Vec<Hit> {
        let source = log_source(event);
        let mut native = Native { event, tenant: moment.tenant, id: moment.id, asked_fields: 0 };
        let mut met: Vec<(&Slot, EvaluationResult)> = Vec::new();
        for group in self.groups.iter().filter(|group| is_for(&group.source, &source)) {
            native.asked_fields = group.fields;
            for result in group.engine.evaluate(&native) {
                let slot = result.header.rule_id.as_deref().and_then(|place| place.parse::<usize>().ok());
                if let Some(slot) = slot.and_then(|slot| self.slots.get(slot)) {
                    met.push((slot, result));
                }
            }
        }
        if met.is_empty() {
            return Vec::new();
        }
        met.sort_by_key(|(slot, _)| slot.rule);
        let mut hits = Vec::new();
        for of_rule in met.chunk_by(|(one, _), (other, _)| one.rule == other.rule) {
            let rule = of_rule.first().map_or(0, |(slot, _)| slot.rule);
            if admits(rule) {
                self.tell(rule, of_rule, &native, moment.at, &mut hits);
            }
        }
        hits
    }

    fn tell(
        &self,
        rule: usize,
        met: &[(&Slot, EvaluationResult)],
        event: &Native<'_>,
        at: i64,
        hits: &mut Vec<Hit>,
    ) {
        let body = met.first().and_then(|(_, result)| result.as_detection());
        let (selections, matched) = body.map(reasons).unwrap_or_default();
        let Some(correlator) = self.correlators.get(rule).and_then(Option::as_ref) else {
            hits.push(Hit { rule, selections, matched, correlated: None });
            return;
        };
        let met = met.iter().map(|(slot, result)| {
            let mut result = result.clone();
            result.header.rule_id = slot.id.clone();
            result
        });
        for correlated in correlator.take(event, met.collect(), at) {
            hits.push(Hit {
                rule,
                selections: selections.clone(),
                matched: matched.clone(),
                correlated: Some(correlated),
            });
        }
    }

    /// What correlations remember, for [`Ruleset::restore`].
    pub fn state(&self, now: i64) -> Value {
        let states = self.keys.iter().zip(&self.correlators).filter_map(|(key, correlator)| {
            correlator.as_ref().map(|correlator| (key.clone(), correlator.state(now)))
        });
        Value::Object(states.collect::<Map<_, _>>())
    }

    /// Takes over what was remembered before a restart, as far as the rules are still there.
    pub fn restore(&self, state: Value) {
        let Value::Object(mut states) = state else { return };
        for (key, correlator) in self.keys.iter().zip(&self.correlators) {
            if let (Some(correlator), Some(state)) = (correlator, states.remove(key)) {
                correlator.restore(state);
            }
        }
    }
}

fn correlator(armed: &Armed<'_>, before: Option<&Ruleset>) -> Option<Arc<Correlator>> {
    armed.rule.correlation.as_ref()?;
    let same = before.and_then(|before| {
        let at = before.keys.iter().position(|key| key == armed.key)?;
        before.correlators.get(at)?.clone().filter(|correlator| correlator.is_of(armed))
    });
    same.or_else(|| Correlator::new(armed).ok().map(Arc::new))
}

/// Every dimension that a rule names is one of the event's.
pub(crate) fn is_for(rule: &Source, event: &LogSource<'_>) -> bool {
    let is_any = |wanted: &Option<String>, found: &[&str]| {
        wanted.as_deref().is_none_or(|wanted| found.contains(&wanted))
    };
    is_any(&rule.product, event.products)
        && rule.service.as_deref().is_none_or(|service| service.eq_ignore_ascii_case(event.service))
        && is_any(&rule.category, event.categories)
}

fn fields<'a>(detections: impl Iterator<Item = &'a Detection>) -> Vec<String> {
    let mut found = Vec::new();
    for detection in detections {
        match detection {
            Detection::AllOf(items) => found.extend(items.iter().filter_map(|item| item.field.name.clone())),
            Detection::AnyOf(parts) => found.extend(fields(parts.iter())),
            _ => {}
        }
    }
    found
}

fn reasons(body: &DetectionBody) -> (Vec<String>, Vec<Matched>) {
    let matched = body.matched_fields.iter().map(|field| Matched {
        selection: field.selection.clone(),
        field: field.field.clone(),
        value: match &field.value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        },
        pattern: field.pattern.clone(),
    });
    (body.matched_selections.clone(), matched.collect())
}
