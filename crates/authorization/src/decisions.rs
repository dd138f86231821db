//! What was decided of late: counted in memory by `platform`, looked at more closely and written every few seconds.

use std::collections::HashMap;
use std::time::Duration;

use identity::IdentityService;
use platform::App;
use platform::db::Scope;
use platform::decisions::{Counted, Decided};
use policy::{Context, Policies, Request};
use tokio::task::JoinHandle;
use vocab::OrganizationId;

use crate::explain::context;
use crate::store::{self, Place};

/// How often what was counted is written.
const FLUSH: Duration = Duration::from_secs(10);
/// How long decisions are kept.
pub const KEPT_DAYS: i64 = 30;

/// Decisions that were alike, in one organization, to be added to what is kept.
#[derive(Debug, Clone)]
pub struct Row {
    pub decided: Decided,
    pub organization: Option<OrganizationId>,
    /// Separated by commas, sorted.
    pub roles: String,
    /// The ids of the policies, separated by spaces.
    pub reasons: String,
    pub counted: Counted,
}

/// Writes what was counted for as long as the process runs.
pub fn follow(app: &App) -> JoinHandle<()> {
    let app = app.clone();
    #[expect(clippy::disallowed_methods, reason = "the caller owns the handle")]
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(FLUSH).await;
            flush(&app).await;
        }
    })
}

/// Writes what was counted so far; what cannot be written waits for the next time.
pub async fn flush(app: &App) {
    let counted = app.decisions.take();
    if counted.is_empty() {
        return;
    }
    if let Err(error) = write(app, &counted).await {
        tracing::debug!(?error, "decisions wait for the database");
        app.decisions.put_back(counted);
    }
}

async fn write(app: &App, counted: &HashMap<Decided, Counted>) -> platform::Result<()> {
    let policies = app.service::<IdentityService>().policies();
    let people = counted.keys().map(|decided| decided.user.uuid()).collect::<Vec<_>>();
    let mut tx = app.db.begin(Scope::System).await?;
    let places = store::places_of(&mut tx, &people).await?;
    let rows = counted.iter().flat_map(|(decided, counted)| {
        let places = places.get(&decided.user.uuid()).map(Vec::as_slice).unwrap_or_default();
        rows_of(&policies, *decided, *counted, places)
    });
    store::add(&mut tx, &rows.collect::<Vec<_>>()).await?;
    tx.commit().await?;
    Ok(())
}

/// A row for each organization where it was decided so: what is allowed in one is no refusal in another.
fn rows_of(policies: &Policies, decided: Decided, counted: Counted, places: &[Place]) -> Vec<Row> {
    let everywhere = places.iter().find(|place| place.organization_id.is_none());
    let rows = places.iter().filter_map(|place| {
        let mut roles = [everywhere, Some(place)]
            .into_iter()
            .flatten()
            .map(|place| place.role.as_str())
            .collect::<Vec<_>>();
        roles.sort_unstable();
        roles.dedup();
        // Who was let in had shown what was asked for.
        let context = Context {
            has_mfa: decided.is_allowed,
            has_client_certificate: decided.is_allowed,
            ..context(place.short_name.as_deref(), counted.last_address, counted.last_at)
        };
        let decision = policies.decide(&Request { roles: &roles, permission: decided.permission, context });
        (decision.is_allowed == decided.is_allowed).then(|| Row {
            decided,
            organization: place.organization_id,
            roles: roles.join(","),
            reasons: decision.reasons.join(" "),
            counted,
        })
    });
    rows.collect()
}

/// Lets go of what is older than [`KEPT_DAYS`].
pub async fn forget(app: App) -> platform::Result<()> {
    let before = (app.clock.now() - time::Duration::days(KEPT_DAYS)).date();
    let mut tx = app.db.begin(Scope::System).await?;
    store::forget(&mut tx, before).await?;
    tx.commit().await?;
    Ok(())
}
