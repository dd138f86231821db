//! Promoting an alert that has no ticket: it gets one.

use alerts::{AlertDetail, AlertsWrite};
use axum::extract::State;
use axum::http::StatusCode;
use platform::batch::{BatchChange, BatchDeed, record_and_tell};
use platform::error::Problem;
use platform::{App, Error, ItemPermit, Json, Path, Result, Routes, Tx, operations, reference};
use serde_json::json;
use vocab::{AlertId, TicketId};

use crate::TicketsCreate;
use crate::model::TicketSummary;
use crate::opening::{self, NewTicket};
use crate::row::Entry;
use crate::store::activity::{self, Line};
use crate::store::summary;

pub fn routes() -> Routes {
    operations![promote_alert]
}

/// Opens a ticket for an alert that has none.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/promote", tag = "alerts", params(("id" = AlertId, Path)), responses(
    (status = 201, body = TicketSummary),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn promote_alert(
    permit: ItemPermit<AlertsWrite>,
    State(app): State<App>,
    Path(id): Path<AlertId>,
) -> Result<(StatusCode, Json<TicketSummary>)> {
    let mut tx = permit.begin(&app).await?;
    let locked = alerts::lock(&mut tx, permit.reach(), id).await?;
    permit.ask(&app, locked.item())?;
    let organization = locked.organization;
    if !permit.also_may::<TicketsCreate>(organization) {
        return Err(Error::forbidden(<TicketsCreate as platform::Permission>::NAME));
    }
    if locked.ticket.is_some() {
        return Err(Error::conflict("already_promoted", "The alert has a ticket already."));
    }
    let alert = alerts::find(&mut tx, &[organization], id).await?;
    let new = ticket_of(&mut tx, &app, &alert).await?;
    opening::open(&mut tx, std::slice::from_ref(&new), &[]).await?;
    alerts::give_ticket(&mut tx, organization, id, new.id).await?;
    let entry = Entry {
        kind: "created",
        detail: json!({ "alert_id": id, "rule_id": new.rule_id, "promoted": true }),
    };
    activity::write(&mut tx, permit.actor(), &[Line { organization, ticket: new.id, entry: &entry }]).await?;
    record(&mut tx, &permit, &new, id).await?;
    let ticket = summary::summary(&mut tx, &[organization], new.id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(ticket)))
}

async fn ticket_of(tx: &mut Tx, app: &App, detail: &AlertDetail) -> Result<NewTicket> {
    let (alert, now) = (&detail.alert, app.clock.now());
    let number = reference::take(tx, alert.organization_id, "TCK", now.year(), 1).await?;
    let entries = detail.reading.sources.iter().chain(&detail.reading.targets).chain(&detail.reading.details);
    let score = detail.urgency_terms.iter().map(|term| term.points).sum::<i16>().clamp(0, 100);
    Ok(NewTicket {
        id: TicketId::new(),
        organization: alert.organization_id,
        reference: reference::format("TCK", now.year(), number),
        title: alert.title.clone(),
        description: detail.reading.description.clone(),
        severity: alert.severity,
        urgency: alert.urgency,
        urgency_score: score,
        urgency_terms: serde_json::to_string(&detail.urgency_terms)?,
        source: alert.source_id,
        incident_id: alert.incident_id.clone(),
        rule_id: alert.rule_id.clone(),
        rule_name: alert.rule_name.clone(),
        source_ip: alert.source_ip,
        destination_ip: alert.destination_ip,
        asset: alert.asset.as_ref().map(|asset| asset.id),
        asset_name: alert.asset.as_ref().map(|asset| asset.name.clone()),
        entity_words: entries.take(40).map(|entry| entry.value.clone()).collect(),
        alert_count: 1,
        occurrences: alert.occurrences,
        first_seen_at: alert.first_seen_at,
        last_seen_at: alert.last_seen_at,
        created_at: now,
        is_storm: false,
    })
}

/// The audit record, and what the lists of tickets and alerts hear.
async fn record(
    tx: &mut Tx,
    permit: &ItemPermit<AlertsWrite>,
    new: &NewTicket,
    alert: AlertId,
) -> Result<()> {
    let actor = permit.actor();
    let deed = BatchDeed {
        organization: new.organization,
        actor_kind: actor.kind,
        actor_id: actor.id,
        actor_name: actor.name.clone(),
        action: "alert.promoted",
        object_kind: "ticket",
        object_id: new.id.uuid(),
        object_reference: Some(new.reference.clone()),
        detail: Some(json!({ "alert_id": alert }).to_string()),
        ip: actor.ip,
        request_id: actor.request_id,
    };
    let data = json!({
        "reference": new.reference, "title": new.title, "severity": new.severity, "urgency": new.urgency,
        "stage": "new",
    });
    let told =
        |topic, id, change, data| BatchChange { organization: new.organization, topic, id, change, data };
    let changes = [
        told("tickets", new.id.uuid(), "created", Some(data.to_string())),
        told("alerts", alert.uuid(), "updated", None),
    ];
    record_and_tell(tx, &[deed], &changes).await
}
