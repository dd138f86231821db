//! One transaction: claim the keys, read what they found, decide each incident in the order of arrival, write all.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use alerts::counting;
use alerts::keeping::{self, Claim, RuleHour};
use alerts::policies::PolicyAction;
use platform::db::Scope;
use platform::ids::hour_of;
use platform::{App, Result, Tx};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{AlertId, OrganizationId, SourceState};

use super::Intake;
use super::outcome::Answer;
use super::state::{State, Storm};
use super::{decide, write};
use crate::reading::Incoming;
use crate::registry::Registry;

/// A key of an organization: the same payload can belong to another one after its source's mapping changed.
pub type Key = (OrganizationId, Uuid);

/// Keeps a batch; the answers stand in its order.
pub async fn keep(app: &App, intake: &Intake, incoming: &[Incoming]) -> Result<Vec<Answer>> {
    let references = &intake.references;
    let mut state = State::new(app.service::<Registry>().table(), app.clock.now(), &app.config.intake);
    let year = state.now.year();
    let organizations = incoming.iter().map(|one| one.organization).collect::<BTreeSet<_>>();
    let organizations = organizations.into_iter().collect::<Vec<_>>();
    let mut taken = Vec::with_capacity(organizations.len());
    for organization in &organizations {
        let count = incoming.iter().filter(|one| one.organization == *organization).count();
        let numbers = references.take(app, *organization, year, count).await?;
        state.numbers.insert(*organization, numbers.clone().into_iter());
        taken.push((*organization, numbers));
    }
    let outcome = keep_with(app, &mut state, incoming, &organizations).await;
    match &outcome {
        Ok(_) => {
            if state.alerts.values().any(|alert| alert.is_repeated) {
                intake.repeated.notify_one();
            }
            for (organization, unused) in state.numbers {
                references.give_back(organization, year, unused.as_slice()).await;
            }
        }
        // The connection may have been lost behind the commit: then the numbers are used.
        Err(error) if error.is_database_away() => {}
        Err(_) => {
            for (organization, numbers) in &taken {
                references.give_back(*organization, year, numbers).await;
            }
        }
    }
    outcome
}

async fn keep_with(
    app: &App,
    state: &mut State,
    incoming: &[Incoming],
    organizations: &[OrganizationId],
) -> Result<Vec<Answer>> {
    let mut tx = app.db.begin(Scope::Organizations(organizations)).await?;
    let proposed = incoming.iter().map(|_| AlertId::new()).collect::<Vec<_>>();
    let held = find(&mut tx, state, incoming, &proposed, organizations).await?;
    let mut answers = Vec::with_capacity(incoming.len());
    for (one, id) in incoming.iter().zip(&proposed) {
        answers.push(decide::settle(state, one, *id)?);
    }
    repoint(state, &held, incoming);
    write::all(&mut tx, state).await?;
    tx.commit().await?;
    Ok(answers)
}

pub fn keys(one: &Incoming) -> impl Iterator<Item = Key> {
    let keys = [Some(one.delivery_key), one.incident_key, one.recurrence_key];
    keys.into_iter().flatten().map(|key| (one.organization, key))
}

/// Claims every key and reads, locked, what the taken ones lead to. Returns which alert each key names in the table.
async fn find(
    tx: &mut Tx,
    state: &mut State,
    incoming: &[Incoming],
    proposed: &[AlertId],
    organizations: &[OrganizationId],
) -> Result<HashMap<Key, AlertId>> {
    let mut held = HashMap::new();
    let mut claims = Vec::with_capacity(incoming.len() * 3);
    for (one, alert) in incoming.iter().zip(proposed) {
        for key in keys(one) {
            // The first of the batch claims it.
            if let Entry::Vacant(free) = held.entry(key) {
                free.insert(*alert);
                claims.push(Claim { organization: key.0, key: key.1, alert: *alert });
            }
        }
    }
    for Claim { organization, key, alert } in keeping::claim(tx, &mut claims).await? {
        held.insert((organization, key), alert);
        state.keys.insert((organization, key), alert);
    }
    count_storms(tx, state, incoming).await?;
    read_found(tx, state, organizations).await?;
    Ok(held)
}

/// Counts the tickets that rules are about to open, for sources with a storm limit.
async fn count_storms(tx: &mut Tx, state: &mut State, incoming: &[Incoming]) -> Result<()> {
    let mut opening = HashMap::<RuleHour, BTreeSet<Uuid>>::new();
    for one in incoming {
        let is_known = keys(one).any(|key| state.keys.contains_key(&key));
        if is_known || one.arrival.source.storm_limit.is_none() || !opens_tickets(state, one) {
            continue;
        }
        let identity = one.recurrence_key.or(one.incident_key).unwrap_or(one.delivery_key);
        opening.entry(rule_hour(state, one)).or_default().insert(identity);
    }
    let mut hours = opening.into_iter().collect::<Vec<_>>();
    // One order for every writer, so that they wait for each other in one direction only.
    hours.sort_unstable();
    for (hour, identities) in hours {
        let opened = i32::try_from(identities.len()).unwrap_or(i32::MAX);
        let (tickets, ticket) = keeping::count_opened(tx, &hour, opened).await?;
        let before = u32::try_from(tickets - opened).unwrap_or_default();
        let storm = Storm { tickets: before, counted: opened, opened: 0, ticket, is_named_here: false };
        state.storms.insert(hour, storm);
    }
    Ok(())
}

/// A guess before the alerts are read; what was counted too much is taken back when the batch is decided.
fn opens_tickets(state: &State, one: &Incoming) -> bool {
    let policy =
        state.table.policy(one.organization, one.arrival.source.id, &one.notification.rule_id, state.now);
    one.notification.state == SourceState::Active
        && policy.is_none_or(|policy| policy.action == PolicyAction::Ticket)
}

pub fn rule_hour(state: &State, one: &Incoming) -> RuleHour {
    rule_hour_at(state.now, one)
}

pub fn rule_hour_at(now: OffsetDateTime, one: &Incoming) -> RuleHour {
    RuleHour {
        organization: one.organization,
        source: one.arrival.source.id,
        rule_id: one.notification.rule_id.clone(),
        hour: hour_of(now),
    }
}

/// Reads and locks the alerts that keys found, then their tickets and the storms'.
async fn read_found(tx: &mut Tx, state: &mut State, organizations: &[OrganizationId]) -> Result<()> {
    let alerts = state.keys.values().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    if !alerts.is_empty() {
        for found in keeping::lock(tx, organizations, &alerts).await? {
            state.alerts.insert(found.alert, found.into());
        }
        for latest in counting::latest(tx, organizations, &alerts).await? {
            if let Some(alert) = state.alerts.get_mut(&latest.alert) {
                alert.counts.widen(&latest.counts);
            }
        }
    }
    let of_alerts = state.alerts.values().filter_map(|alert| alert.ticket);
    let of_storms = state.storms.values().filter_map(|storm| storm.ticket);
    let wanted = of_alerts.chain(of_storms).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    if !wanted.is_empty() {
        for standing in tickets::opening::lock(tx, organizations, &wanted).await? {
            state.remember_ticket(standing);
        }
    }
    Ok(())
}

/// Points every key at the alert its incident ended up with.
fn repoint(state: &mut State, held: &HashMap<Key, AlertId>, incoming: &[Incoming]) {
    let mut done = BTreeSet::new();
    for one in incoming {
        for key in keys(one).filter(|key| done.insert(*key)) {
            if let Some(alert) = state.keys.get(&key)
                && held.get(&key) != Some(alert)
            {
                state.repointed.push(Claim { organization: key.0, key: key.1, alert: *alert });
            }
        }
    }
    state.repointed.sort_unstable();
}
