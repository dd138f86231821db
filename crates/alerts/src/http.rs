//! Alerts and what happens next with them, over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use platform::error::{OnConstraint, Problem};
use platform::http::Versioned;
use platform::live::{self, Change};
use platform::{
    Actor, App, Error, IfMatch, ItemPermit, Json, Page, Path, Permission, Permit, Query, Result, Routes, Tx,
    audit, operations,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::{AlertId, AlertPolicyId, OrganizationId};

use crate::model::{Alert, AlertDetail, AlertFilter, AlertQuery, RawPayload};
use crate::policies::{self, AlertPolicy, AlertPolicyChange, NewAlertPolicy, PolicyAction};
use crate::{AlertPoliciesWrite, AlertsRead, AlertsWrite, RawRead, SuppressionsWrite, store};

pub fn routes() -> Routes {
    operations![
        list_alerts,
        get_alert,
        list_alert_payloads,
        acknowledge_alert,
        list_alert_policies,
        create_alert_policy,
        update_alert_policy,
        delete_alert_policy,
    ]
}

/// Everything, however much: for lists that are small by nature.
#[derive(Serialize, ToSchema)]
pub struct RawPayloads {
    pub items: Vec<RawPayload>,
}

#[derive(Serialize, ToSchema)]
pub struct AlertPolicies {
    pub items: Vec<AlertPolicy>,
}

/// Lists alerts, newest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", params(AlertQuery),
    responses((status = 200, body = Page<Alert>)))]
async fn list_alerts(
    permit: Permit<AlertsRead>,
    State(app): State<App>,
    Query(query): Query<AlertQuery>,
) -> Result<Json<Page<Alert>>> {
    let filter = AlertFilter::read(&query)?;
    let asked =
        platform::http::several::<OrganizationId>("organization_id", query.organization_id.as_deref())?;
    let mut tx = permit.read(&app).await?;
    let rows = store::list(&mut tx, &permit.narrowed(&asked), &filter).await?;
    Ok(Json(Page::of(rows, filter.limit, |alert| alert.id)?))
}

/// Reads an alert with everything that was read of its notification.
#[utoipa::path(get, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = AlertId, Path)),
    responses((status = 200, body = AlertDetail)))]
async fn get_alert(
    permit: Permit<AlertsRead>,
    State(app): State<App>,
    Path(id): Path<AlertId>,
) -> Result<Json<AlertDetail>> {
    let mut tx = permit.read(&app).await?;
    Ok(Json(store::find(&mut tx, &permit.organizations, id).await?))
}

/// Reads an alert's raw payloads, newest first, at most 50.
#[utoipa::path(get, path = "/api/v1/alerts/{id}/raw", tag = "alerts", params(("id" = AlertId, Path)),
    responses((status = 200, body = RawPayloads)))]
async fn list_alert_payloads(
    permit: Permit<RawRead>,
    State(app): State<App>,
    Path(id): Path<AlertId>,
) -> Result<Json<RawPayloads>> {
    let mut tx = permit.read(&app).await?;
    let alert = store::find(&mut tx, &permit.organizations, id).await?.alert;
    let items = store::payloads(&mut tx, alert.organization_id, id).await?;
    Ok(Json(RawPayloads { items }))
}

/// Marks a new alert as seen.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/acknowledge", tag = "alerts", params(("id" = AlertId, Path)),
    responses((status = 200, body = AlertDetail)))]
async fn acknowledge_alert(
    permit: ItemPermit<AlertsWrite>,
    State(app): State<App>,
    Path(id): Path<AlertId>,
) -> Result<Json<AlertDetail>> {
    let mut tx = permit.begin(&app).await?;
    let locked = store::lock_one(&mut tx, permit.reach(), id).await?;
    permit.ask(&app, locked.item())?;
    let organization = locked.organization;
    if store::acknowledge(&mut tx, organization, id).await? {
        audit::record(
            &mut tx,
            permit.actor(),
            audit::Deed::new("alert.acknowledged", "alert", id.uuid()).of(organization),
        )
        .await?;
        tell(&mut tx, organization, id.uuid()).await?;
    }
    let alert = store::find(&mut tx, &[organization], id).await?;
    tx.commit().await?;
    Ok(Json(alert))
}

async fn tell(tx: &mut Tx, organization: OrganizationId, id: Uuid) -> Result<(), sqlx::Error> {
    let change =
        Change { topic: "alerts", organization: Some(organization), id, change: "updated", data: None };
    live::tell(tx, change).await
}

/// Lists what happens next with alerts, the most particular policy first.
#[utoipa::path(get, path = "/api/v1/alert-policies", tag = "alerts", responses((status = 200, body = AlertPolicies)))]
async fn list_alert_policies(
    permit: Permit<AlertsRead>,
    State(app): State<App>,
) -> Result<Json<AlertPolicies>> {
    let mut tx = permit.read(&app).await?;
    let items = policies::of_organizations(&mut tx, &permit.organizations).await?;
    Ok(Json(AlertPolicies { items }))
}

/// Says what happens next with alerts of a source, a rule, or both.
#[utoipa::path(post, path = "/api/v1/alert-policies", tag = "alerts", request_body = NewAlertPolicy, responses(
    (status = 201, body = AlertPolicy),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn create_alert_policy(
    permit: Permit<SuppressionsWrite>,
    State(app): State<App>,
    Json(new): Json<NewAlertPolicy>,
) -> Result<(StatusCode, Json<AlertPolicy>)> {
    permit.covers(new.organization_id)?;
    let is_suppression = new.action == PolicyAction::Suppress;
    if !is_suppression && !permit.also_may::<AlertPoliciesWrite>(new.organization_id) {
        return Err(Error::forbidden(AlertPoliciesWrite::NAME));
    }
    policies::check(new.action, new.until, &new.reason, app.clock.now())?;
    if new.rule_id.as_ref().is_some_and(|rule| rule.is_empty() || rule.len() > 200 || rule.contains('\0')) {
        return Err(Error::invalid_field("rule_id", "has 1 to 200 bytes"));
    }
    let mut tx = permit.begin(&app).await?;
    let id = AlertPolicyId::new();
    policies::insert(&mut tx, id, &new, permit.user_id())
        .await
        .on_constraint("alert_policies_key", || {
            Error::conflict("policy_exists", "There is a policy for this source and rule already.")
        })
        .on_constraint("alert_policies_source_id_fkey", || {
            Error::invalid_field("source_id", "names no source")
        })?;
    let policy = policies::find(&mut tx, id.uuid()).await?;
    settle(&mut tx, &permit.actor, "alert_policy.created", &policy).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(policy)))
}

/// Changes what happens next.
#[utoipa::path(patch, path = "/api/v1/alert-policies/{id}", tag = "alerts", request_body = AlertPolicyChange,
    params(("id" = AlertPolicyId, Path), ("If-Match" = String, Header, description = "The version you read, quoted")),
    responses((status = 200, body = AlertPolicy, headers(("ETag" = String)))))]
async fn update_alert_policy(
    permit: Permit<AlertPoliciesWrite>,
    State(app): State<App>,
    Path(id): Path<AlertPolicyId>,
    IfMatch(version): IfMatch,
    Json(change): Json<AlertPolicyChange>,
) -> Result<Versioned<AlertPolicy>> {
    let mut tx = permit.begin(&app).await?;
    let mut policy = policies::find(&mut tx, id.uuid()).await?;
    let current = policy.version;
    policy.action = change.action.unwrap_or(policy.action);
    // What is no suppression any more has no end.
    policy.until = change.until.or(policy.until.filter(|_| policy.action == PolicyAction::Suppress));
    policy.reason = change.reason.unwrap_or(policy.reason);
    policies::check(policy.action, policy.until, &policy.reason, app.clock.now())?;
    if !policies::update(&mut tx, &policy, version).await? {
        return Err(Error::version_conflict(current));
    }
    policy.version = version + 1;
    settle(&mut tx, &permit.actor, "alert_policy.updated", &policy).await?;
    tx.commit().await?;
    Ok(Versioned { version: policy.version, body: policy })
}

/// Removes a policy: the next more general one holds.
#[utoipa::path(delete, path = "/api/v1/alert-policies/{id}", tag = "alerts", params(("id" = AlertPolicyId, Path)),
    responses((status = 204)))]
async fn delete_alert_policy(
    permit: Permit<AlertPoliciesWrite>,
    State(app): State<App>,
    Path(id): Path<AlertPolicyId>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let policy = policies::find(&mut tx, id.uuid()).await?;
    if !policies::delete(&mut tx, id).await? {
        return Err(Error::not_found());
    }
    settle(&mut tx, &permit.actor, "alert_policy.deleted", &policy).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Records the deed and tells the writers of every node to read the policies anew.
async fn settle(tx: &mut Tx, actor: &Actor, action: &'static str, policy: &AlertPolicy) -> Result<()> {
    let detail = serde_json::json!({
        "source_id": policy.source_id, "rule_id": policy.rule_id, "action": policy.action,
        "until": policy.until.map(|until| until.unix_timestamp()), "reason": policy.reason,
    });
    let deed =
        audit::Deed::new(action, "alert_policy", policy.id.uuid()).of(policy.organization_id).with(detail);
    audit::record(tx, actor, deed).await?;
    Ok(live::signal(tx, "alert_policies", &policy.organization_id.to_string()).await?)
}
