//! `POST /api/v1/integrations/webhook`: the sender's token says who delivers, the commit comes before the answer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use platform::error::Problem;
use platform::{App, Error, Json, Path, Public, Result, Routes, operations};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answers::{DeliveryAnswer, SpooledAnswer, reply, unknown_token};
use super::processing::{hold, process};
use crate::pipeline::Intake;
use crate::reading::{Arrival, Refused};
use crate::registry::Registry;

pub fn routes() -> Routes {
    operations![deliver, deliver_with_path_token]
}

/// Takes a delivery: FortiSIEM's XML, JSON or CEF, or the generic alert, told apart by content.
///
/// Authenticate with the source's token. A list is answered element by element; a bad element does not sink its
/// neighbours.
#[utoipa::path(post, path = "/api/v1/integrations/webhook", tag = "intake",
    security(("source_token" = [])),
    request_body(content(
        (String = "application/xml"),
        (serde_json::Value = "application/json"),
        (String = "text/plain")
    ), description = "FortiSIEM incident XML, REST JSON, CEF, or the generic alert; told apart by content"),
    responses(
    (status = 200, body = DeliveryAnswer),
    (status = 202, body = SpooledAnswer, description = "The database is away; the delivery is safe on disk"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`unknown_source`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "Nothing could be read; the body lies in quarantine"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "Send it again after Retry-After")))]
async fn deliver(caller: Public, State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response> {
    let token = bearer(&headers)?;
    receive(&app, caller, token, &headers, body).await
}

/// Takes a delivery from a sender that cannot set headers: its token is the last part of the path.
#[utoipa::path(post, path = "/api/v1/integrations/webhook/{token}", tag = "intake",
    params(("token" = String, Path, description = "The source's token")),
    request_body(content(
        (String = "application/xml"),
        (serde_json::Value = "application/json"),
        (String = "text/plain")
    ), description = "FortiSIEM incident XML, REST JSON, CEF, or the generic alert; told apart by content"),
    responses(
    (status = 200, body = DeliveryAnswer),
    (status = 202, body = SpooledAnswer, description = "The database is away; the delivery is safe on disk"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`unknown_source`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "Nothing could be read; the body lies in quarantine"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "Send it again after Retry-After")))]
async fn deliver_with_path_token(
    caller: Public,
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response> {
    receive(&app, caller, &token, &headers, body).await
}

fn bearer(headers: &HeaderMap) -> Result<&str> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    token.ok_or_else(unknown_token)
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
