//! What keeps a rule quiet until a date.

use axum::extract::State;
use axum::http::StatusCode;
use platform::error::Problem;
use platform::{App, Error, Json, Path, Permit, Result, Routes, operations};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use vocab::{RuleId, SuppressionId};

use super::{may_change, settle};
use crate::engine::Engine;
use crate::model::{NewRuleSuppression, RuleSuppression};
use crate::{RulesRead, RulesWrite, store};

pub fn routes() -> Routes {
    operations![list_rule_suppressions, create_rule_suppression, delete_rule_suppression]
}

#[derive(Serialize, ToSchema)]
struct RuleSuppressions {
    items: Vec<RuleSuppression>,
}

/// Lists a rule's suppressions, the latest first, also those that are over.
#[utoipa::path(get, path = "/api/v1/rules/{id}/suppressions", tag = "rules", params(("id" = RuleId, Path)),
    responses((status = 200, body = RuleSuppressions)))]
async fn list_rule_suppressions(
    permit: Permit<RulesRead>,
    State(app): State<App>,
    Path(id): Path<RuleId>,
) -> Result<Json<RuleSuppressions>> {
    let mut tx = permit.read(&app).await?;
    store::find(&mut tx, id).await?;
    Ok(Json(RuleSuppressions { items: store::of_rule(&mut tx, id).await? }))
}

/// Keeps a rule quiet until a date.
#[utoipa::path(post, path = "/api/v1/rules/{id}/suppressions", tag = "rules", params(("id" = RuleId, Path)),
    request_body = NewRuleSuppression, responses(
    (status = 201, body = RuleSuppression),
    (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn create_rule_suppression(
    permit: Permit<RulesWrite>,
    State(app): State<App>,
    Path(id): Path<RuleId>,
    Json(new): Json<NewRuleSuppression>,
) -> Result<(StatusCode, Json<RuleSuppression>)> {
    new.check(app.clock.now())?;
    may_change(&permit, new.organization_id)?;
    let mut tx = permit.begin(&app).await?;
    let rule = store::find(&mut tx, id).await?;
    let suppression = store::add(&mut tx, id, &new, permit.user_id()).await?;
    settle(&mut tx, &permit, "rule.suppressed", &rule, said(&suppression)).await?;
    tx.commit().await?;
    app.service::<Engine>().refresh_behind(&app).await;
    Ok((StatusCode::CREATED, Json(suppression)))
}

/// Ends a suppression before its date.
#[utoipa::path(delete, path = "/api/v1/rules/{id}/suppressions/{suppression_id}", tag = "rules",
    params(("id" = RuleId, Path), ("suppression_id" = SuppressionId, Path)), responses((status = 204)))]
async fn delete_rule_suppression(
    permit: Permit<RulesWrite>,
    State(app): State<App>,
    Path((id, suppression_id)): Path<(RuleId, SuppressionId)>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let rule = store::find(&mut tx, id).await?;
    let suppression = store::drop(&mut tx, id, suppression_id).await?.ok_or_else(Error::not_found)?;
    may_change(&permit, suppression.organization_id)?;
    settle(&mut tx, &permit, "rule.suppression_ended", &rule, said(&suppression)).await?;
    tx.commit().await?;
    app.service::<Engine>().refresh_behind(&app).await;
    Ok(StatusCode::NO_CONTENT)
}

fn said(suppression: &RuleSuppression) -> serde_json::Value {
    json!({
        "organization_id": suppression.organization_id, "field": suppression.field, "value": suppression.value,
        "until": suppression.until.unix_timestamp(), "reason": suppression.reason,
    })
}
