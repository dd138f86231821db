//! Merging tickets, taking one out again, and undoing a merge at once.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use platform::error::Problem;
use platform::http::Versioned;
use platform::{App, Error, ItemPermit, Json, Path, Result, Routes, again, operations};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::TicketId;

use crate::TicketsMerge;
use crate::merging;
use crate::model::Ticket;
use crate::store::{detail, merges};

/// Tickets one merge may take.
const MOST: usize = 200;

pub fn routes() -> Routes {
    operations![merge_tickets, split_ticket, undo_merge]
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMerge {
    /// The ticket that is worked on from now on.
    pub survivor_id: TicketId,
    #[schema(min_items = 1, max_items = 200)]
    pub member_ids: Vec<TicketId>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub member_id: TicketId,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Merged {
    pub merge_id: Uuid,
    pub survivor: Ticket,
    #[serde(with = "time::serde::rfc3339")]
    pub undo_until: OffsetDateTime,
}

/// Merges tickets of one organization into one of them. The members keep their alerts and their history, are closed,
/// and can be split off again.
#[utoipa::path(post, path = "/api/v1/tickets/merge", tag = "tickets", request_body = NewMerge, responses(
    (status = 200, body = Merged),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn merge_tickets(
    permit: ItemPermit<TicketsMerge>,
    State(app): State<App>,
    Json(new): Json<NewMerge>,
) -> Result<Json<Merged>> {
    if new.member_ids.is_empty() || new.member_ids.len() > MOST {
        return Err(Error::invalid_field("member_ids", format!("has 1 to {MOST} ids")));
    }
    if new.member_ids.contains(&new.survivor_id) {
        return Err(Error::invalid_field("member_ids", "has the survivor in it"));
    }
    // One named twice is one member.
    let members: Vec<TicketId> =
        new.member_ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let now = app.clock.now();
    again!({
        let mut tx = permit.begin(&app).await?;
        let merge_id = merging::merge(&app, &mut tx, &permit, now, new.survivor_id, &members).await?;
        let survivor = detail::find(&mut tx, permit.reach(), new.survivor_id, permit.user_id(), now).await?;
        tx.commit().await?;
        Ok(Json(Merged { merge_id, survivor, undo_until: now + Duration::seconds(merges::UNDO_SECONDS) }))
    })
}

/// Takes a member out of the ticket it was merged into: it is again what it was.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/split", tag = "tickets", request_body = Split,
    params(("id" = TicketId, Path)), responses(
    (status = 200, body = Ticket, headers(("ETag" = String))),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn split_ticket(
    permit: ItemPermit<TicketsMerge>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    Json(split): Json<Split>,
) -> Result<Versioned<Ticket>> {
    let now = app.clock.now();
    again!({
        let mut tx = permit.begin(&app).await?;
        merging::split(&app, &mut tx, &permit, now, id, split.member_id).await?;
        let body = detail::find(&mut tx, permit.reach(), split.member_id, permit.user_id(), now).await?;
        tx.commit().await?;
        Ok(Versioned { version: body.summary.version, body })
    })
}

/// Undoes a merge within a minute, unless somebody changed one of its tickets since.
#[utoipa::path(post, path = "/api/v1/tickets/merges/{merge_id}/undo", tag = "tickets",
    params(("merge_id" = Uuid, Path)), responses(
    (status = 204),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn undo_merge(
    permit: ItemPermit<TicketsMerge>,
    State(app): State<App>,
    Path(merge_id): Path<Uuid>,
) -> Result<StatusCode> {
    again!({
        let mut tx = permit.begin(&app).await?;
        merging::undo(&app, &mut tx, &permit, app.clock.now(), merge_id).await?;
        tx.commit().await?;
        Ok(StatusCode::NO_CONTENT)
    })
}
