//! What could not be taken: listed, shown, replayed, discarded.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use platform::error::{FieldError, Problem};
use platform::{App, Error, Json, Page, Path, Permit, Query, Result, Routes, Tx, audit, operations, page};
use uuid::Uuid;
use vocab::QuarantineId;

use super::answers::DeliveryAnswer;
use super::processing::take_again;
use crate::quarantine::{
    self, Discard, QuarantineDetail, QuarantineItem, QuarantineQuery, QuarantineState, Sight,
};
use crate::reading::Arrival;
use crate::registry::Registry;
use crate::{QuarantineRead, QuarantineWrite};

pub fn routes() -> Routes {
    operations![
        list_quarantine,
        get_quarantine_item,
        get_quarantine_raw,
        replay_quarantine_item,
        discard_quarantine_item
    ]
}

/// Sources of which the caller sees every organization, and those organizations.
fn sight<P: platform::Permission>(app: &App, permit: &Permit<P>) -> Sight {
    let registry = app.service::<Registry>().table();
    let wholly = registry.by_token.values().filter(|source| {
        !source.organizations.is_empty()
            && source.organizations.values().all(|organization| permit.organizations.contains(organization))
    });
    Sight {
        sources: wholly.map(|source| source.id.uuid()).collect(),
        organizations: permit.organizations.iter().map(|id| id.uuid()).collect(),
        is_everywhere: permit.is_everywhere(),
    }
}

/// Lists what could not be taken, newest first.
#[utoipa::path(get, path = "/api/v1/quarantine", tag = "quarantine", params(QuarantineQuery),
    responses((status = 200, body = Page<QuarantineItem>)))]
async fn list_quarantine(
    permit: Permit<QuarantineRead>,
    State(app): State<App>,
    Query(query): Query<QuarantineQuery>,
) -> Result<Json<Page<QuarantineItem>>> {
    let limit = page::limit(query.limit)?;
    let before = query.cursor.as_deref().map(platform::Cursor::read::<Uuid>).transpose()?;
    let mut tx = permit.read(&app).await?;
    let sight = sight(&app, &permit);
    let rows = quarantine::list(&mut tx, &sight, &query, before, limit + 1).await?;
    Ok(Json(Page::of(rows, limit, |item| item.id)?))
}

/// Reads an item with its bytes as text.
#[utoipa::path(get, path = "/api/v1/quarantine/{id}", tag = "quarantine", params(("id" = QuarantineId, Path)),
    responses((status = 200, body = QuarantineDetail)))]
async fn get_quarantine_item(
    permit: Permit<QuarantineRead>,
    State(app): State<App>,
    Path(id): Path<QuarantineId>,
) -> Result<Json<QuarantineDetail>> {
    let mut tx = permit.read(&app).await?;
    let sight = sight(&app, &permit);
    let (item, body) = quarantine::find(&mut tx, &sight, id).await?;
    let text = String::from_utf8_lossy(&body);
    let is_lossy = matches!(text, std::borrow::Cow::Owned(_));
    Ok(Json(QuarantineDetail { item, body_text: text.into_owned(), is_lossy }))
}

/// Downloads an item's bytes as they came.
#[utoipa::path(get, path = "/api/v1/quarantine/{id}/raw", tag = "quarantine", params(("id" = QuarantineId, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = [u8])))]
async fn get_quarantine_raw(
    permit: Permit<QuarantineRead>,
    State(app): State<App>,
    Path(id): Path<QuarantineId>,
) -> Result<Response> {
    let mut tx = permit.read(&app).await?;
    let sight = sight(&app, &permit);
    let (_, body) = quarantine::find(&mut tx, &sight, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.bin\"")),
    ];
    Ok((headers, body).into_response())
}

/// Takes an item again: it becomes alerts and tickets, or the reason why not is told and it stays.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/replay", tag = "quarantine", params(("id" = QuarantineId, Path)),
    responses(
    (status = 200, body = DeliveryAnswer),
    (status = 409, body = Problem, content_type = "application/problem+json"),
    (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn replay_quarantine_item(
    permit: Permit<QuarantineWrite>,
    State(app): State<App>,
    Path(id): Path<QuarantineId>,
) -> Result<Json<DeliveryAnswer>> {
    let mut tx = permit.begin(&app).await?;
    let sight = sight(&app, &permit);
    // Locked until it is settled: of two who replay it at once, one is told that it is done.
    quarantine::lock(&mut tx, id).await?;
    let (item, body) = quarantine::find(&mut tx, &sight, id).await?;
    if item.state != QuarantineState::Held {
        return Err(Error::conflict("already_settled", "It was replayed or discarded already."));
    }
    let source = app.service::<Registry>().by_id(item.source_id).ok_or_else(Error::not_found)?;
    let arrival = Arrival {
        source,
        body: body.into(),
        content_type: item.content_type,
        received_at: item.received_at,
        ip: None,
        request_id: permit.actor.request_id,
    };
    let answer = take_again(&app, arrival).await?.map_err(|refused| {
        let errors = refused.iter().take(50).map(|why| FieldError {
            path: why.position.as_ref().map(|at| at.path.clone()).unwrap_or_default(),
            message: why.message.clone(),
        });
        let errors = errors.collect::<Vec<_>>();
        let first = refused.first();
        let detail = first.map_or_else(String::new, |why| why.message.clone());
        let code = first.map_or("unreadable", |why| why.code);
        Error::problem(StatusCode::UNPROCESSABLE_ENTITY, code, detail).with_errors(errors)
    })?;
    settle(&app, &permit, &mut tx, id, QuarantineState::Replayed, None).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// Sets an item aside for good; it stays readable among the discarded.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/discard", tag = "quarantine", params(("id" = QuarantineId, Path)),
    request_body = Discard, responses(
    (status = 204),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn discard_quarantine_item(
    permit: Permit<QuarantineWrite>,
    State(app): State<App>,
    Path(id): Path<QuarantineId>,
    Json(discard): Json<Discard>,
) -> Result<StatusCode> {
    let reason = discard.reason.trim();
    if reason.is_empty() || discard.reason.chars().count() > 1000 || reason.contains('\0') {
        return Err(Error::invalid_field("reason", "has 1 to 1000 characters"));
    }
    let mut tx = permit.begin(&app).await?;
    let sight = sight(&app, &permit);
    quarantine::find(&mut tx, &sight, id).await?;
    settle(&app, &permit, &mut tx, id, QuarantineState::Discarded, Some(reason)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn settle(
    app: &App,
    permit: &Permit<QuarantineWrite>,
    tx: &mut Tx,
    id: QuarantineId,
    state: QuarantineState,
    reason: Option<&str>,
) -> Result<()> {
    let by = permit.user_id().uuid();
    if !quarantine::settle(tx, id, state, by, app.clock.now(), reason).await? {
        return Err(Error::conflict("already_settled", "It was replayed or discarded already."));
    }
    let action = match state {
        QuarantineState::Replayed => "delivery.replayed",
        _ => "delivery.discarded",
    };
    let deed =
        audit::Deed::new(action, "quarantine", id.uuid()).with(serde_json::json!({ "reason": reason }));
    audit::record(tx, &permit.actor, deed).await?;
    Ok(())
}
