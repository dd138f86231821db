//! A rule tried on a line of a log, before it is switched on.

use axum::extract::State;
use platform::error::Problem;
use platform::{App, Error, Json, Permit, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use syslog::{Arrival, parse, undo_relay_escapes};
use utoipa::ToSchema;
use vocab::RuleId;

use crate::{RulesRead, model, store};

pub fn routes() -> Routes {
    operations![test_rule]
}

/// A rule's text or its id, and a line as a sender writes it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleTest {
    #[serde(default)]
    rule_id: Option<RuleId>,
    #[serde(default)]
    #[schema(max_length = 262144)]
    yaml: Option<String>,
    #[schema(min_length = 1, max_length = 262144)]
    log: String,
}

#[derive(Serialize, ToSchema)]
struct RuleTestResult {
    /// Whether the rule says "this"; one about several events then counts it.
    is_match: bool,
    /// Whether it is for events of this kind at all.
    is_for_source: bool,
    steps: Vec<RuleTestStep>,
    /// How the line was read.
    format: String,
    fields: Vec<RuleTestField>,
}

#[derive(Serialize, ToSchema)]
struct RuleTestStep {
    selection: String,
    field: Option<String>,
    pattern: Option<String>,
    value: Option<String>,
    is_match: bool,
    /// `matched`, `field_absent`, `value_mismatch`, `case_mismatch`, `existence` or `no_keyword_match`.
    reason: String,
}

#[derive(Serialize, ToSchema)]
struct RuleTestField {
    name: String,
    value: String,
}

/// Tries a rule on a line: what held, what did not, and how the line was read. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/rules/test", tag = "rules", request_body = RuleTest, responses(
    (status = 200, body = RuleTestResult),
    (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn test_rule(
    permit: Permit<RulesRead>,
    State(app): State<App>,
    Json(test): Json<RuleTest>,
) -> Result<Json<RuleTestResult>> {
    if test.log.trim().is_empty() || test.log.len() > 262_144 {
        return Err(Error::invalid_field("log", "has 1 to 262144 bytes"));
    }
    let yaml = match (test.yaml, test.rule_id) {
        (Some(yaml), None) => yaml,
        (None, Some(id)) => store::find(&mut permit.read(&app).await?, id).await?.yaml,
        _ => return Err(Error::invalid_field("yaml", "either a text or the id of a rule")),
    };
    let rule = model::read(&yaml)?;
    let now = app.clock.now();
    let message = parse(test.log.as_bytes(), &Arrival { received_at: now, zone: time::UtcOffset::UTC });
    let body = undo_relay_escapes(message.body);
    let text = log_formats::text(&body);
    let context = log_formats::Context { received_at: now, zone: None, format: None };
    let event = log_formats::read(&text, &context);
    Ok(Json(result(sigma::try_out(&rule, &event), &event)))
}

fn result(trial: sigma::Trial, event: &log_formats::Event<'_>) -> RuleTestResult {
    let steps = trial.steps.into_iter().map(|step| RuleTestStep {
        selection: step.selection,
        field: step.field,
        pattern: step.pattern,
        value: step.value,
        is_match: step.is_match,
        reason: step.reason,
    });
    let fields = event
        .fields
        .iter()
        .map(|field| RuleTestField { name: field.name.to_string(), value: field.value.to_string() });
    RuleTestResult {
        is_match: trial.is_match,
        is_for_source: trial.is_for_source,
        steps: steps.collect(),
        format: event.format.as_str().to_owned(),
        fields: fields.collect(),
    }
}
