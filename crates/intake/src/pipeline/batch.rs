//! One transaction: claim the keys, read what they found, decide each incident in the order of arrival, write all.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use alerts::counting;
use alerts::keeping::{self, Claim};
use alerts::policies::PolicyAction;
use alerts::storms::{self, RuleHour};
use platform::db::Scope;
use platform::ids::hour_of;
use platform::{App, Error, Result, Tx};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{AlertId, OrganizationId, SourceState, TicketId};

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
            if !state.gains.is_empty() || state.alerts.values().any(|alert| alert.is_repeated) {
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
    let opening = opening(state, incoming);
    let others = join_storms(tx, state, &opening, organizations).await?;
    count_opened(tx, state, &others).await?;
    read_found(tx, state, organizations).await?;
    joined_are_open(state)?;
    Ok(held)
}

/// A rule of a source that has a limit, in this hour.
struct Rule {
    opening: i32,
    limit: u32,
}

/// How many tickets each rule with a limit is about to open.
fn opening(state: &State, incoming: &[Incoming]) -> BTreeMap<RuleHour, Rule> {
    let mut opening = BTreeMap::<RuleHour, (BTreeSet<Uuid>, u32)>::new();
    for one in incoming {
        let Some(limit) = one.arrival.source.storm_limit else { continue };
        if keys(one).any(|key| state.keys.contains_key(&key)) || !opens_tickets(state, one) {
            continue;
        }
        let identity = one.recurrence_key.or(one.incident_key).unwrap_or(one.delivery_key);
        opening.entry(rule_hour(state, one)).or_insert_with(|| (BTreeSet::new(), limit)).0.insert(identity);
    }
    let rules = opening.into_iter().map(|(hour, (identities, limit))| {
        (hour, Rule { opening: i32::try_from(identities.len()).unwrap_or(i32::MAX), limit })
    });
    rules.collect()
}

/// Joins the storms that are under way and whose ticket is open, locking nothing: all that comes of them adds to one ticket,
/// and two writers would only wait for each other. Returns what the others open.
async fn join_storms(
    tx: &mut Tx,
    state: &mut State,
    opening: &BTreeMap<RuleHour, Rule>,
    organizations: &[OrganizationId],
) -> Result<BTreeMap<RuleHour, i32>> {
    let mut others =
        opening.iter().map(|(hour, rule)| (hour.clone(), rule.opening)).collect::<BTreeMap<_, _>>();
    if others.is_empty() {
        return Ok(others);
    }
    let under_way = storms::under_way(tx, opening.keys()).await?;
    let wanted = under_way.iter().filter_map(|(_, opened)| opened.storm).collect::<BTreeSet<_>>();
    if wanted.is_empty() {
        return Ok(others);
    }
    let standings =
        tickets::opening::look(tx, organizations, &wanted.into_iter().collect::<Vec<_>>()).await?;
    let standings = standings.into_iter().map(|one| (one.asked, one)).collect::<HashMap<_, _>>();
    for (hour, opened) in under_way {
        let tickets = u32::try_from(opened.tickets).unwrap_or_default();
        let is_over = opening.get(&hour).is_some_and(|rule| tickets >= rule.limit);
        let standing = opened.storm.and_then(|ticket| standings.get(&ticket));
        if let Some(standing) = standing.filter(|standing| is_over && standing.stage.is_open()) {
            state.remember_ticket(standing.clone(), false);
            others.remove(&hour);
            state.storms.insert(hour, Storm { tickets, ticket: opened.storm, ..Storm::default() });
        }
    }
    Ok(others)
}

/// A joined storm's ticket that is locked after all, because alerts led to it, may have been closed since it was looked at.
/// Its successor is named under the lock of its rule: the batch begins anew, and does not join.
fn joined_are_open(state: &State) -> Result<()> {
    let joined = state.storms.values().filter(|storm| storm.counted == 0).filter_map(|storm| storm.ticket);
    let mut joined = joined.filter_map(|ticket| state.tickets.get(&state.living(ticket)));
    if joined.any(|ticket| !ticket.stage.is_open()) {
        return Err(Error::busy());
    }
    Ok(())
}

/// Counts the tickets that rules are about to open.
async fn count_opened(tx: &mut Tx, state: &mut State, opening: &BTreeMap<RuleHour, i32>) -> Result<()> {
    for (hour, now) in storms::count(tx, opening).await? {
        let counted = opening.get(&hour).copied().unwrap_or_default();
        let tickets = u32::try_from(now.tickets - counted).unwrap_or_default();
        state.storms.insert(hour, Storm { tickets, counted, ticket: now.storm, ..Storm::default() });
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
    let joined = |ticket: &TicketId| state.tickets.contains_key(&state.living(*ticket));
    let of_storms = state.storms.values().filter_map(|storm| storm.ticket).filter(|ticket| !joined(ticket));
    let wanted = of_alerts.chain(of_storms).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    if !wanted.is_empty() {
        for standing in tickets::opening::lock(tx, organizations, &wanted).await? {
            state.remember_ticket(standing, true);
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
