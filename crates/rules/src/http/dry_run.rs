//! What a rule would have said of the events that were kept, before it is switched on: told while it is being found out.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use events::{Scan, StoredEvent};
use futures_util::{StreamExt, stream};
use platform::error::Problem;
use platform::{App, Error, Json, Path, Permit, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::RuleId;

use crate::engine::{Evaluation, Rehearsal};
use crate::{RulesRead, model, store};

/// What was not seen until then is told.
const MOST_TIME: Duration = Duration::from_secs(300);
/// A line of the answer is written this often.
const TOLD_EVERY: Duration = Duration::from_millis(400);
/// Firings that are shown.
const MOST_SAMPLES: usize = 20;

/// One page is looked at at a time, whoever asks: what comes in goes before what came.
static AT_ONCE: Semaphore = Semaphore::const_new(1);

pub fn routes() -> Routes {
    operations![dry_run_rule]
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DryRun {
    #[schema(minimum = 1, maximum = 90)]
    days: i64,
}

vocab::text_enum! {
    pub enum DryRunState {
        Running = "running",
        /// All kept events of these days were looked at.
        Complete = "complete",
        /// Time ran out before that, or the rest could not be read.
        Stopped = "stopped",
    }
}

/// How far a dry run is, and what it has found.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct DryRunResult {
    state: DryRunState,
    /// Events that were looked at, of each organization the oldest first.
    events: u64,
    /// Events that there are to look at, to the minute.
    total: u64,
    /// Those that the rule meets.
    hits: u64,
    /// Alerts that it would have made, settings and suppressions taken into account.
    firings: u64,
    /// The first of its alerts.
    samples: Vec<DryRunSample>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct DryRunSample {
    event_id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    title: String,
    /// Who it is about, sources first.
    parties: Vec<String>,
    occurrences: u64,
}

/// Says what a rule would have made of the events kept in the last days. The answer is a line of JSON several times a
/// second, each with all that is known by then; the last one is not `running`. It ends when the caller hangs up, and after
/// five minutes.
#[utoipa::path(post, path = "/api/v1/rules/{id}/dry-run", tag = "rules", params(("id" = RuleId, Path)),
    request_body = DryRun, responses((status = 200, body = DryRunResult, content_type = "application/x-ndjson"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn dry_run_rule(
    permit: Permit<RulesRead>,
    State(app): State<App>,
    Path(id): Path<RuleId>,
    Json(asked): Json<DryRun>,
) -> Result<Response> {
    if !(1..=90).contains(&asked.days) {
        return Err(Error::invalid_field("days", "is 1 to 90"));
    }
    let mut tx = permit.read(&app).await?;
    let row = store::find(&mut tx, id).await?;
    let suppressions = store::suppressions_of(&mut tx, id).await?;
    tx.rollback().await?;
    let rehearsal = Rehearsal::of(&row, model::read(&row.yaml)?, suppressions);
    let organizations = row.organization_id.map_or_else(|| permit.organizations.to_vec(), |own| vec![own]);
    let to = app.clock.now();
    let scan = Scan::begin(&app, &organizations, to - time::Duration::days(asked.days), to).await?;
    let mut run = Run::new(app, rehearsal, scan);
    // The first line is made before the answer begins, so that a failure is still an answer.
    let first = run.line().await?;
    let lines = stream::unfold((Some(first), run), |(ready, mut run)| async move {
        let line = match ready {
            Some(line) => Ok(line),
            None if run.found.state == DryRunState::Running => {
                run.line().await.or_else(|error| run.broken_off(&error))
            }
            None => return None,
        };
        Some((line, (None, run)))
    });
    // Whoever compresses the answer asks once more behind its end.
    Ok(([(http::header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines.fuse()))
        .into_response())
}

/// A dry run on its way.
struct Run {
    app: App,
    rehearsal: Rehearsal,
    scan: Scan,
    found: DryRunResult,
    begun: Instant,
}

impl Run {
    fn new(app: App, rehearsal: Rehearsal, scan: Scan) -> Self {
        let state = DryRunState::Running;
        let found =
            DryRunResult { state, events: 0, total: scan.total, hits: 0, firings: 0, samples: Vec::new() };
        Self { app, rehearsal, scan, found, begun: Instant::now() }
    }

    /// Looks at events for a moment and tells what is known then.
    async fn line(&mut self) -> Result<String> {
        let moment = Instant::now();
        while self.found.state == DryRunState::Running && moment.elapsed() < TOLD_EVERY {
            self.page().await?;
        }
        Ok(serde_json::to_string(&self.found)? + "\n")
    }

    /// The last line, when no more can be read: the answer has begun, so that the reason goes into the log.
    fn broken_off(&mut self, error: &Error) -> serde_json::Result<String> {
        tracing::error!(?error, "a dry run broke off");
        self.found.state = DryRunState::Stopped;
        Ok(serde_json::to_string(&self.found)? + "\n")
    }

    async fn page(&mut self) -> Result<()> {
        let Self { app, rehearsal, scan, found, begun } = self;
        // Nobody closes it, so there is nothing to refuse.
        let _turn = AT_ONCE.acquire().await;
        let seen = scan
            .page(app, |stored| {
                let evaluation = rehearsal.evaluate(&stored);
                found.hits += evaluation.matched.len() as u64;
                found.firings += evaluation.firings.len() as u64;
                let room = MOST_SAMPLES.saturating_sub(found.samples.len());
                found.samples.extend(shown(evaluation, &stored).into_iter().take(room));
            })
            .await?;
        found.events += seen.unwrap_or_default();
        found.state = match seen {
            None => DryRunState::Complete,
            Some(_) if begun.elapsed() >= MOST_TIME => DryRunState::Stopped,
            Some(_) => DryRunState::Running,
        };
        if found.state == DryRunState::Complete {
            found.total = found.events;
        }
        Ok(())
    }
}

fn shown(evaluation: Evaluation, stored: &StoredEvent<'_>) -> Vec<DryRunSample> {
    let firings = evaluation.firings.into_iter().map(|firing| {
        let notification = firing.notification;
        let entries = notification.sources.into_iter().chain(notification.targets);
        DryRunSample {
            event_id: stored.id,
            at: stored.event.received_at,
            title: notification.title,
            parties: entries.map(|entry| entry.value).collect(),
            occurrences: notification.occurrences,
        }
    });
    firings.collect()
}
