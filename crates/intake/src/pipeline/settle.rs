//! Taking over what repeats and storms appended: alerts get their counts and tickets their sums, a moment after the batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use alerts::counting::{self, Counted, Pending};
use alerts::keeping::{self, Found};
use platform::batch::{BatchChange, record_and_tell};
use platform::db::Scope;
use platform::{App, Result, Tx};
use serde_json::json;
use tickets::gains;
use tickets::opening::{self, Growth, MOST_OCCURRENCES, Standing};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use vocab::TicketId;

/// How long an alert that is repeated all the time waits at most; the first repeat after a quiet moment does not.
const PAUSE: Duration = Duration::from_millis(500);
/// How often somebody looks though nobody called: a process may have ended between its commit and its call.
const LOOK: Duration = Duration::from_secs(30);
/// Appended rows taken over in one transaction, about.
const MOST_ROWS: i64 = 2000;

/// Takes over whenever a batch appended something; every process does, one at a time.
pub fn start(app: &App, called: Arc<Notify>, running: &mut JoinSet<()>) {
    let app = app.clone();
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(async move {
        loop {
            let is_more_to_come = settle(&app).await.unwrap_or_else(|error| {
                tracing::warn!(?error, "counts are taken over later");
                true
            });
            tokio::time::sleep(PAUSE).await;
            if !is_more_to_come {
                let _ = tokio::time::timeout(LOOK, called.notified()).await;
            }
        }
    });
}

/// Takes over what can be; says whether more is to come.
async fn settle(app: &App) -> Result<bool> {
    let mut tx = app.db.begin(Scope::System).await?;
    let Some(pending) = counting::pending(&mut tx, MOST_ROWS).await? else { return Ok(true) };
    let gains = gains::take(&mut tx, MOST_ROWS).await?;
    if !pending.alerts.is_empty() || !gains.is_empty() {
        take_over(&mut tx, &pending, &gains).await?;
    }
    counting::note_taken(&mut tx, &pending.until).await?;
    let is_pending = counting::is_pending(&mut tx).await? || gains::are_there(&mut tx).await?;
    tx.commit().await?;
    Ok(is_pending)
}

/// Alerts before tickets, each in the order of ids, as every batch locks them.
async fn take_over(tx: &mut Tx, pending: &Pending, gains: &[Growth]) -> Result<()> {
    let Pending { organizations, alerts, .. } = pending;
    let found = keeping::lock(tx, organizations, alerts).await?;
    let latest = counting::latest(tx, organizations, alerts).await?;
    let latest = latest.into_iter().map(|counted| (counted.alert, counted)).collect::<HashMap<_, _>>();
    let wider = found.iter().filter_map(|found| Some((found, latest.get(&found.alert)?)));
    let wider = wider.filter(|(found, counted)| counted.counts.deliveries > found.counts.deliveries);
    let wider = wider.map(|(found, counted)| (found, *counted)).collect::<Vec<_>>();
    let gains = by_ticket(gains.iter().cloned());
    let tickets = wider.iter().filter_map(|(found, _)| found.ticket).chain(gains.keys().copied());
    let tickets = tickets.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    let organizations = organizations.iter().copied().chain(gains.values().map(|gain| gain.organization));
    let organizations = organizations.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    let standings = opening::lock(tx, &organizations, &tickets).await?;
    let standings = standings.into_iter().map(|one| (one.asked, one)).collect::<HashMap<_, _>>();
    let counted = wider.iter().map(|(_, counted)| *counted).collect::<Vec<_>>();
    counting::take_over(tx, &counted).await?;
    let growths = growths(&wider, gains, &standings);
    opening::grow(tx, &growths.values().cloned().collect::<Vec<_>>()).await?;
    record_and_tell(tx, &[], &changes(&counted, &growths, &standings)).await?;
    Ok(())
}

fn by_ticket(growths: impl Iterator<Item = Growth>) -> BTreeMap<TicketId, Growth> {
    let mut of_tickets = BTreeMap::new();
    for growth in growths {
        let nothing = || Growth::nothing(growth.organization, growth.id, growth.last_seen_at);
        of_tickets.entry(growth.id).or_insert_with(nothing).add(&growth);
    }
    of_tickets
}

/// What tickets, or those they were merged into, gain by their alerts.
fn growths(
    wider: &[(&Found, Counted)],
    gains: BTreeMap<TicketId, Growth>,
    standings: &HashMap<TicketId, Standing>,
) -> BTreeMap<TicketId, Growth> {
    let of_storms = gains.into_values().flat_map(|gain| {
        let at = standings.get(&gain.id).map(|standing| standing.id);
        // Since it was merged its survivor counts what it counts, and a split takes that away again.
        let nothing = Growth::nothing(gain.organization, gain.id, gain.last_seen_at);
        let own = Growth { alerts: gain.alerts, occurrences: gain.occurrences, ..nothing };
        let own = at.filter(|at| *at != gain.id).map(|_| own);
        own.into_iter().chain(at.map(|id| Growth { id, ..gain }))
    });
    let of_repeats = wider.iter().filter_map(|(found, counted)| {
        let ticket = found.ticket.and_then(|ticket| standings.get(&ticket))?;
        let more = (counted.counts.occurrences - found.counts.occurrences).max(0);
        let is_later = counted.counts.last_seen_at > found.counts.last_seen_at;
        let nothing = Growth::nothing(ticket.organization, ticket.id, counted.counts.last_seen_at);
        (more > 0 || is_later).then(|| Growth { occurrences: more.min(MOST_OCCURRENCES), ..nothing })
    });
    by_ticket(of_storms.chain(of_repeats))
}

fn changes(
    counted: &[Counted],
    growths: &BTreeMap<TicketId, Growth>,
    standings: &HashMap<TicketId, Standing>,
) -> Vec<BatchChange> {
    let of_alerts = counted.iter().map(|counted| BatchChange {
        organization: counted.organization,
        topic: "alerts",
        id: counted.alert.uuid(),
        change: "updated",
        data: None,
    });
    let grown = standings.values().map(|ticket| (ticket.id, ticket)).collect::<BTreeMap<_, _>>();
    let grown = grown.into_values().filter(|ticket| growths.contains_key(&ticket.id));
    let of_tickets = grown.map(|ticket| {
        let raised = growths.get(&ticket.id).map_or(ticket.severity, |growth| growth.severity);
        let severity = ticket.severity.max(raised);
        let data = json!({ "reference": ticket.reference, "title": ticket.title, "severity": severity });
        BatchChange {
            organization: ticket.organization,
            topic: "tickets",
            id: ticket.id.uuid(),
            change: "updated",
            data: Some(data.to_string()),
        }
    });
    of_alerts.chain(of_tickets).collect()
}
