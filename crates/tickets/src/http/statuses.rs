//! Statuses that an organization names within the fixed stages.

use axum::extract::State;
use axum::http::StatusCode;
use platform::audit::{self, Deed};
use platform::error::{OnConstraint, Problem};
use platform::http::Versioned;
use platform::{App, Error, IfMatch, Json, Path, Permit, Result, Routes, Tx, operations};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vocab::{OrganizationId, Stage};

use crate::checks::Checks;
use crate::model::TicketStatus;
use crate::store::statuses;
use crate::words::{self, WordQuery};
use crate::{StatusesWrite, TicketsRead};

pub fn routes() -> Routes {
    operations![list_ticket_statuses, create_ticket_status, update_ticket_status, delete_ticket_status]
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TicketStatuses {
    pub items: Vec<TicketStatus>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTicketStatus {
    pub organization_id: OrganizationId,
    /// Lower-case letters, digits and `_`.
    #[schema(min_length = 1, max_length = 50, pattern = "^[a-z0-9_]+$")]
    pub key: String,
    #[schema(min_length = 1, max_length = 60)]
    pub label: String,
    pub stage: Stage,
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000)]
    pub position: i32,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketStatusChange {
    #[schema(min_length = 1, max_length = 60)]
    pub label: Option<String>,
    #[schema(minimum = 0, maximum = 1000)]
    pub position: Option<i32>,
}

/// Lists the statuses of your organizations.
#[utoipa::path(get, path = "/api/v1/ticket-statuses", tag = "tickets",
    responses((status = 200, body = TicketStatuses)))]
async fn list_ticket_statuses(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
) -> Result<Json<TicketStatuses>> {
    let mut tx = permit.read(&app).await?;
    Ok(Json(TicketStatuses { items: statuses::list(&mut tx, &permit.organizations).await? }))
}

/// Names a status within a stage.
#[utoipa::path(post, path = "/api/v1/ticket-statuses", tag = "tickets", request_body = NewTicketStatus, responses(
    (status = 201, body = TicketStatus),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn create_ticket_status(
    permit: Permit<StatusesWrite>,
    State(app): State<App>,
    Json(new): Json<NewTicketStatus>,
) -> Result<(StatusCode, Json<TicketStatus>)> {
    permit.covers(new.organization_id)?;
    let status = checked(new)?;
    let mut tx = permit.begin(&app).await?;
    statuses::insert(&mut tx, &status).await.on_constraint("ticket_statuses_pkey", || {
        Error::conflict("status_exists", "The organization has a status of this key already.")
    })?;
    settle(&mut tx, &permit, "ticket_status.created", &status).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(status)))
}

fn checked(new: NewTicketStatus) -> Result<TicketStatus> {
    let mut checks = Checks::default();
    let key = checks.line("key", &new.key, 1, 50);
    if !key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
        checks.wrong("key", "has lower-case letters, digits and _ only");
    }
    let label = checks.line("label", &new.label, 1, 60);
    check_position(&mut checks, Some(new.position));
    let NewTicketStatus { organization_id, stage, position, .. } = new;
    checks.done(TicketStatus { organization_id, key, label, stage, position, version: 1 })
}

fn check_position(checks: &mut Checks, position: Option<i32>) {
    if position.is_some_and(|position| !(0..=1000).contains(&position)) {
        checks.wrong("position", "is between 0 and 1000");
    }
}

/// Renames a status or moves it.
#[utoipa::path(patch, path = "/api/v1/ticket-statuses/{organization_id}/{key}", tag = "tickets",
    request_body = TicketStatusChange,
    params(("organization_id" = OrganizationId, Path), ("key" = String, Path),
           ("If-Match" = String, Header, description = "The version you read, quoted")),
    responses((status = 200, body = TicketStatus, headers(("ETag" = String)))))]
async fn update_ticket_status(
    permit: Permit<StatusesWrite>,
    State(app): State<App>,
    Path((organization, key)): Path<(OrganizationId, String)>,
    IfMatch(version): IfMatch,
    Json(change): Json<TicketStatusChange>,
) -> Result<Versioned<TicketStatus>> {
    let mut checks = Checks::default();
    let label = change.label.map(|label| checks.line("label", &label, 1, 60));
    check_position(&mut checks, change.position);
    checks.done(())?;
    let key = known_key(key)?;
    let mut tx = permit.begin(&app).await?;
    let new = (label.as_deref(), change.position);
    let Some(status) = statuses::update(&mut tx, organization, &key, version, new).await? else {
        let current =
            statuses::version_of(&mut tx, organization, &key).await?.ok_or_else(Error::not_found)?;
        return Err(Error::version_conflict(current));
    };
    settle(&mut tx, &permit, "ticket_status.updated", &status).await?;
    tx.commit().await?;
    Ok(Versioned { version: status.version, body: status })
}

/// Removes a status that no ticket has.
#[utoipa::path(delete, path = "/api/v1/ticket-statuses/{organization_id}/{key}", tag = "tickets",
    params(("organization_id" = OrganizationId, Path), ("key" = String, Path)), responses(
    (status = 204),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn delete_ticket_status(
    permit: Permit<StatusesWrite>,
    State(app): State<App>,
    Path((organization, key)): Path<(OrganizationId, String)>,
) -> Result<StatusCode> {
    let key = known_key(key)?;
    let mut tx = permit.begin(&app).await?;
    let known = statuses::list(&mut tx, &[organization]).await?;
    let status = known.into_iter().find(|status| status.key == key).ok_or_else(Error::not_found)?;
    let mut query = WordQuery::default();
    query.any([words::facet("status", &key)]);
    if statuses::is_used(&mut tx, organization, &query.to_tsquery(), &key).await? {
        return Err(Error::conflict(
            "status_in_use",
            "Tickets have this status; give them another one first.",
        ));
    }
    statuses::delete(&mut tx, organization, &key).await?;
    settle(&mut tx, &permit, "ticket_status.deleted", &status).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A key that no status can have names nothing.
fn known_key(key: String) -> Result<String> {
    let is_key = key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if is_key { Ok(key) } else { Err(Error::not_found()) }
}

async fn settle(
    tx: &mut Tx,
    permit: &Permit<StatusesWrite>,
    action: &'static str,
    status: &TicketStatus,
) -> Result<()> {
    let detail = json!({ "label": status.label, "stage": status.stage, "position": status.position });
    let organization = status.organization_id;
    let deed = Deed::new(action, "ticket_status", organization.uuid())
        .of(organization)
        .called(&status.key)
        .with(detail);
    audit::record(tx, &permit.actor, deed).await
}
