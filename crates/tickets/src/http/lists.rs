//! Lists of tickets. Equal questions asked at once share one run and its bytes.

use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use platform::db::Scope;
use platform::{
    App, Error, Json, Page, Permission, Permit, Principal, Query, Result, Routes, Tx, operations,
};
use time::OffsetDateTime;
use vocab::{OrganizationId, UserId};

use crate::TicketsRead;
use crate::filter::{Asked, TicketQuery};
use crate::flights::Flights;
use crate::model::TicketSummary;
use crate::order::Place;
use crate::store::count::TicketCount;
use crate::store::{count, list};

pub fn routes() -> Routes {
    operations![list_tickets, count_tickets]
}

/// The process asked, where the caller may read, who `me` is where that matters, and the question.
type Question = (usize, Arc<[OrganizationId]>, Option<UserId>, TicketQuery);

/// Answers carry no name of who asked: the same organizations and the same question give the same bytes.
static FLIGHTS: LazyLock<Flights<Question, Bytes>> = LazyLock::new(Flights::default);

/// Lists tickets: the queue. By default the most urgent first.
#[utoipa::path(get, path = "/api/v1/tickets", tag = "tickets", params(TicketQuery),
    responses((status = 200, body = Page<TicketSummary>)))]
async fn list_tickets(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Query(query): Query<TicketQuery>,
) -> Result<Response> {
    let asked = query.read(permit.user_id(), &permit.organizations)?;
    let names_me = query.assignee.as_deref().is_some_and(|text| text.contains("me"));
    let me = names_me.then(|| permit.user_id());
    let process = std::ptr::from_ref::<platform::app::Inner>(&app).addr();
    let question = (process, permit.organizations.clone(), me, query);
    let bytes = FLIGHTS
        .join(question, async || {
            let page = page_of(permit.read(&app).await?, &asked, app.clock.now()).await?;
            Ok::<_, Error>(Bytes::from(serde_json::to_vec(&page)?))
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// A page as asked for, in a transaction that sees the caller's organizations.
async fn page_of(mut tx: Tx, asked: &Asked, now: OffsetDateTime) -> Result<Page<TicketSummary>> {
    list::plan_once(&mut tx).await?;
    let rows = list::list(&mut tx, asked, now).await?;
    Page::of(rows, asked.limit, |ticket| Place::of(ticket, asked.sort))
}

/// The first page of the open queue, for the boot data of the web interface; `None` for who may not read tickets.
pub async fn first_page(app: &App, principal: &Principal) -> Result<Option<Page<TicketSummary>>> {
    let Some(organizations) = principal.grants.get(TicketsRead::NAME) else { return Ok(None) };
    let query = TicketQuery { stage: Some("new,in_progress,pending".to_owned()), ..TicketQuery::default() };
    let asked = query.read(principal.user_id, organizations)?;
    let tx = app.db.read(Scope::Organizations(organizations)).await?;
    page_of(tx, &asked, app.clock.now()).await.map(Some)
}

/// Counts tickets: exactly to 10,000.
#[utoipa::path(get, path = "/api/v1/tickets/count", tag = "tickets", params(TicketQuery),
    responses((status = 200, body = TicketCount)))]
async fn count_tickets(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Query(query): Query<TicketQuery>,
) -> Result<Json<TicketCount>> {
    let asked = query.read(permit.user_id(), &permit.organizations)?;
    let mut tx = permit.read(&app).await?;
    Ok(Json(count::count(&mut tx, &asked.filter).await?))
}
