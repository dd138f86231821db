//! Why an alert was made.

use alerts::AlertsRead;
use axum::extract::State;
use platform::{App, Json, Path, Permit, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::{AlertId, RuleId};

use crate::store;

pub fn routes() -> Routes {
    operations![get_alert_reasons]
}

/// A rule's reasons, as they were when it last fired into the alert.
#[derive(Serialize, ToSchema)]
struct AlertReasons {
    rule_id: RuleId,
    /// None where the rule is gone.
    rule_title: Option<String>,
    firings: i32,
    #[serde(with = "time::serde::rfc3339")]
    fired_at: OffsetDateTime,
    #[serde(flatten)]
    why: FiringReasons,
}

#[derive(Serialize, Deserialize, ToSchema)]
struct FiringReasons {
    event_id: Uuid,
    /// Events that the last firing stands for.
    occurrences: u64,
    selections: Vec<String>,
    matched: Vec<FiringReason>,
    correlation: Option<CorrelationReason>,
}

#[derive(Serialize, Deserialize, ToSchema)]
struct FiringReason {
    selection: Option<String>,
    field: String,
    value: Option<String>,
    pattern: Option<String>,
}

#[derive(Serialize, Deserialize, ToSchema)]
struct CorrelationReason {
    kind: String,
    /// What the events have in common: name and value.
    group: Vec<(String, String)>,
    value: f64,
    threshold: Option<u64>,
    timespan_seconds: u64,
    /// Ids of the latest of them, oldest first.
    events: Vec<String>,
}

/// Says why a rule made an alert; null for alerts that no rule of ours made.
#[utoipa::path(get, path = "/api/v1/alerts/{id}/why", tag = "rules", params(("id" = AlertId, Path)),
    responses((status = 200, body = Option<AlertReasons>)))]
async fn get_alert_reasons(
    permit: Permit<AlertsRead>,
    State(app): State<App>,
    Path(id): Path<AlertId>,
) -> Result<Json<Option<AlertReasons>>> {
    let mut tx = permit.read(&app).await?;
    let alert = alerts::find(&mut tx, &permit.organizations, id).await?.alert;
    let found = store::why(&mut tx, alert.organization_id, id).await?;
    let Some((rule_id, firings, fired_at, why)) = found else { return Ok(Json(None)) };
    let rule_title = store::title(&mut tx, rule_id).await?;
    let why = serde_json::from_value(why)?;
    Ok(Json(Some(AlertReasons { rule_id, rule_title, firings, fired_at, why })))
}
