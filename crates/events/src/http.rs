//! Kept events over HTTP.

use axum::extract::State;
use platform::ids::first_id;
use platform::{App, Cursor, Json, Path, Permit, Query, Result, Routes, operations};
use uuid::Uuid;

use crate::model::{EventDetail, EventHistogram, EventPage, EventQuery};
use crate::{EventsRead, store};

/// Widths of buckets that people read well.
const WIDTHS: [i64; 9] = [60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400];
const MOST_BUCKETS: i64 = 150;

pub fn routes() -> Routes {
    operations![list_events, get_event_histogram, get_event]
}

/// Lists events, newest first. A search that looks at much stops after some seconds, says how far it got, and goes on
/// with its cursor.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventQuery),
    responses((status = 200, body = EventPage)))]
async fn list_events(
    permit: Permit<EventsRead>,
    State(app): State<App>,
    Query(query): Query<EventQuery>,
) -> Result<Json<EventPage>> {
    let (filter, asked) = query.read(app.clock.now())?;
    let mut tx = permit.read(&app).await?;
    let found = store::search(&mut tx, &permit.narrowed(&asked), &filter).await?;
    let limit = usize::try_from(filter.limit).unwrap_or(0);
    let has_more = found.items.len() > limit;
    let mut items = found.items;
    items.truncate(limit);
    let last = match (found.cut_off, items.last()) {
        (Some(reached), _) => Some(first_id(reached)),
        (None, Some(last)) if has_more => Some(last.id),
        _ => None,
    };
    let next_cursor = last.map(|id| Cursor::write(&id)).transpose()?;
    Ok(Json(EventPage { items, next_cursor, cut_off: found.cut_off }))
}

/// Counts events by time and severity.
#[utoipa::path(get, path = "/api/v1/events/histogram", tag = "events", params(EventQuery),
    responses((status = 200, body = EventHistogram)))]
async fn get_event_histogram(
    permit: Permit<EventsRead>,
    State(app): State<App>,
    Query(query): Query<EventQuery>,
) -> Result<Json<EventHistogram>> {
    let (filter, asked) = query.read(app.clock.now())?;
    let seconds = (filter.to - filter.from).whole_seconds();
    let width = WIDTHS.into_iter().find(|width| seconds / width <= MOST_BUCKETS);
    let bucket_seconds = width.unwrap_or_else(|| (seconds / MOST_BUCKETS / 86_400 + 1) * 86_400);
    let mut tx = permit.read(&app).await?;
    let organizations = permit.narrowed(&asked);
    let (buckets, cut_off) = store::histogram(&mut tx, &organizations, &filter, bucket_seconds).await?;
    Ok(Json(EventHistogram { bucket_seconds, from: filter.from, to: filter.to, buckets, cut_off }))
}

/// Reads an event: its columns, the sender's fields, OCSF and the raw text.
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "events", params(("id" = Uuid, Path)),
    responses((status = 200, body = EventDetail)))]
async fn get_event(
    permit: Permit<EventsRead>,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<EventDetail>> {
    let mut tx = permit.read(&app).await?;
    Ok(Json(store::find(&mut tx, &permit.organizations, id).await?))
}
