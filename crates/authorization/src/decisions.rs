//! What was decided of late: counted in memory by `platform`, looked at more closely and written every few seconds.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use identity::IdentityService;
use platform::db::Scope;
use platform::decisions::{Counted, Decided};
use platform::items::Item;
use platform::{App, Tx};
use policy::{Context, Policies, Request};
use tokio::task::JoinHandle;
use vocab::OrganizationId;

use crate::explain::{context, decide};
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
    let named = short_names(&mut tx, counted).await?;
    let rows = counted.iter().flat_map(|(decided, counted)| {
        let places = places.get(&decided.user.uuid()).map(Vec::as_slice).unwrap_or_default();
        rows_of(&policies, *decided, *counted, places, &named)
    });
    store::add(&mut tx, &together(rows)).await?;
    tx.commit().await?;
    Ok(())
}

/// The short names of the organizations where items were refused.
async fn short_names(
    tx: &mut Tx,
    counted: &HashMap<Decided, Counted>,
) -> Result<HashMap<OrganizationId, String>, sqlx::Error> {
    let items = counted.keys().filter_map(|decided| decided.item);
    let organizations = items.map(|item| item.organization).collect::<BTreeSet<_>>();
    let mut named = HashMap::new();
    for organization in organizations {
        let names = store::names(tx, organization).await?;
        named.extend(names.map(|(_, short_name)| (organization, short_name)));
    }
    Ok(named)
}

/// A row for each organization where it was decided so: what is allowed in one is no refusal in another.
fn rows_of(
    policies: &Policies,
    decided: Decided,
    counted: Counted,
    places: &[Place],
    named: &HashMap<OrganizationId, String>,
) -> Vec<Row> {
    let of_item = decided.item.and_then(|item| named.get_key_value(&item.organization));
    let everywhere = places.iter().find(|place| place.organization_id.is_none());
    let rows = concerned(places, decided.item).into_iter().filter_map(|place| {
        let mut roles = [everywhere, Some(place)]
            .into_iter()
            .flatten()
            .map(|place| place.role.as_str())
            .collect::<Vec<_>>();
        roles.sort_unstable();
        roles.dedup();
        // A role in all organizations was asked about in the item's.
        let (organization, short_name) = match of_item {
            Some((organization, short_name)) => (Some(*organization), Some(short_name.as_str())),
            None => (place.organization_id, place.short_name.as_deref()),
        };
        // Who was let in had shown what was asked for, also where an item was refused then.
        let had_shown = decided.is_allowed || decided.item.is_some();
        let context = Context {
            has_mfa: had_shown,
            has_client_certificate: had_shown,
            is_own: decided.item.map(|item| item.is_own),
            severity: decided.item.map(|item| item.severity.as_str()),
            ..context(short_name, counted.last_address, counted.last_at)
        };
        let decision = decide(policies, &Request { roles: &roles, permission: decided.permission, context });
        (decision.is_allowed == decided.is_allowed).then(|| Row {
            decided,
            organization,
            roles: roles.join(","),
            reasons: decision.reasons.join(" "),
            counted,
        })
    });
    rows.collect()
}

/// Where it was decided: of an item in its organization, by a role there or by one in all.
fn concerned(places: &[Place], item: Option<Item>) -> Vec<&Place> {
    let Some(item) = item else { return places.iter().collect() };
    let at = |organization| places.iter().find(|place| place.organization_id == organization);
    at(Some(item.organization)).or_else(|| at(None)).into_iter().collect()
}

/// Rows that are one in the table become one: refusals of different items are alike there.
fn together(rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let mut alike = HashMap::new();
    for row in rows {
        let Decided { user, permission, is_allowed, day, .. } = row.decided;
        match alike.entry((user, permission, is_allowed, row.organization, day)) {
            Entry::Vacant(free) => {
                free.insert(row);
            }
            Entry::Occupied(mut known) => add(known.get_mut(), row),
        }
    }
    alike.into_values().collect()
}

/// The later one says how it was the last time.
fn add(known: &mut Row, row: Row) {
    let count = known.counted.count + row.counted.count;
    if row.counted.last_at >= known.counted.last_at {
        *known = row;
    }
    known.counted.count = count;
}

/// Lets go of what is older than [`KEPT_DAYS`].
pub async fn forget(app: App) -> platform::Result<()> {
    let before = (app.clock.now() - time::Duration::days(KEPT_DAYS)).date();
    let mut tx = app.db.begin(Scope::System).await?;
    store::forget(&mut tx, before).await?;
    tx.commit().await?;
    Ok(())
}
