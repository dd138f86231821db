//! Rules about several events: one engine of its own for each, so that a change of one rule forgets nothing of another.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rsigma_eval::{
    CorrelationConfig, CorrelationEngine, CorrelationEventMode, CorrelationSnapshot, EvaluationResult,
    TimestampFallback,
};
use rsigma_parser::{CorrelationCondition, SigmaCollection};
use serde_json::Value;

use crate::event::{Native, TENANT};
use crate::fault::Fault;
use crate::hit::Correlated;
use crate::ruleset::Armed;

/// Groups that a rule remembers at once; beyond, those that were quiet longest are forgotten.
const MOST_GROUPS: usize = 20_000;
/// Events that a rule counts within one group.
const MOST_IN_GROUP: usize = 10_000;
/// Events that a hit names.
const MOST_NAMED: usize = 50;

pub struct Correlator {
    engine: Mutex<CorrelationEngine>,
    threshold: Option<u64>,
    /// Those within it are steps on the way, not told.
    outermost: Option<String>,
    /// What it was made of: the same again may take its memory over.
    made_of: (String, Option<u64>, Option<u64>),
}

impl Correlator {
    pub fn new(armed: &Armed<'_>) -> Result<Self, Fault> {
        let config = CorrelationConfig {
            timestamp_fallback: TimestampFallback::Skip,
            max_state_entries: MOST_GROUPS,
            max_group_entries: Some(MOST_IN_GROUP),
            // Once told, a group is told again when its time has passed, not with every event.
            suppress: Some(quiet(armed)),
            emit_detections: false,
            correlation_event_mode: CorrelationEventMode::Refs,
            max_correlation_events: MOST_NAMED,
            ..CorrelationConfig::default()
        };
        let mut engine = CorrelationEngine::new(config);
        let mut documents = armed.rule.documents.clone();
        for rule in &mut documents.correlations {
            rule.group_by.push(TENANT.to_owned());
            // The engine finds what refers to a correlation only where that has an id.
            rule.id = rule.id.take().or_else(|| rule.name.clone());
        }
        if let Some(threshold) = armed.threshold {
            set_threshold(&mut documents, threshold);
        }
        engine
            .add_collection(&documents)
            .map_err(|error| Fault::about(&armed.rule.yaml, &error.to_string()))?;
        let outermost = documents.correlations.first().map(|rule| rule.title.clone());
        let own = armed.rule.correlation.as_ref().and_then(|rule| rule.threshold);
        Ok(Correlator {
            engine: Mutex::new(engine),
            threshold: armed.threshold.or(own),
            outermost,
            made_of: made_of(armed),
        })
    }

    pub fn is_of(&self, armed: &Armed<'_>) -> bool {
        self.made_of == made_of(armed)
    }

    /// What an event, with the parts of the rule that it met, completes.
    pub fn take(&self, event: &Native<'_>, met: Vec<EvaluationResult>, at: i64) -> Vec<Correlated> {
        let results = self.lock().process_with_detections(event, met, at);
        let is_outermost =
            |result: &EvaluationResult| Some(&result.header.rule_title) == self.outermost.as_ref();
        results.iter().filter(|result| is_outermost(result)).filter_map(|result| self.told(result)).collect()
    }

    fn told(&self, result: &EvaluationResult) -> Option<Correlated> {
        let body = result.as_correlation()?;
        let group = body.group_key.iter().filter(|(name, _)| name != TENANT).cloned().collect();
        let events = body.event_refs.iter().flatten().filter_map(|event| event.id.clone()).collect();
        Some(Correlated {
            kind: body.correlation_type.as_str(),
            group,
            value: body.aggregated_value,
            threshold: self.threshold,
            timespan_seconds: body.timespan_secs,
            events,
        })
    }

    /// What it remembers, without what is over at `now`.
    pub fn state(&self, now: i64) -> Value {
        let mut engine = self.lock();
        engine.evict_expired(now);
        serde_json::to_value(engine.export_state()).unwrap_or_default()
    }

    pub fn restore(&self, state: Value) {
        if let Ok(state) = serde_json::from_value::<CorrelationSnapshot>(state) {
            self.lock().import_state(state);
        }
    }

    fn lock(&self) -> MutexGuard<'_, CorrelationEngine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn made_of(armed: &Armed<'_>) -> (String, Option<u64>, Option<u64>) {
    (armed.rule.yaml.clone(), armed.quiet_seconds, armed.threshold)
}

/// How long a group that was told stays quiet: as long as the rule looks back, unless somebody says otherwise.
fn quiet(armed: &Armed<'_>) -> u64 {
    let timespan = armed.rule.correlation.as_ref().map_or(0, |rule| rule.timespan_seconds);
    armed.quiet_seconds.unwrap_or(timespan)
}

fn set_threshold(documents: &mut SigmaCollection, threshold: u64) {
    if let Some(rule) = documents.correlations.first_mut()
        && let CorrelationCondition::Threshold { predicates, .. } = &mut rule.condition
        && let Some((_, value)) = predicates.first_mut()
    {
        *value = threshold;
    }
}
