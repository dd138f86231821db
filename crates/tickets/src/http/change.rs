//! Making tickets and moving them through their stages.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use platform::batch;
use platform::error::Problem;
use platform::http::Versioned;
use platform::items::Item;
use platform::{
    App, Error, IfMatch, ItemPermit, Json, Path, Permission, Result, Routes, Tx, again, operations, reference,
};
use serde_json::json;
use vocab::{OrganizationId, Stage, TicketId, UserId};

use super::{check_version, if_match};
use crate::model::{Ending, NewTicket, Reason, Ticket, TicketChange, UrgencyTerm};
use crate::row::{self, AssetFacts, Changed, Entry, Known, TicketRow};
use crate::store::activity::{self, Line};
use crate::store::{detail, merges, rows, statuses, terms};
use crate::{
    TicketsAssign, TicketsClose, TicketsCreate, TicketsReopen, TicketsWrite, asking, deeds, people, words,
};

pub fn routes() -> Routes {
    operations![create_ticket, update_ticket, claim_ticket, resolve_ticket, close_ticket, reopen_ticket]
}

/// Makes a ticket by hand.
#[utoipa::path(post, path = "/api/v1/tickets", tag = "tickets", request_body = NewTicket, responses(
    (status = 201, body = Ticket, headers(("ETag" = String))),
    (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn create_ticket(
    permit: ItemPermit<TicketsCreate>,
    State(app): State<App>,
    Json(new): Json<NewTicket>,
) -> Result<(StatusCode, Versioned<Ticket>)> {
    let new = new.checked()?;
    permit.covers(new.organization_id)?;
    permit.ask(&app, item_of(&new))?;
    let mut tx = permit.begin(&app).await?;
    check_parts(&permit, &app, &mut tx, &new).await?;
    let row = make(&app, &mut tx, new, permit.user_id()).await?;
    let beside = terms::asset_names(&mut tx, row.asset_id).await?;
    let found_by = words::words(&words::Described { asset_names: &beside, ..row.described() });
    rows::insert(&mut tx, &row, permit.user_id(), &found_by).await?;
    tell_created(&permit, &mut tx, &row).await?;
    let body = answer(&app, &mut tx, &row, permit.user_id()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, body))
}

/// What somebody makes is their own.
fn item_of(new: &NewTicket) -> Item {
    Item { organization: new.organization_id, is_own: true, severity: new.severity }
}

async fn check_parts(
    permit: &ItemPermit<TicketsCreate>,
    app: &App,
    tx: &mut Tx,
    new: &NewTicket,
) -> Result<()> {
    if let Some(asset) = new.asset_id
        && !rows::has_asset(tx, new.organization_id, asset).await?
    {
        return Err(Error::invalid_field("asset_id", "is no asset of this organization"));
    }
    let Some(assignee) = new.assignee_id else { return Ok(()) };
    if assignee != permit.user_id() {
        require::<TicketsAssign, _>(permit, new.organization_id)?;
    }
    people::check_assignable(app, tx, new.organization_id, assignee).await
}

async fn make(app: &App, tx: &mut Tx, new: NewTicket, by: UserId) -> Result<TicketRow> {
    let now = app.clock.now();
    let asset = asset_facts(tx, new.asset_id).await?;
    let exposure = detection::urgency::exposure(new.source_ip, new.destination_ip, asset.is_internet_facing);
    let work = detection::urgency::urgency(new.severity, asset.criticality, exposure);
    let number = reference::take(tx, new.organization_id, "TCK", now.year(), 1).await?;
    Ok(TicketRow {
        id: TicketId::new(),
        organization_id: new.organization_id,
        reference: reference::format("TCK", now.year(), number),
        title: new.title,
        description: new.description.filter(|text| !text.is_empty()),
        stage: Stage::New,
        status_key: None,
        severity: new.severity,
        urgency: work.urgency,
        urgency_score: work.score,
        urgency_terms: work.terms.into_iter().map(UrgencyTerm::from).collect(),
        assignee_id: new.assignee_id,
        created_by: Some(by),
        source_ip: new.source_ip,
        destination_ip: new.destination_ip,
        asset_id: new.asset_id,
        alert_count: 0,
        occurrences: 0,
        first_seen_at: now,
        last_seen_at: now,
        created_at: now,
        acknowledged_at: None,
        resolved_at: None,
        closed_at: None,
        verdict: None,
        impact: None,
        reason: None,
        offers_suppression: false,
        tags: new.tags,
        merged_into: None,
        version: 1,
    })
}

async fn tell_created(permit: &ItemPermit<TicketsCreate>, tx: &mut Tx, row: &TicketRow) -> Result<()> {
    let entry = Entry { kind: "created", detail: json!({ "by_hand": true, "assignee_id": row.assignee_id }) };
    let line = Line { organization: row.organization_id, ticket: row.id, entry: &entry };
    activity::write(tx, permit.actor(), &[line]).await?;
    let detail = json!({ "title": row.title, "severity": row.severity }).to_string();
    let deed = deeds::deed(permit.actor(), "ticket.created", row, Some(detail));
    batch::record_and_tell(tx, &[deed], &[deeds::live(row, "created")]).await?;
    let notice =
        row.assignee_id.map(|user| deeds::new_notice(row, user, notifications::NoticeKind::Assigned, None));
    let now = row.created_at;
    Ok(notifications::notify(tx, permit.actor(), now, notice.as_slice()).await?)
}

/// Edits a ticket. Nothing is overwritten that somebody changed since you read it.
#[utoipa::path(patch, path = "/api/v1/tickets/{id}", tag = "tickets", request_body = TicketChange,
    params(("id" = TicketId, Path), ("If-Match" = String, Header, description = "The version you read, quoted")),
    responses(
    (status = 200, body = Ticket, headers(("ETag" = String))),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn update_ticket(
    permit: ItemPermit<TicketsWrite>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    IfMatch(version): IfMatch,
    Json(change): Json<TicketChange>,
) -> Result<Versioned<Ticket>> {
    let change = change.checked()?;
    again!({
        let mut tx = permit.begin(&app).await?;
        let found = asking::find(&mut tx, &permit, id).await?;
        let row = found.ask_to_assign(&app, &permit, change.assignee_id)?;
        check_version(row.version, Some(version))?;
        if let Some(assignee) = change.assignee_id {
            check_assignment(&permit, &app, &mut tx, &row, assignee).await?;
        }
        let known = known(&mut tx, &row, change.status.as_ref().and_then(Option::as_deref)).await?;
        let changed = row::edit(row, &change, &known, app.clock.now())?;
        asking::ask_severity(&app, &permit, &changed.after)?;
        keep_and_answer(&app, tx, &permit, changed).await
    })
}

/// To assign anybody but oneself takes a permission, and so does taking a ticket from somebody.
async fn check_assignment(
    permit: &ItemPermit<TicketsWrite>,
    app: &App,
    tx: &mut Tx,
    row: &TicketRow,
    to: Option<UserId>,
) -> Result<()> {
    if to == row.assignee_id {
        return Ok(());
    }
    let me = permit.user_id();
    let is_own = to.unwrap_or(me) == me && row.assignee_id.unwrap_or(me) == me;
    if !is_own {
        require::<TicketsAssign, _>(permit, row.organization_id)?;
    }
    match to {
        Some(user) => people::check_assignable(app, tx, row.organization_id, user).await,
        None => Ok(()),
    }
}

/// Refuses unless the caller has the permission `Q` too.
pub fn require<Q: Permission, P: Permission>(
    permit: &ItemPermit<P>,
    organization: OrganizationId,
) -> Result<()> {
    if permit.also_may::<Q>(organization) { Ok(()) } else { Err(Error::forbidden(Q::NAME)) }
}

/// What an edit needs to know beside the ticket.
pub async fn known(tx: &mut Tx, row: &TicketRow, status: Option<&str>) -> Result<Known> {
    let status_stage = match status {
        Some(key) => statuses::stage_of(tx, row.organization_id, key).await?,
        None => None,
    };
    Ok(Known { asset: asset_facts(tx, row.asset_id).await?, status_stage })
}

async fn asset_facts(tx: &mut Tx, asset: Option<vocab::AssetId>) -> Result<AssetFacts, sqlx::Error> {
    let Some(asset) = asset else { return Ok(AssetFacts::default()) };
    let facts = rows::asset_facts(tx, &[asset.uuid()]).await?;
    Ok(facts.first().map(|(_, facts)| *facts).unwrap_or_default())
}

/// Takes a ticket: it becomes yours and work begins.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/claim", tag = "tickets", params(("id" = TicketId, Path)), responses(
    (status = 200, body = Ticket, headers(("ETag" = String))),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn claim_ticket(
    permit: ItemPermit<TicketsWrite>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
) -> Result<Versioned<Ticket>> {
    let me = permit.user_id();
    again!({
        let mut tx = permit.begin(&app).await?;
        let found = asking::find(&mut tx, &permit, id).await?;
        let row = found.ask_to_assign(&app, &permit, Some(Some(me)))?;
        if let Some(holder) = row.assignee_id.filter(|holder| *holder != me) {
            let name = rows::display_name(&mut tx, holder).await?;
            return Err(Error::conflict("already_claimed", format!("{name} has it already."))
                .with_context(json!({ "assignee": { "id": holder, "display_name": name } })));
        }
        let changed = row::claim(row, me, app.clock.now())?;
        keep_and_answer(&app, tx, &permit, changed).await
    })
}

/// Resolves a ticket with a verdict.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/resolve", tag = "tickets", request_body = Ending,
    params(("id" = TicketId, Path), ("If-Match" = Option<String>, Header, description = "The version you read, quoted")),
    responses(
    (status = 200, body = Ticket, headers(("ETag" = String))),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn resolve_ticket(
    permit: ItemPermit<TicketsClose>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    headers: HeaderMap,
    Json(ending): Json<Ending>,
) -> Result<Versioned<Ticket>> {
    let ending = ending.checked()?;
    again!({
        let mut tx = permit.begin(&app).await?;
        let row = asking::lock_one(&app, &mut tx, &permit, id).await?;
        check_version(row.version, if_match(&headers)?)?;
        let changed = row::resolve(row, &ending, app.clock.now())?;
        keep_and_answer(&app, tx, &permit, changed).await
    })
}

/// Closes a ticket with a verdict, and with it the tickets that were merged into it.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/close", tag = "tickets", request_body = Ending,
    params(("id" = TicketId, Path), ("If-Match" = Option<String>, Header, description = "The version you read, quoted")),
    responses(
    (status = 200, body = Ticket, headers(("ETag" = String))),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn close_ticket(
    permit: ItemPermit<TicketsClose>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    headers: HeaderMap,
    Json(ending): Json<Ending>,
) -> Result<Versioned<Ticket>> {
    let ending = ending.checked()?;
    again!({
        let mut tx = permit.begin(&app).await?;
        let row = asking::lock_one(&app, &mut tx, &permit, id).await?;
        check_version(row.version, if_match(&headers)?)?;
        let changed = row::close(row, &ending, app.clock.now())?;
        keep_and_answer(&app, tx, &permit, changed).await
    })
}

/// Reopens a resolved or closed ticket.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/reopen", tag = "tickets", request_body = Reason,
    params(("id" = TicketId, Path)), responses(
    (status = 200, body = Ticket, headers(("ETag" = String))),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn reopen_ticket(
    permit: ItemPermit<TicketsReopen>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    Json(reason): Json<Reason>,
) -> Result<Versioned<Ticket>> {
    let reason = reason.checked()?;
    again!({
        let mut tx = permit.begin(&app).await?;
        let row = asking::lock_one(&app, &mut tx, &permit, id).await?;
        let changed = row::reopen(row, &reason.reason, app.clock.now())?;
        keep_and_answer(&app, tx, &permit, changed).await
    })
}

/// Keeps one change, commits, and answers with the ticket as it is now.
async fn keep_and_answer<P: Permission>(
    app: &App,
    mut tx: Tx,
    permit: &ItemPermit<P>,
    changed: Changed,
) -> Result<Versioned<Ticket>> {
    let changes = with_members(&mut tx, vec![changed]).await?;
    deeds::keep(app, &mut tx, permit.actor(), app.clock.now(), &changes).await?;
    let Some(row) = changes.first().map(|change| &change.after) else { return Err(Error::not_found()) };
    let body = answer(app, &mut tx, row, permit.user_id()).await?;
    tx.commit().await?;
    Ok(body)
}

/// A survivor's end is its members' end, and so is its return.
pub async fn with_members(tx: &mut Tx, mut changes: Vec<Changed>) -> Result<Vec<Changed>> {
    let ended = changes
        .iter()
        .filter(|change| change.after.verdict != change.before.verdict)
        .cloned()
        .collect::<Vec<_>>();
    for survivor in ended {
        let organization = survivor.after.organization_id;
        let ids = merges::member_ids(tx, organization, &[survivor.after.id.uuid()]).await?;
        for member in rows::lock(tx, &[organization], &ids).await? {
            changes.push(row::follow(member, &survivor));
        }
    }
    Ok(changes)
}

async fn answer(app: &App, tx: &mut Tx, row: &TicketRow, me: UserId) -> Result<Versioned<Ticket>> {
    let body = detail::find(tx, &[row.organization_id], row.id, me, app.clock.now()).await?;
    Ok(Versioned { version: body.summary.version, body })
}
