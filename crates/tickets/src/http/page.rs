//! One ticket: its page, its history, its alerts, what is like it, its raw payloads.

use alerts::{Alert, RawPayload};
use axum::extract::State;
use platform::http::Versioned;
use platform::{App, Cursor, Error, Json, Page, Path, Permit, Query, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vocab::TicketId;

use crate::model::{Activity, Similar, Ticket};
use crate::store::{activity, detail, merges, similar, summary};
use crate::{TicketsRaw, TicketsRead};

pub fn routes() -> Routes {
    operations![
        get_ticket,
        list_ticket_activity,
        list_ticket_alerts,
        list_similar_tickets,
        list_ticket_payloads
    ]
}

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

impl PageQuery {
    fn read(&self) -> Result<(i64, Option<uuid::Uuid>)> {
        Ok((platform::page::limit(self.limit)?, self.cursor.as_deref().map(Cursor::read).transpose()?))
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarTickets {
    pub items: Vec<Similar>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TicketPayloads {
    pub items: Vec<RawPayload>,
}

/// Reads a ticket.
#[utoipa::path(get, path = "/api/v1/tickets/{id}", tag = "tickets", params(("id" = TicketId, Path)),
    responses((status = 200, body = Ticket, headers(("ETag" = String)))))]
async fn get_ticket(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
) -> Result<Versioned<Ticket>> {
    let mut tx = permit.read(&app).await?;
    let body = detail::find(&mut tx, &permit.organizations, id, permit.user_id(), app.clock.now()).await?;
    Ok(Versioned { version: body.summary.version, body })
}

/// Lists what happened to a ticket, newest first.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/activity", tag = "tickets", params(("id" = TicketId, Path), PageQuery),
    responses((status = 200, body = Page<Activity>)))]
async fn list_ticket_activity(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Activity>>> {
    let (limit, before) = query.read()?;
    let mut tx = permit.read(&app).await?;
    let organization = detail::organization_of(&mut tx, &permit.organizations, id).await?;
    let rows = activity::list(&mut tx, organization, id, before, limit).await?;
    Ok(Json(Page::of(rows, limit, |activity| activity.id)?))
}

/// Lists the alerts a ticket gathers, those of its merged members included, newest first.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/alerts", tag = "tickets", params(("id" = TicketId, Path), PageQuery),
    responses((status = 200, body = Page<Alert>)))]
async fn list_ticket_alerts(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Alert>>> {
    let (limit, before) = query.read()?;
    let mut tx = permit.read(&app).await?;
    let organization = detail::organization_of(&mut tx, &permit.organizations, id).await?;
    let mut tickets = merges::member_ids(&mut tx, organization, &[id.uuid()]).await?;
    tickets.push(id);
    let rows = alerts::alerts_of_ticket(&mut tx, organization, &tickets, before, limit + 1).await?;
    Ok(Json(Page::of(rows, limit, |alert| alert.id)?))
}

/// Lists tickets like this one of the last 90 days, the likest first, at most 20.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/similar", tag = "tickets", params(("id" = TicketId, Path)),
    responses((status = 200, body = SimilarTickets)))]
async fn list_similar_tickets(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
) -> Result<Json<SimilarTickets>> {
    let mut tx = permit.read(&app).await?;
    let ticket = summary::summary(&mut tx, &permit.organizations, id).await?.ok_or_else(Error::not_found)?;
    let items = similar::similar(&mut tx, &ticket, app.clock.now()).await?;
    Ok(Json(SimilarTickets { items }))
}

/// Reads the raw payloads of a ticket's alerts, newest first, at most 50.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/raw", tag = "tickets", params(("id" = TicketId, Path)),
    responses((status = 200, body = TicketPayloads)))]
async fn list_ticket_payloads(
    permit: Permit<TicketsRaw>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
) -> Result<Json<TicketPayloads>> {
    let mut tx = permit.read(&app).await?;
    let organization = detail::organization_of(&mut tx, &permit.organizations, id).await?;
    let mut tickets = merges::member_ids(&mut tx, organization, &[id.uuid()]).await?;
    tickets.push(id);
    let items = alerts::payloads_of_ticket(&mut tx, organization, &tickets).await?;
    Ok(Json(TicketPayloads { items }))
}
