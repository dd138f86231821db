//! What a rule would have said of the events that were kept, before it is switched on.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use axum::extract::State;
use events::{StoredEvent, scan};
use platform::error::Problem;
use platform::{App, Error, Json, Path, Permit, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::{OrganizationId, RuleId};

use crate::engine::{Evaluation, Rehearsal};
use crate::{RulesRead, model, store};

/// A request is answered within this; what was not seen until then is told.
const MOST_TIME: Duration = Duration::from_secs(15);
/// Firings that are shown.
const MOST_SAMPLES: usize = 20;

pub fn routes() -> Routes {
    operations![dry_run_rule]
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DryRun {
    #[schema(minimum = 1, maximum = 90)]
    days: i64,
}

#[derive(Serialize, ToSchema)]
struct DryRunResult {
    /// Events that were looked at, oldest first.
    events: u64,
    /// Those that the rule meets.
    hits: u64,
    /// Alerts that it would have made, settings and suppressions taken into account.
    firings: u64,
    /// Whether all kept events of these days were looked at; otherwise time ran out at `reached_at`.
    is_complete: bool,
    #[serde(with = "time::serde::rfc3339")]
    from: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    reached_at: OffsetDateTime,
    /// The first of its alerts.
    samples: Vec<DryRunSample>,
}

#[derive(Serialize, ToSchema)]
struct DryRunSample {
    event_id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    title: String,
    /// Who it is about, sources first.
    parties: Vec<String>,
    occurrences: u64,
}

/// Says what a rule would have made of the events kept in the last days. It takes 15 seconds at most.
#[utoipa::path(post, path = "/api/v1/rules/{id}/dry-run", tag = "rules", params(("id" = RuleId, Path)),
    request_body = DryRun, responses((status = 200, body = DryRunResult),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn dry_run_rule(
    permit: Permit<RulesRead>,
    State(app): State<App>,
    Path(id): Path<RuleId>,
    Json(asked): Json<DryRun>,
) -> Result<Json<DryRunResult>> {
    if !(1..=90).contains(&asked.days) {
        return Err(Error::invalid_field("days", "is 1 to 90"));
    }
    let mut tx = permit.read(&app).await?;
    let row = store::find(&mut tx, id).await?;
    let suppressions = store::suppressions_of(&mut tx, id).await?;
    tx.rollback().await?;
    let rehearsal = Rehearsal::of(&row, model::read(&row.yaml)?, suppressions);
    let organizations = row.organization_id.map_or_else(|| permit.organizations.to_vec(), |own| vec![own]);
    Ok(Json(run(&app, rehearsal, &organizations, asked.days).await?))
}

async fn run(
    app: &App,
    rehearsal: Rehearsal,
    organizations: &[OrganizationId],
    days: i64,
) -> Result<DryRunResult> {
    let to = app.clock.now();
    let from = to - time::Duration::days(days);
    let begun = Instant::now();
    let (mut hits, mut firings, mut samples) = (0, 0, Vec::new());
    let scanned = scan(app, organizations, from, to, |stored| {
        let evaluation = rehearsal.evaluate(&stored);
        hits += evaluation.matched.len() as u64;
        firings += evaluation.firings.len() as u64;
        let room = MOST_SAMPLES.saturating_sub(samples.len());
        samples.extend(shown(evaluation, &stored).into_iter().take(room));
        if begun.elapsed() < MOST_TIME { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .await?;
    let reached_at = scanned.stopped_at.unwrap_or(to);
    let is_complete = scanned.stopped_at.is_none();
    Ok(DryRunResult { events: scanned.events, hits, firings, is_complete, from, reached_at, samples })
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
