//! Who watches a ticket, and which tickets belong together.

use axum::extract::State;
use axum::http::StatusCode;
use platform::audit::{self, Deed};
use platform::live::{self, Change};
use platform::{App, Error, ItemPermit, Json, Path, Permit, Result, Routes, Tx, operations};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use vocab::{OrganizationId, TicketId};

use crate::model::{LinkKind, Ticket};
use crate::row::{Entry, TicketRow};
use crate::store::activity::{self, Line};
use crate::store::{detail, links};
use crate::{TicketsRead, TicketsWrite, asking};

pub fn routes() -> Routes {
    operations![watch_ticket, unwatch_ticket, link_tickets, unlink_tickets]
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    pub kind: LinkKind,
    pub ticket_id: TicketId,
}

/// Watches a ticket: you are told what others do to it.
#[utoipa::path(put, path = "/api/v1/tickets/{id}/watch", tag = "tickets", params(("id" = TicketId, Path)),
    responses((status = 204)))]
async fn watch_ticket(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let organization = detail::organization_of(&mut tx, &permit.organizations, id).await?;
    links::watch(&mut tx, organization, id, permit.user_id()).await?;
    settle_watch(&mut tx, &permit, "ticket.watched", organization, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Watches a ticket no longer.
#[utoipa::path(delete, path = "/api/v1/tickets/{id}/watch", tag = "tickets", params(("id" = TicketId, Path)),
    responses((status = 204)))]
async fn unwatch_ticket(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let organization = detail::organization_of(&mut tx, &permit.organizations, id).await?;
    links::unwatch(&mut tx, id, permit.user_id()).await?;
    settle_watch(&mut tx, &permit, "ticket.unwatched", organization, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn settle_watch(
    tx: &mut Tx,
    permit: &Permit<TicketsRead>,
    action: &'static str,
    organization: OrganizationId,
    id: TicketId,
) -> Result<()> {
    audit::record(tx, &permit.actor, Deed::new(action, "ticket", id.uuid()).of(organization)).await?;
    let change = Change {
        topic: "tickets",
        organization: Some(organization),
        id: id.uuid(),
        change: "watched",
        data: None,
    };
    // Only the watcher's own windows show it.
    Ok(live::tell_user(tx, permit.user_id(), change).await?)
}

/// Links two tickets of one organization; linking them again changes the kind.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/links", tag = "tickets", request_body = NewLink,
    params(("id" = TicketId, Path)), responses((status = 200, body = Ticket)))]
async fn link_tickets(
    permit: ItemPermit<TicketsWrite>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    Json(link): Json<NewLink>,
) -> Result<Json<Ticket>> {
    if link.ticket_id == id {
        return Err(Error::invalid_field("ticket_id", "is this very ticket"));
    }
    let mut tx = permit.begin(&app).await?;
    let (one, other) = both(&app, &mut tx, &permit, id, link.ticket_id).await?;
    if links::insert(&mut tx, one.organization_id, id, link.kind, other.id).await? {
        settle_link(&mut tx, &permit, "ticket.linked", (&one, &other), link.kind.as_str()).await?;
    }
    let ticket = detail::find(&mut tx, permit.reach(), id, permit.user_id(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(ticket))
}

/// Removes the links between two tickets.
#[utoipa::path(delete, path = "/api/v1/tickets/{id}/links/{ticket_id}", tag = "tickets",
    params(("id" = TicketId, Path), ("ticket_id" = TicketId, Path)), responses((status = 204)))]
async fn unlink_tickets(
    permit: ItemPermit<TicketsWrite>,
    State(app): State<App>,
    Path((id, other)): Path<(TicketId, TicketId)>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let (one, other) = both(&app, &mut tx, &permit, id, other).await?;
    if !links::delete(&mut tx, one.organization_id, one.id, other.id).await? {
        return Err(Error::not_found());
    }
    settle_link(&mut tx, &permit, "ticket.unlinked", (&one, &other), "none").await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Both tickets, of one organization; a ticket of another organization might as well not be there.
async fn both(
    app: &App,
    tx: &mut Tx,
    permit: &ItemPermit<TicketsWrite>,
    id: TicketId,
    other: TicketId,
) -> Result<(TicketRow, TicketRow)> {
    let rows = asking::lock_all(app, tx, permit, &[id, other]).await?;
    let find = |wanted| rows.iter().find(|row| row.id == wanted).cloned().ok_or_else(Error::not_found);
    let (one, other) = (find(id)?, find(other)?);
    if one.organization_id == other.organization_id { Ok((one, other)) } else { Err(Error::not_found()) }
}

/// Both histories tell of it.
async fn settle_link(
    tx: &mut Tx,
    permit: &ItemPermit<TicketsWrite>,
    action: &'static str,
    (one, other): (&TicketRow, &TicketRow),
    kind: &str,
) -> Result<()> {
    let name = |from: &TicketRow, is_incoming: bool| Entry {
        kind: "linked",
        detail: json!({ "kind": kind, "ticket_id": from.id, "reference": from.reference, "is_incoming": is_incoming }),
    };
    let (there, back) = (name(other, false), name(one, true));
    let line = |row: &TicketRow, entry| Line { organization: row.organization_id, ticket: row.id, entry };
    activity::write(tx, permit.actor(), &[line(one, &there), line(other, &back)]).await?;
    let deed = crate::deeds::deed(permit.actor(), action, one, Some(there.detail.to_string()));
    let told = [crate::deeds::live(one, "linked"), crate::deeds::live(other, "linked")];
    platform::batch::record_and_tell(tx, &[deed], &told).await
}
