//! The WebSocket: opened with a one-time ticket, from our own pages only, resumed at the last change heard.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use vocab::SessionId;

use super::follow::{is_kept, read_after};
use super::hub::{Audience, Subscription, frame};
use super::outbox::Position;
use crate::config::Config;
use crate::error::Problem;
use crate::principal::{Principal, Public, SignedIn};
use crate::secrets::random_hex;
use crate::{App, Error, Json, Module, Query, Result, operations};

/// How long a ticket may wait to be used.
const TICKET: Duration = Duration::from_secs(30);
/// How often the session behind an open socket is looked at again.
const RECHECK: Duration = Duration::from_secs(30);
/// How many changes a resume reads before it rather says "read anew".
const RESUME_RUNS: usize = 10;

/// Finds who a session is now; installed by the module that knows sessions.
#[async_trait::async_trait]
pub trait Sessions: Send + Sync {
    /// `ip` is where the caller is now: a role may count in some networks only.
    async fn principal(
        &self,
        app: &App,
        session: SessionId,
        ip: Option<IpAddr>,
    ) -> Result<Option<std::sync::Arc<Principal>>>;
}

/// The installed [`Sessions`].
pub struct SessionSource(pub Box<dyn Sessions>);

pub fn module() -> Module {
    Module {
        name: "live",
        routes: operations![create_live_ticket, open_live_connection],
        jobs: Vec::new(),
        permissions: &[],
    }
}

/// A one-time ticket for opening a live connection.
#[derive(Serialize, ToSchema)]
pub struct LiveTicket {
    pub ticket: String,
    /// Seconds.
    pub expires_in: u64,
}

/// Takes a one-time ticket for a live connection.
#[utoipa::path(post, path = "/api/v1/live/tickets", tag = "live", responses((status = 200, body = LiveTicket)))]
async fn create_live_ticket(caller: SignedIn, State(app): State<App>) -> Result<Json<LiveTicket>> {
    let ticket = random_hex(16);
    let expires_at = app.clock.now() + TICKET;
    sqlx::query!(
        "insert into live_tickets (ticket_hash, session_id, expires_at) values ($1, $2, $3)",
        hash(&ticket),
        caller.principal.session_id.uuid(),
        expires_at
    )
    .execute(app.db.pool())
    .await?;
    Ok(Json(LiveTicket { ticket, expires_in: TICKET.as_secs() }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    ticket: String,
    /// The last change heard; leaves out what came before.
    #[serde(default)]
    #[param(nullable = false)]
    last_seq: Option<String>,
}

fn upgrade_required() -> Error {
    Error::problem(
        StatusCode::UPGRADE_REQUIRED,
        "upgrade_required",
        "This address takes WebSocket requests only.",
    )
    .with_header(header::UPGRADE, HeaderValue::from_static("websocket"))
}

/// Opens the live connection (WebSocket).
#[utoipa::path(get, path = "/api/v1/live", tag = "live", params(LiveQuery),
    responses(
    (status = 101, description = "Switching to WebSocket"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`foreign_origin`"),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 426, body = Problem, content_type = "application/problem+json",
        headers(("Upgrade" = String, description = "`websocket`")))))]
async fn open_live_connection(
    caller: Public,
    State(app): State<App>,
    Query(query): Query<LiveQuery>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    let upgrade = upgrade.map_err(|_| upgrade_required())?;
    if !is_own_origin(&headers, &app.config) {
        return Err(Error::problem(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "Live connections are for our own pages.",
        ));
    }
    let now = app.clock.now();
    let used = sqlx::query!(
        "delete from live_tickets where ticket_hash = $1 and expires_at > $2 returning session_id",
        hash(&query.ticket),
        now
    )
    .fetch_optional(app.db.pool())
    .await?;
    let session = SessionId(used.ok_or_else(Error::unauthenticated)?.session_id);
    let sessions = app.service::<SessionSource>();
    let ip = caller.ip;
    let principal = sessions.0.principal(&app, session, ip).await?.ok_or_else(Error::unauthenticated)?;
    let last = query.last_seq.as_deref().and_then(|text| text.parse::<Position>().ok());
    Ok(upgrade
        // Browsers say little: the usual buffers of 128 KiB each would be most of a thousand connections' memory.
        .read_buffer_size(1024)
        .write_buffer_size(4096)
        .max_message_size(4096)
        .on_upgrade(move |socket| async move { serve(app, socket, principal.as_ref(), ip, last).await }))
}

fn hash(ticket: &str) -> Vec<u8> {
    Sha256::digest(ticket.as_bytes()).to_vec()
}

/// Whether a browser's page is ours: its origin is that of the public URL, or is listed; without a public URL, it names
/// the host it talks to. Programs send none.
pub fn is_own_origin(headers: &HeaderMap, config: &Config) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if config.origins().any(|known| known == origin) {
        return true;
    }
    if !config.public_url.is_empty() {
        return origin_of(&config.public_url).is_some_and(|ours| ours.eq_ignore_ascii_case(origin));
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin_host = origin.split_once("://").map(|(_, rest)| rest);
    host.is_some() && host == origin_host
}

/// The origin of a URL as browsers write it: scheme and authority, without the scheme's own port.
fn origin_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let authority = authority.strip_suffix(port).unwrap_or(authority);
    url.get(..scheme.len() + 3 + authority.len())
}

async fn serve(
    app: App,
    mut socket: WebSocket,
    principal: &Principal,
    ip: Option<IpAddr>,
    last: Option<Position>,
) {
    let mut subscription = app.live.hub.subscribe(Audience::of(principal));
    if greet(&app, &mut socket, &subscription, principal, last).await.is_err() {
        return;
    }
    let mut recheck = tokio::time::interval(RECHECK);
    recheck.tick().await;
    loop {
        let outcome = tokio::select! {
            frame = subscription.frames.recv() => match frame {
                Some(frame) => send_frame(&mut socket, &subscription, frame).await,
                None => {
                    let still = app.service::<SessionSource>().0.principal(&app, principal.session_id, ip).await;
                    let reason = if matches!(still, Ok(None)) { "signed_out" } else { "changed" };
                    bye(&mut socket, reason).await;
                    return;
                }
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) if text.contains("\"ping\"") => send(&mut socket, "{\"type\":\"pong\"}").await,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => Ok(()),
            },
            _ = recheck.tick() => {
                if subscription.lagged.swap(false, Ordering::AcqRel)
                    && send(&mut socket, "{\"type\":\"resync\"}").await.is_err()
                {
                    return;
                }
                match app.service::<SessionSource>().0.principal(&app, principal.session_id, ip).await {
                    Ok(Some(now)) if now.grants == principal.grants => Ok(()),
                    Ok(Some(_)) => { bye(&mut socket, "changed").await; return }
                    Ok(None) => { bye(&mut socket, "signed_out").await; return }
                    // The database is away: what is known holds until it is back.
                    Err(_) => Ok(()),
                }
            }
        };
        if outcome.is_err() {
            return;
        }
    }
}

/// Says hello, and what was missed since `last`; says "read anew" where that is no longer known or too much.
async fn greet(
    app: &App,
    socket: &mut WebSocket,
    subscription: &Subscription,
    principal: &Principal,
    last: Option<Position>,
) -> Result<(), axum::Error> {
    let missed = match last {
        Some(last) => missed(app, last, subscription.from, &Audience::of(principal)).await.ok().flatten(),
        None => None,
    };
    let hello = serde_json::json!({
        "type": "hello", "seq": subscription.from.to_string(), "resumed": missed.is_some(),
    });
    send(socket, &hello.to_string()).await?;
    for frame in missed.unwrap_or_default() {
        send_message(socket, Message::Text(frame)).await?;
    }
    Ok(())
}

async fn missed(
    app: &App,
    last: Position,
    until: Position,
    audience: &Audience,
) -> Result<Option<Vec<Utf8Bytes>>> {
    if last > until {
        // This process is behind the one the browser left: what comes will repeat nothing it must not hear twice,
        // but only a fresh read is sure.
        return Ok(None);
    }
    if !is_kept(&app.db, last).await? {
        return Ok(None);
    }
    let mut frames = Vec::new();
    let mut from = last;
    for _ in 0..RESUME_RUNS {
        let events = read_after(&app.db, from, Some(until)).await?;
        let Some(end) = events.last() else { return Ok(Some(frames)) };
        from = end.position;
        frames.extend(frame(&events, audience));
    }
    Ok(None)
}

async fn send_frame(
    socket: &mut WebSocket,
    subscription: &Subscription,
    frame: Utf8Bytes,
) -> Result<(), axum::Error> {
    send_message(socket, Message::Text(frame)).await?;
    if subscription.frames.is_empty() && subscription.lagged.swap(false, Ordering::AcqRel) {
        send(socket, "{\"type\":\"resync\"}").await?;
    }
    Ok(())
}

async fn send(socket: &mut WebSocket, text: &str) -> Result<(), axum::Error> {
    send_message(socket, Message::Text(text.into())).await
}

/// A listener that takes nothing for this long is let go.
async fn send_message(socket: &mut WebSocket, message: Message) -> Result<(), axum::Error> {
    tokio::time::timeout(Duration::from_secs(20), socket.send(message)).await.map_err(axum::Error::new)?
}

async fn bye(socket: &mut WebSocket, reason: &str) {
    let _ = send(socket, &serde_json::json!({ "type": "bye", "reason": reason }).to_string()).await;
    let _ =
        send_message(socket, Message::Close(Some(CloseFrame { code: 1008, reason: reason.into() }))).await;
}
