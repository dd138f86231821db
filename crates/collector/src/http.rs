//! Listeners and unknown senders over HTTP.

use axum::extract::State;
use platform::{App, Json, Permit, Result, Routes, operations};
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;

use crate::report::{self, NodeReport};
use crate::spool::Transport;
use crate::{Collector, SourcesRead, store};

pub fn routes() -> Routes {
    operations![list_listeners, list_unknown_senders]
}

/// The listeners of every process.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listeners {
    pub nodes: Vec<NodeReport>,
}

/// An address that sends and belongs to no source.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnknownSender {
    pub address: String,
    pub transport: Transport,
    /// Messages over UDP, connections over TCP and TLS.
    pub messages: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub first_seen_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen_at: OffsetDateTime,
    /// The beginning of a message; empty of those that were not let speak.
    pub sample: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct UnknownSenders {
    /// `refuse` or `keep`.
    pub policy: &'static str,
    /// The latest first, at most 1000.
    pub items: Vec<UnknownSender>,
}

/// Lists the listeners for syslog of every process, with their counts since its start.
#[utoipa::path(get, path = "/api/v1/listeners", tag = "sources", responses((status = 200, body = Listeners)))]
async fn list_listeners(_permit: Permit<SourcesRead>, State(app): State<App>) -> Result<Json<Listeners>> {
    let node = app.service::<Collector>().node;
    let since = app.clock.now() - Duration::minutes(1);
    // With the database away, this process still says how it fares.
    let others = match app.db.pulse().is_lost() {
        true => Vec::new(),
        false => store::reports(&app, node, since).await.unwrap_or_default(),
    };
    let others = others.into_iter().filter_map(|report| {
        let unread = |error| tracing::warn!(%error, "the report of a process of another version is left out");
        serde_json::from_value(report).map_err(unread).ok()
    });
    Ok(Json(Listeners { nodes: report::own(&app).into_iter().chain(others).collect() }))
}

/// Lists the addresses that send syslog and belong to no source. They may be anybody's, so that only those see them who
/// see every organization.
#[utoipa::path(get, path = "/api/v1/unknown-senders", tag = "sources", responses((status = 200, body = UnknownSenders)))]
async fn list_unknown_senders(
    permit: Permit<SourcesRead>,
    State(app): State<App>,
) -> Result<Json<UnknownSenders>> {
    let policy = match app.config.ingest.unknown_senders {
        platform::config::UnknownSenders::Refuse => "refuse",
        platform::config::UnknownSenders::Keep => "keep",
    };
    let mut tx = permit.read(&app).await?;
    let items = if permit.is_everywhere() { store::unknown_senders(&mut tx).await? } else { Vec::new() };
    Ok(Json(UnknownSenders { policy, items }))
}
