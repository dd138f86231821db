//! `POST /api/v1/integrations/webhook`: the sender's token says who delivers, the commit comes before the answer.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use assets::Inventory;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use platform::db::Scope;
use platform::error::{FieldError, OnConstraint, Problem};
use platform::{App, Error, Json, Path, Permit, Public, Result, Routes, operations};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::ToSchema;
use vocab::{QuarantineId, SourceId};

use crate::counters::Counted;
use crate::pipeline::{Answer, Intake};
use crate::reading::{self, Arrival, Place, Refused};
use crate::registry::{Registry, SourceRecord};
use crate::spool::Record;
use crate::{HealthRead, quarantine};

/// Refused elements of one delivery that are held one by one.
const MOST_HELD: usize = 50;

pub fn routes() -> Routes {
    operations![deliver, deliver_with_path_token]
}

pub fn health_routes() -> Routes {
    operations![get_intake_health]
}

/// One element's answer: what became of it, or why it lies in quarantine.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ElementAnswer {
    Kept(Box<Answer>),
    Held(HeldAnswer),
}

/// An element that could not be taken; its bytes lie in quarantine.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldAnswer {
    #[schema(example = "quarantined")]
    pub outcome: &'static str,
    pub code: &'static str,
    pub detail: String,
    pub position: Option<Place>,
    pub quarantine_id: QuarantineId,
}

/// The delivery waits on disk until the database is back.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpooledAnswer {
    #[schema(example = "spooled")]
    pub outcome: &'static str,
}

/// One answer, or one per element of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum DeliveryAnswer {
    One(ElementAnswer),
    Many(Vec<ElementAnswer>),
}

/// The state of this process's intake.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntakeHealth {
    pub spool: SpoolHealth,
    /// `ok` or `away`.
    pub database: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SpoolHealth {
    pub items: u64,
    pub bytes: u64,
    pub limit_bytes: u64,
}

/// Takes a delivery: FortiSIEM's XML, JSON or CEF, or the generic alert, told apart by content.
///
/// Authenticate with the source's token. A list is answered element by element; a bad element does not sink its
/// neighbours.
#[utoipa::path(post, path = "/api/v1/integrations/webhook", tag = "intake",
    security(("source_token" = [])),
    request_body(content = String, content_type = "application/xml",
        description = "FortiSIEM incident XML, REST JSON, CEF, or the generic alert"),
    responses(
    (status = 200, body = DeliveryAnswer),
    (status = 202, body = SpooledAnswer, description = "The database is away; the delivery is safe on disk"),
    (status = 400, body = Problem, content_type = "application/problem+json"),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 413, body = Problem, content_type = "application/problem+json"),
    (status = 415, body = Problem, content_type = "application/problem+json"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "Nothing could be read; the body lies in quarantine"),
    (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn deliver(caller: Public, State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response> {
    let token = bearer(&headers)?;
    receive(&app, caller, token, &headers, body).await
}

/// Takes a delivery from a sender that cannot set headers: its token is the last part of the path.
#[utoipa::path(post, path = "/api/v1/integrations/webhook/{token}", tag = "intake",
    params(("token" = String, Path, description = "The source's token")),
    request_body(content = String, content_type = "application/xml",
        description = "FortiSIEM incident XML, REST JSON, CEF, or the generic alert"),
    responses(
    (status = 200, body = DeliveryAnswer),
    (status = 202, body = SpooledAnswer, description = "The database is away; the delivery is safe on disk"),
    (status = 400, body = Problem, content_type = "application/problem+json"),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 413, body = Problem, content_type = "application/problem+json"),
    (status = 415, body = Problem, content_type = "application/problem+json"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "Nothing could be read; the body lies in quarantine"),
    (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn deliver_with_path_token(
    caller: Public,
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response> {
    receive(&app, caller, &token, &headers, body).await
}

/// The state of this process's intake.
#[utoipa::path(get, path = "/api/v1/intake/health", tag = "intake", responses(
    (status = 200, body = IntakeHealth),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json")))]
async fn get_intake_health(
    _permit: Permit<HealthRead>,
    State(app): State<App>,
) -> Result<Json<IntakeHealth>> {
    let spool = &app.service::<Intake>().spool;
    let is_there = sqlx::query!("select 1 as one").fetch_one(app.db.pool()).await.is_ok();
    Ok(Json(IntakeHealth {
        spool: SpoolHealth { items: spool.items(), bytes: spool.bytes(), limit_bytes: spool.limit() },
        database: if is_there { "ok" } else { "away" },
    }))
}

fn bearer(headers: &HeaderMap) -> Result<&str> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    token.ok_or_else(unknown_token)
}

fn unknown_token() -> Error {
    Error::problem(StatusCode::UNAUTHORIZED, "unknown_source", "The source token is missing or unknown.")
        .with_header(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"))
}

async fn receive(
    app: &App,
    caller: Public,
    token: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response> {
    let source = app.service::<Registry>().find_or_ask(app, token).await.ok_or_else(unknown_token)?;
    if !source.is_enabled {
        return Err(Error::problem(StatusCode::FORBIDDEN, "source_disabled", "This source is switched off."));
    }
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        let detail = "Send the body without Content-Encoding.";
        return Err(Error::problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", detail));
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.map(|value| value.chars().take(200).collect());
    let intake = app.service::<Intake>();
    let (body, is_whole) = collect(body, app.config.intake.body_bytes, &intake.room).await?;
    let arrival = Arc::new(Arrival {
        source,
        body,
        content_type,
        received_at: app.clock.now(),
        ip: caller.ip,
        request_id: caller.request_id,
    });
    if !is_whole {
        return too_large(app, &arrival).await;
    }
    if intake.spool.is_waiting() {
        return spool(&intake, arrival).await;
    }
    match process(app, &intake, &arrival).await {
        Ok(answer) => reply(app, answer),
        Err(error) if error.is_database_away() => spool(&intake, arrival).await,
        Err(error) => Err(error),
    }
}

/// A body with the room it takes: given back when the last slice of it is let go.
struct Gathered {
    bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Gathered {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Gathered {
    fn extend(&mut self, data: &[u8], room: &Arc<Semaphore>) -> Result<()> {
        self.bytes.extend_from_slice(data);
        let held = self.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = self.bytes.len().div_ceil(1024).saturating_sub(held);
        let busy =
            || Error::unavailable("busy", "More is being delivered than can be held; send it again later.");
        let more = u32::try_from(more).map_err(|_| busy())?;
        let more = room.clone().try_acquire_many_owned(more).map_err(|_| busy())?;
        match &mut self.room {
            Some(room) => room.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

/// Reads the body up to the limit, and says whether that was all.
async fn collect(mut body: Body, limit: usize, room: &Arc<Semaphore>) -> Result<(Bytes, bool)> {
    let mut gathered = Gathered { bytes: Vec::new(), room: None };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::bad_request("unreadable_body", "The body broke off."))?;
        let Some(data) = frame.data_ref() else { continue };
        let most = limit - gathered.bytes.len();
        gathered.extend(data.get(..most).unwrap_or(data), room)?;
        if data.len() > most {
            return Ok((Bytes::from_owner(gathered), false));
        }
    }
    Ok((Bytes::from_owner(gathered), true))
}

async fn too_large(app: &App, arrival: &Arc<Arrival>) -> Result<Response> {
    let limit = app.config.intake.body_bytes;
    let message = format!("the body is larger than {limit} bytes; its beginning is kept");
    let refused =
        Refused { code: "too_large", message: message.clone(), position: None, raw: arrival.body.clone() };
    hold(app, arrival, &[refused]).await?;
    Err(Error::problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message))
}

/// Waits for the disk, not for the database.
async fn spool(intake: &Arc<Intake>, arrival: Arc<Arrival>) -> Result<Response> {
    let writer = intake.clone();
    let written = tokio::task::spawn_blocking(move || writer.spool.append(&arrival)).await?;
    match written {
        Ok(()) => Ok((StatusCode::ACCEPTED, Json(SpooledAnswer { outcome: "spooled" })).into_response()),
        Err(error) => {
            tracing::error!(cause = format!("{error:#}"), "a delivery could be kept nowhere");
            let detail = "The database is away and the spool cannot take more; send it again later.";
            Err(Error::unavailable("spool_full", detail))
        }
    }
}

struct Processed {
    is_list: bool,
    elements: Vec<ElementAnswer>,
}

/// Reads a delivery. Should that panic, the body lies in quarantine like everything else that cannot be taken: it must
/// not stop what waits behind it.
fn read(app: &App, arrival: &Arc<Arrival>) -> reading::Read {
    let inventory = app.service::<Inventory>();
    let read = AssertUnwindSafe(|| reading::read(arrival, &inventory, app.config.intake.body_bytes));
    catch_unwind(read).unwrap_or_else(|_| {
        tracing::error!(source = %arrival.source.id, "reading a delivery panicked");
        let message = "reading it failed; replay it when the cause is mended".to_owned();
        let refused = Refused { code: "not_kept", message, position: None, raw: arrival.body.clone() };
        reading::Read { is_list: false, elements: vec![Err(refused)] }
    })
}

/// Reads a delivery and keeps its elements: what can be taken as alerts, the rest in quarantine.
async fn process(app: &App, intake: &Arc<Intake>, arrival: &Arc<Arrival>) -> Result<Processed> {
    let read = read(app, arrival);
    // All of a list are handed over before the first answer is awaited: they share batches.
    let outcomes = futures_util::future::join_all(read.elements.into_iter().map(|element| async move {
        let incoming = match element {
            Ok(incoming) => incoming,
            Err(refused) => return Ok(Err(refused)),
        };
        let raw = incoming.raw.clone();
        kept_or_refused(intake.keep(incoming).await, raw)
    }))
    .await;
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>>>()?;
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err().cloned()).collect::<Vec<_>>();
    let mut held = hold(app, arrival, &refused).await?.into_iter();
    let elements = outcomes.into_iter().filter_map(|outcome| match outcome {
        Ok(answer) => {
            count(intake, arrival, &answer);
            Some(ElementAnswer::Kept(Box::new(answer)))
        }
        Err(_) => held.next().map(ElementAnswer::Held),
    });
    let elements = elements.collect();
    Ok(Processed { is_list: read.is_list, elements })
}

/// What the database would not take though it is there lies in quarantine, where people see it; it neither sinks its
/// neighbours nor stops what waits behind it.
fn kept_or_refused(kept: Result<Answer>, raw: Bytes) -> Result<Result<Answer, Refused>> {
    match kept {
        Err(Error::Internal(cause)) if !platform::error::is_away_cause(&cause) => {
            tracing::error!(cause = format!("{cause:#}"), "an incident could not be kept");
            let message = "it was read but could not be kept; replay it when the cause is mended".to_owned();
            Ok(Err(Refused { code: "not_kept", message, position: None, raw }))
        }
        other => other.map(Ok),
    }
}

fn count(intake: &Intake, arrival: &Arrival, answer: &Answer) {
    use detection::regrouping::Outcome;
    let counted = match answer.outcome {
        Outcome::Created => Counted::Created,
        Outcome::Updated => Counted::Updated,
        Outcome::Duplicate => Counted::Duplicate,
        Outcome::Reopened => Counted::Reopened,
        Outcome::Linked => Counted::Linked,
        Outcome::Suppressed => Counted::Suppressed,
    };
    intake.counters.count(arrival.source.id, arrival.received_at, counted);
}

/// Keeps what was refused of one delivery, in one transaction; beyond [`MOST_HELD`] elements the whole body, once.
async fn hold(app: &App, arrival: &Arc<Arrival>, refused: &[Refused]) -> Result<Vec<HeldAnswer>> {
    if refused.is_empty() {
        return Ok(Vec::new());
    }
    let whole = (refused.len() > MOST_HELD).then(|| whole(arrival, refused));
    let mut tx = app.db.begin(Scope::System).await?;
    let mut ids = Vec::new();
    for one in whole.as_ref().map_or(refused, std::slice::from_ref) {
        // The source may have been removed since it was looked up: then it is as unknown as its token.
        let id = quarantine::keep(&mut tx, arrival, one, app.config.intake.quarantine_body_bytes).await;
        ids.push(id.on_constraint("quarantine_source_id_fkey", unknown_token)?);
    }
    tx.commit().await?;
    let counters = &app.service::<Intake>().counters;
    // One id for all where the whole is held.
    let held = refused.iter().zip(ids.into_iter().cycle()).map(|(one, id)| {
        counters.count(arrival.source.id, arrival.received_at, Counted::Quarantined);
        HeldAnswer {
            outcome: "quarantined",
            code: one.code,
            detail: one.message.clone(),
            position: one.position.clone(),
            quarantine_id: id,
        }
    });
    Ok(held.collect())
}

/// A delivery of which too much was refused. Where one element names an organization that is not mapped, so does the
/// whole: only those who see every organization may read it.
fn whole(arrival: &Arrival, refused: &[Refused]) -> Refused {
    let unmapped = refused.iter().find(|one| one.code == "organization_not_mapped");
    let first = unmapped.or(refused.first());
    let why = first.map_or_else(String::new, |one| format!(", for instance: {}", one.message));
    Refused {
        code: first.map_or("unreadable", |one| one.code),
        message: format!("{} elements could not be taken{why}", refused.len()),
        position: first.and_then(|one| one.position.clone()),
        raw: arrival.body.clone(),
    }
}

/// One answer or a list of them; a problem when nothing of the delivery could be taken.
fn reply(_app: &App, processed: Processed) -> Result<Response> {
    let Processed { is_list, mut elements } = processed;
    let held = elements.iter().filter(|element| matches!(element, ElementAnswer::Held(_))).count();
    if held > 0 && held == elements.len() {
        return Err(refusal(&elements));
    }
    let answer = match elements.pop() {
        Some(one) if !is_list => DeliveryAnswer::One(one),
        last => {
            elements.extend(last);
            DeliveryAnswer::Many(elements)
        }
    };
    Ok(Json(answer).into_response())
}

fn refusal(elements: &[ElementAnswer]) -> Error {
    let held = elements.iter().filter_map(|element| match element {
        ElementAnswer::Held(held) => Some(held),
        _ => None,
    });
    let held = held.collect::<Vec<_>>();
    let errors = held.iter().map(|held| {
        let place = held.position.as_ref();
        let at = place.map_or_else(String::new, |at| format!(" (line {}, column {})", at.line, at.column));
        let path = place.map(|at| at.path.clone()).filter(|path| !path.is_empty());
        FieldError {
            path: path.unwrap_or_else(|| "body".to_owned()),
            message: format!("{}{at}", held.detail),
        }
    });
    let errors = errors.take(50).collect::<Vec<_>>();
    let code = held.first().map_or("unreadable", |held| held.code);
    let detail =
        errors.first().map_or_else(String::new, |error| format!("{}: {}", error.path, error.message));
    let mut ids = held.iter().map(|held| held.quarantine_id).collect::<Vec<_>>();
    ids.dedup();
    let position = held.first().and_then(|held| held.position.clone());
    Error::problem(StatusCode::UNPROCESSABLE_ENTITY, code, detail).with_errors(errors).with_context(
        serde_json::json!({ "quarantine_id": ids.first(), "quarantine_ids": ids, "position": position }),
    )
}

/// Takes spooled deliveries again in their order, as if each came now with the time it had.
pub async fn replay(app: &App, intake: &Arc<Intake>, records: &[Record]) -> Result<()> {
    // What is refused of each record, by its place among them.
    let mut refused = BTreeMap::<usize, (Arc<Arrival>, Vec<Refused>)>::new();
    let (mut taken, mut origins) = (Vec::new(), Vec::new());
    for (place, record) in records.iter().enumerate() {
        let Some(source) = known_source(app, record.source).await? else {
            tracing::warn!(source = %record.source, "a spooled delivery's source is gone; the delivery is left out");
            continue;
        };
        let arrival = Arc::new(arrival_of(source, record));
        let read = read(app, &arrival);
        for element in read.elements {
            match element {
                Ok(incoming) => {
                    origins.push((place, arrival.clone(), incoming.raw.clone()));
                    taken.push(*incoming);
                }
                Err(why) => refused.entry(place).or_insert_with(|| (arrival.clone(), Vec::new())).1.push(why),
            }
        }
    }
    let outcomes = intake.keep_in_order(app, taken).await;
    for ((place, arrival, raw), outcome) in origins.into_iter().zip(outcomes) {
        match kept_or_refused(outcome, raw)? {
            Ok(answer) => count(intake, &arrival, &answer),
            Err(why) => refused.entry(place).or_insert_with(|| (arrival, Vec::new())).1.push(why),
        }
    }
    for (arrival, why) in refused.into_values() {
        match hold(app, &arrival, &why).await {
            Err(error) if error.code() == "unknown_source" => {}
            outcome => drop(outcome?),
        }
    }
    Ok(())
}

/// A source by its id; one that is not known is looked for anew, for this process may just have started.
async fn known_source(app: &App, id: SourceId) -> Result<Option<Arc<SourceRecord>>> {
    let registry = app.service::<Registry>();
    if let Some(source) = registry.by_id(id) {
        return Ok(Some(source));
    }
    registry.refresh(app).await?;
    Ok(registry.by_id(id))
}

/// Takes a delivery of a source that runs inside this process.
pub async fn deliver_to_self(app: &App, source: Arc<SourceRecord>, body: String) -> Result<()> {
    let arrival = Arc::new(Arrival {
        source,
        body: body.into(),
        content_type: Some("application/xml".to_owned()),
        received_at: app.clock.now(),
        ip: None,
        request_id: None,
    });
    process(app, &app.service::<Intake>(), &arrival).await?;
    Ok(())
}

fn arrival_of(source: Arc<SourceRecord>, record: &Record) -> Arrival {
    Arrival {
        source,
        body: record.body.clone(),
        content_type: record.content_type.clone(),
        received_at: record.received_at,
        ip: None,
        request_id: None,
    }
}

/// Takes bytes out of quarantine again; tells what became of them.
pub async fn take_again(app: &App, arrival: Arrival) -> Result<Result<DeliveryAnswer, Vec<Refused>>> {
    let intake = app.service::<Intake>();
    let arrival = Arc::new(arrival);
    let read = read(app, &arrival);
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for element in read.elements {
        match element {
            Ok(incoming) => taken.push(incoming),
            Err(why) => refused.push(why),
        }
    }
    if !refused.is_empty() {
        return Ok(Err(refused));
    }
    let mut answers = Vec::with_capacity(taken.len());
    for incoming in taken {
        let raw = incoming.raw.clone();
        match kept_or_refused(intake.keep(incoming).await, raw)? {
            Ok(answer) => {
                count(&intake, &arrival, &answer);
                answers.push(ElementAnswer::Kept(Box::new(answer)));
            }
            Err(why) => return Ok(Err(vec![why])),
        }
    }
    Ok(Ok(match answers.pop() {
        Some(one) if !read.is_list => DeliveryAnswer::One(one),
        last => {
            answers.extend(last);
            DeliveryAnswer::Many(answers)
        }
    }))
}
