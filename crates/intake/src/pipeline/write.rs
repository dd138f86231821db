//! Applying a decision to what the batch holds, and writing it.

use alerts::keeping::{self, NewAlert, Payload, Refire};
use detection::regrouping::{
    self, Action, Decision, GroupState, Incoming as Claimed, Outcome, Situation, TicketState as Ended,
};
use platform::batch::{BatchChange, BatchDeed, record_and_tell};
use platform::principal::ActorKind;
use platform::{Result, Tx, reference};
use serde_json::json;
use tickets::opening::{self, Growth, Happening, NewTicket};
use uuid::Uuid;
use vocab::{AlertId, Severity, SourceState, Stage, TicketId, Urgency};

use super::batch::{keys, rule_hour, rule_hour_at};
use super::outcome::{Answer, AnsweredAlert, AnsweredTicket};
use super::state::{AlertState, Attached, State, TicketState};
use crate::reading::Incoming;

/// The largest count that every program reads exactly (2^53 - 1); a sum of them still fits a column.
const MOST_OCCURRENCES: i64 = 9_007_199_254_740_991;

/// What an incident's keys led to.
struct Match {
    /// The alert it is a delivery of.
    same: Option<AlertId>,
    /// The alert it belongs with: the same one, or the last of the same rule and parties.
    group: Option<AlertId>,
    is_same_payload: bool,
}

/// Decides an incident and applies the decision to the batch.
pub fn settle(state: &mut State, one: &Incoming, proposed: AlertId) -> Result<Answer> {
    let found = find(state, one);
    let decision = decide(state, one, &found);
    let is_higher = is_higher(state, one, &found);
    let alert = match found.same {
        Some(alert) => {
            refire(state, one, alert, decision, is_higher);
            alert
        }
        None => {
            insert(state, one, proposed, decision);
            proposed
        }
    };
    assign(state, one, alert, &found, decision, is_higher)?;
    for key in keys(one) {
        state.keys.insert(key, alert);
    }
    if decision.outcome != Outcome::Duplicate {
        state.payloads.push(Payload {
            organization: one.organization,
            alert,
            content_type: one.arrival.content_type.clone(),
            body: one.raw.clone(),
        });
    }
    Ok(answer(state, one, alert, decision))
}

/// Whether this says worse than was known: only then do a ticket's severity and urgency rise. What an analyst lowered
/// stays lowered while the source repeats itself.
fn is_higher(state: &State, one: &Incoming, found: &Match) -> bool {
    let known = found.group.and_then(|alert| state.alerts.get(&alert));
    known.is_none_or(|known| one.notification.severity > known.severity)
}

fn find(state: &State, one: &Incoming) -> Match {
    let known = |key: Option<Uuid>| key.and_then(|key| state.keys.get(&(one.organization, key))).copied();
    let of_payload = known(Some(one.delivery_key));
    let of_incident = known(one.incident_key);
    let of_recurrence = known(one.recurrence_key);
    // Without a number of its own, the same rule between the same parties is the same alert.
    let same = of_payload.or(of_incident).or(of_recurrence.filter(|_| one.incident_key.is_none()));
    Match { same, group: same.or(of_recurrence), is_same_payload: of_payload.is_some() }
}

fn decide(state: &mut State, one: &Incoming, found: &Match) -> Decision {
    let source = &one.arrival.source;
    let table = state.table.clone();
    let policy = table.policy(one.organization, source.id, &one.notification.rule_id, state.now);
    let policy = state.policy(policy);
    let group = found.group.and_then(|alert| state.alerts.get(&alert)).map(|alert| {
        let ticket = alert.ticket.and_then(|ticket| state.tickets.get(&state.living(ticket)));
        GroupState {
            alert_is_same_incident: found.same.is_some(),
            ticket: ticket.map(|ticket| Ended {
                is_open: ticket.stage.is_open(),
                verdict: ticket.verdict,
                closed_at: ticket.ended_at,
                is_merged: ticket.is_merged,
            }),
            source_cleared_since_close: alert.is_cleared,
            highest_severity_seen: ticket
                .map_or(alert.severity, |ticket| ticket.severity.max(alert.severity)),
            last_seen: alert.last_received_at,
        }
    });
    let tickets = state.storms.get(&rule_hour(state, one)).map_or(0, |storm| storm.tickets);
    regrouping::decide(&Situation {
        policy,
        now: state.now,
        group,
        incoming: Claimed {
            severity: one.notification.severity,
            state: one.notification.state,
            is_same_payload: found.is_same_payload,
        },
        quiet_hours: state.quiet_hours,
        reopen_within_days: state.reopen_within_days,
        storm: regrouping::Storm {
            tickets_this_hour_for_rule: tickets,
            limit: source.storm_limit.unwrap_or(u32::MAX),
        },
    })
}

fn occurrences(one: &Incoming) -> i64 {
    i64::try_from(one.notification.occurrences).unwrap_or(MOST_OCCURRENCES).min(MOST_OCCURRENCES)
}

/// One more delivery of an alert that is known. The very bytes that came before only count as a delivery: they may
/// come late, behind what a later delivery said.
fn refire(state: &mut State, one: &Incoming, id: AlertId, decision: Decision, is_higher: bool) {
    let received = one.arrival.received_at;
    let is_repeat = decision.outcome == Outcome::Duplicate;
    let Some(alert) = state.alerts.get_mut(&id) else { return };
    let is_news = !is_repeat
        && (alert.is_suppressed && decision.outcome != Outcome::Suppressed
            || decision.action == Action::Reopen);
    let more = if is_repeat { 0 } else { (occurrences(one) - alert.occurrences).max(0) };
    let was_cleared = alert.is_cleared;
    if !is_repeat {
        alert.is_cleared = one.notification.state == SourceState::Cleared;
        alert.is_suppressed &= !is_news;
        alert.severity = alert.severity.max(one.notification.severity);
        alert.occurrences += more;
    }
    alert.last_received_at = alert.last_received_at.max(received);
    if let Some(row) = alert.new.and_then(|index| state.new_alerts.get_mut(index)) {
        row.deliveries += 1;
        if !is_repeat {
            widen_row(row, one, alert.occurrences, is_higher);
        }
    } else {
        let news = alert.refire.get_or_insert_with(|| first_refire(id, one, alert.severity));
        news.deliveries += 1;
        news.occurrences = alert.occurrences;
        news.received_at = news.received_at.max(received);
        if !is_repeat {
            widen_refire(news, one, is_higher);
            news.is_news |= is_news;
        }
    }
    let (ticket, is_cleared) = (alert.ticket, alert.is_cleared);
    if let Some(ticket) = ticket.filter(|_| !is_repeat) {
        let ticket = state.living(ticket);
        grow(state, one, ticket, 0, more, is_higher);
        if is_cleared && !was_cleared {
            happen(state, one, ticket, "source_cleared", Some(json!({ "alert_id": id }).to_string()));
        }
    }
}

fn widen_row(row: &mut NewAlert, one: &Incoming, occurrences: i64, is_higher: bool) {
    row.occurrences = occurrences;
    row.first_seen_at = row.first_seen_at.min(one.first_seen());
    row.last_seen_at = row.last_seen_at.max(one.last_seen());
    row.source_state = source_state(one);
    if is_higher {
        row.severity = row.severity.max(one.notification.severity);
        row.urgency = one.urgency.urgency;
        row.urgency_terms = one.urgency_terms();
    }
}

/// Nothing yet: every field as it changes nothing.
fn first_refire(id: AlertId, one: &Incoming, severity: Severity) -> Refire {
    Refire {
        id,
        organization: one.organization,
        deliveries: 0,
        occurrences: 0,
        severity,
        urgency: Urgency::Informational,
        urgency_terms: "[]".to_owned(),
        first_seen_at: None,
        last_seen_at: None,
        received_at: one.arrival.received_at,
        source_state: None,
        ticket: None,
        is_news: false,
    }
}

fn widen_refire(news: &mut Refire, one: &Incoming, is_higher: bool) {
    let (first, last) = (one.first_seen(), one.last_seen());
    news.first_seen_at = Some(news.first_seen_at.map_or(first, |known| known.min(first)));
    news.last_seen_at = Some(news.last_seen_at.map_or(last, |known| known.max(last)));
    news.source_state = Some(source_state(one));
    if is_higher {
        news.severity = news.severity.max(one.notification.severity);
        news.urgency = one.urgency.urgency;
        news.urgency_terms = one.urgency_terms();
    }
}

fn source_state(one: &Incoming) -> &'static str {
    match one.notification.state {
        SourceState::Active => "active",
        SourceState::Cleared => "cleared",
    }
}

/// An alert that was not there before.
fn insert(state: &mut State, one: &Incoming, id: AlertId, decision: Decision) {
    let of = &one.notification;
    let is_suppressed = decision.outcome == Outcome::Suppressed;
    state.alerts.insert(
        id,
        AlertState {
            organization: one.organization,
            severity: of.severity,
            is_cleared: of.state == SourceState::Cleared,
            is_suppressed,
            occurrences: occurrences(one),
            last_received_at: one.arrival.received_at,
            ticket: None,
            new: Some(state.new_alerts.len()),
            refire: None,
        },
    );
    state.new_alerts.push(NewAlert {
        id,
        organization: one.organization,
        source: one.arrival.source.id,
        incident_id: of.incident_id.clone(),
        rule_id: of.rule_id.clone(),
        rule_name: of.rule_name.clone(),
        title: of.title.clone(),
        severity: of.severity,
        urgency: one.urgency.urgency,
        urgency_terms: one.urgency_terms(),
        state: if is_suppressed { "suppressed" } else { "new" },
        source_state: source_state(one),
        source_ip: of.source_ip,
        destination_ip: of.destination_ip,
        asset: one.asset.as_ref().map(|asset| asset.id),
        deliveries: 1,
        occurrences: occurrences(one),
        event_at: of.event_time,
        first_seen_at: one.first_seen(),
        last_seen_at: one.last_seen(),
        received_at: one.arrival.received_at,
        ticket: None,
        why_grouped: decision.why,
        notification: one.stored(),
    });
}

/// Gives the alert the ticket that the decision asks for.
fn assign(
    state: &mut State,
    one: &Incoming,
    alert: AlertId,
    found: &Match,
    decision: Decision,
    is_higher: bool,
) -> Result<()> {
    let group_ticket = found.group.and_then(|alert| state.alerts.get(&alert)).and_then(|alert| alert.ticket);
    let group_ticket = group_ticket.map(|ticket| state.living(ticket));
    let ticket = match decision.action {
        Action::CreateTicket => Some(open(state, one, alert, false)?),
        Action::NewTicketLinkedToClosed => {
            let later = open(state, one, alert, false)?;
            state.recurrences.extend(group_ticket.map(|earlier| (one.organization, later, earlier)));
            Some(later)
        }
        Action::AttachToStormTicket => Some(storm(state, one, alert)?),
        Action::AttachToOpenTicket | Action::RaiseOccurrencesOnly => group_ticket,
        Action::Reopen => {
            if let Some(ticket) = group_ticket {
                reopen(state, one, ticket, decision);
            }
            group_ticket
        }
        Action::AlertOnly | Action::Nothing => None,
    };
    let Some(ticket) = ticket else { return Ok(()) };
    let opened_here = is_opening(decision);
    let had = state.alerts.get(&alert).and_then(|alert| alert.ticket).map(|had| state.living(had));
    if had != Some(ticket) && !opened_here {
        grow(state, one, ticket, 1, occurrences(one), is_higher);
        attach(state, one, ticket, alert, decision.why);
    }
    if decision.offer_suppression
        && let Some(growth) = state.tickets.get_mut(&ticket).and_then(|known| known.growth.as_mut())
    {
        growth.offers_suppression = true;
    }
    hand_over(state, alert, ticket);
    Ok(())
}

/// Whether the decision opened a ticket of its own; what a storm gathers has none.
fn is_opening(decision: Decision) -> bool {
    matches!(decision.action, Action::CreateTicket | Action::NewTicketLinkedToClosed)
}

fn attach(state: &mut State, one: &Incoming, ticket: TicketId, alert: AlertId, why: &'static str) {
    let Some(known) = state.tickets.get_mut(&ticket) else { return };
    known.attached.push(alert);
    known.attached_by.get_or_insert_with(|| Attached {
        source: one.arrival.source.id,
        source_name: one.arrival.source.name.clone(),
        why,
    });
}

fn hand_over(state: &mut State, alert: AlertId, ticket: TicketId) {
    let survivors = &state.survivors;
    let Some(known) = state.alerts.get_mut(&alert) else { return };
    // An alert stays with its own ticket when that was merged, so that a split gives it back.
    let had = known.ticket.map(|had| survivors.get(&had).copied().unwrap_or(had));
    if had == Some(ticket) {
        return;
    }
    known.ticket = Some(ticket);
    if let Some(row) = known.new.and_then(|index| state.new_alerts.get_mut(index)) {
        row.ticket = Some(ticket);
    } else if let Some(refire) = &mut known.refire {
        refire.ticket = Some(ticket);
    }
}

/// Opens a ticket for an alert; a storm's ticket gathers what comes after it.
fn open(state: &mut State, one: &Incoming, alert: AlertId, is_storm: bool) -> Result<TicketId> {
    let of = &one.notification;
    let id = TicketId::new();
    let number = state.numbers.get_mut(&one.organization).and_then(Iterator::next);
    let number = number.ok_or_else(|| anyhow::anyhow!("a batch took more numbers than it has incidents"))?;
    let reference = reference::format("TCK", state.now.year(), number);
    let title = if is_storm { format!("{} (storm)", of.title) } else { of.title.clone() };
    if !is_storm && let Some(storm) = state.storms.get_mut(&rule_hour_at(state.now, one)) {
        storm.tickets += 1;
        storm.opened += 1;
    }
    state.tickets.insert(
        id,
        TicketState {
            organization: one.organization,
            reference: reference.clone(),
            title: title.clone(),
            stage: Stage::New,
            verdict: None,
            ended_at: None,
            severity: of.severity,
            is_merged: false,
            new: Some(state.new_tickets.len()),
            growth: None,
            attached: Vec::new(),
            attached_by: None,
        },
    );
    let (alert_count, count) = if is_storm { (0, 0) } else { (1, occurrences(one)) };
    state.new_tickets.push(NewTicket {
        id,
        organization: one.organization,
        reference: reference.clone(),
        title,
        description: of.description.clone(),
        severity: of.severity,
        urgency: one.urgency.urgency,
        urgency_score: one.urgency.score,
        urgency_terms: one.urgency_terms(),
        source: one.arrival.source.id,
        incident_id: of.incident_id.clone().filter(|_| !is_storm),
        rule_id: of.rule_id.clone(),
        rule_name: of.rule_name.clone(),
        source_ip: of.source_ip.filter(|_| !is_storm),
        destination_ip: of.destination_ip.filter(|_| !is_storm),
        asset: one.asset.as_ref().map(|asset| asset.id).filter(|_| !is_storm),
        asset_name: one.asset.as_ref().map(|asset| asset.name.clone()).filter(|_| !is_storm),
        entity_words: if is_storm { Vec::new() } else { one.entity_words() },
        alert_count,
        occurrences: count,
        first_seen_at: one.first_seen(),
        last_seen_at: one.last_seen(),
        created_at: state.now,
        is_storm,
    });
    let detail = json!({ "alert_id": alert, "rule_id": of.rule_id, "is_storm": is_storm }).to_string();
    happen(state, one, id, "created", Some(detail.clone()));
    state.deeds.push(deed(one, "ticket.opened", "ticket", id.uuid(), Some(reference), Some(detail)));
    Ok(id)
}

/// The open ticket that gathers a storm; opened by the first incident past the limit.
fn storm(state: &mut State, one: &Incoming, alert: AlertId) -> Result<TicketId> {
    let hour = rule_hour(state, one);
    let known = state.storms.get(&hour).copied().unwrap_or_default();
    let living = known.ticket.map(|ticket| state.living(ticket));
    if let Some(ticket) =
        living.filter(|id| state.tickets.get(id).is_some_and(|ticket| ticket.stage.is_open()))
    {
        return Ok(ticket);
    }
    let ticket = open(state, one, alert, true)?;
    let storm = state.storms.entry(hour).or_default();
    storm.ticket = Some(ticket);
    storm.is_named_here = true;
    Ok(ticket)
}

fn reopen(state: &mut State, one: &Incoming, ticket: TicketId, decision: Decision) {
    grow(state, one, ticket, 0, 0, false);
    let Some(known) = state.tickets.get_mut(&ticket) else { return };
    known.stage = Stage::New;
    known.verdict = None;
    known.ended_at = None;
    if let Some(growth) = &mut known.growth {
        growth.reopens = true;
    }
    let reference = known.reference.clone();
    let detail = json!({ "why": decision.why }).to_string();
    happen(state, one, ticket, "reopened", Some(detail.clone()));
    state.deeds.push(deed(one, "ticket.reopened", "ticket", ticket.uuid(), Some(reference), Some(detail)));
}

/// Adds to a ticket: to its row of this batch, or to what will be changed of it.
fn grow(state: &mut State, one: &Incoming, id: TicketId, alerts: i32, occurrences: i64, is_higher: bool) {
    let Some(ticket) = state.tickets.get_mut(&id) else { return };
    if is_higher {
        ticket.severity = ticket.severity.max(one.notification.severity);
    }
    if let Some(row) = ticket.new.and_then(|index| state.new_tickets.get_mut(index)) {
        row.alert_count += alerts;
        row.occurrences = (row.occurrences + occurrences).min(MOST_OCCURRENCES);
        row.severity = ticket.severity;
        row.last_seen_at = row.last_seen_at.max(one.last_seen());
        if is_higher && one.urgency.score > row.urgency_score {
            row.urgency = one.urgency.urgency;
            row.urgency_score = one.urgency.score;
            row.urgency_terms = one.urgency_terms();
        }
        return;
    }
    let growth = ticket.growth.get_or_insert_with(|| first_growth(id, one));
    growth.alerts += alerts;
    growth.occurrences = (growth.occurrences + occurrences).min(MOST_OCCURRENCES);
    growth.last_seen_at = growth.last_seen_at.max(one.last_seen());
    if is_higher {
        growth.severity = growth.severity.max(one.notification.severity);
    }
    if is_higher && one.urgency.score > growth.urgency_score {
        growth.urgency = one.urgency.urgency;
        growth.urgency_score = one.urgency.score;
        growth.urgency_terms = one.urgency_terms();
    }
}

/// Nothing yet: the least severity and urgency raise nothing.
fn first_growth(id: TicketId, one: &Incoming) -> Growth {
    Growth {
        id,
        organization: one.organization,
        alerts: 0,
        occurrences: 0,
        severity: Severity::Informational,
        urgency: Urgency::Informational,
        urgency_score: 0,
        urgency_terms: "[]".to_owned(),
        last_seen_at: one.last_seen(),
        reopens: false,
        offers_suppression: false,
    }
}

fn happen(state: &mut State, one: &Incoming, ticket: TicketId, kind: &'static str, detail: Option<String>) {
    state.happenings.push(Happening {
        organization: one.organization,
        ticket,
        source: one.arrival.source.id,
        source_name: one.arrival.source.name.clone(),
        kind,
        detail,
    });
}

fn deed(
    one: &Incoming,
    action: &'static str,
    object_kind: &'static str,
    object: Uuid,
    reference: Option<String>,
    detail: Option<String>,
) -> BatchDeed {
    BatchDeed {
        organization: one.organization,
        actor_kind: ActorKind::Source,
        actor_id: Some(one.arrival.source.id.uuid()),
        actor_name: one.arrival.source.name.clone(),
        action,
        object_kind,
        object_id: object,
        object_reference: reference,
        detail,
        ip: one.arrival.ip,
        request_id: one.arrival.request_id,
    }
}

fn answer(state: &mut State, one: &Incoming, alert: AlertId, decision: Decision) -> Answer {
    let known = state.alerts.get(&alert);
    let ticket_id = known.and_then(|known| known.ticket).map(|ticket| state.living(ticket));
    let ticket = ticket_id.and_then(|id| {
        let ticket = state.tickets.get(&id)?;
        Some(AnsweredTicket { id, reference: ticket.reference.clone(), stage: ticket.stage })
    });
    let severity = known.map_or(one.notification.severity, |known| known.severity);
    if !is_opening(decision) {
        let action = if decision.outcome == Outcome::Duplicate { "alert.repeated" } else { "alert.received" };
        let detail = json!({ "outcome": decision.outcome, "why": decision.why }).to_string();
        let reference = ticket.as_ref().map(|ticket| ticket.reference.clone());
        state.deeds.push(deed(one, action, "alert", alert.uuid(), reference, Some(detail)));
    }
    Answer {
        outcome: decision.outcome,
        why: decision.why,
        alert: AnsweredAlert {
            id: alert,
            organization_id: one.organization,
            rule_id: one.notification.rule_id.clone(),
            severity,
            urgency: one.urgency.urgency,
        },
        ticket,
    }
}

/// Writes what the batch holds. Alerts before tickets, each in the order of ids: the order in which rows are locked.
pub async fn all(tx: &mut Tx, state: &mut State) -> Result<()> {
    tell_alerts(state);
    let growths = tell_tickets(state);
    let mut refires = state.alerts.values_mut().filter_map(|alert| alert.refire.take()).collect::<Vec<_>>();
    refires.sort_unstable_by_key(|refire| refire.id);
    keeping::keep(tx, &state.new_alerts, &state.payloads).await?;
    keeping::refire(tx, &refires).await?;
    keeping::repoint(tx, &state.repointed).await?;
    opening::open(tx, &state.new_tickets, &state.happenings).await?;
    opening::grow(tx, &growths).await?;
    for (organization, later, earlier) in &state.recurrences {
        opening::link_recurrence(tx, *organization, &[(*later, *earlier)]).await?;
    }
    for (hour, storm) in &state.storms {
        let surplus = storm.counted - storm.opened;
        let named = storm.ticket.filter(|_| storm.is_named_here);
        if surplus != 0 || named.is_some() {
            keeping::settle_storm(tx, hour, surplus, named).await?;
        }
    }
    let hits = state.hits.iter().map(|(id, count)| (*id, *count)).collect::<Vec<_>>();
    alerts::policies::count_hits(tx, &hits).await?;
    record_and_tell(tx, &state.deeds, &state.changes).await?;
    Ok(())
}

fn tell_alerts(state: &mut State) {
    let created = state.new_alerts.iter().map(|alert| BatchChange {
        organization: alert.organization,
        topic: "alerts",
        id: alert.id.uuid(),
        change: "created",
        data: None,
    });
    let updated =
        state.alerts.iter().filter(|(_, alert)| alert.refire.is_some()).map(|(id, alert)| BatchChange {
            organization: alert.organization,
            topic: "alerts",
            id: id.uuid(),
            change: "updated",
            data: None,
        });
    let changes = created.chain(updated).collect::<Vec<_>>();
    state.changes.extend(changes);
}

/// Tells of every ticket once, and puts what was attached to it into one line of its timeline.
fn tell_tickets(state: &mut State) -> Vec<Growth> {
    let mut growths = Vec::new();
    for (id, ticket) in &mut state.tickets {
        if let Some(by) = ticket.attached_by.take() {
            let shown = ticket.attached.iter().take(5).collect::<Vec<_>>();
            let detail = json!({ "alerts": shown, "count": ticket.attached.len(), "why": by.why });
            state.happenings.push(Happening {
                organization: ticket.organization,
                ticket: *id,
                source: by.source,
                source_name: by.source_name,
                kind: "alert",
                detail: Some(detail.to_string()),
            });
        }
        let row = ticket.new.and_then(|index| state.new_tickets.get(index));
        let Some((urgency, change)) = row
            .map(|row| (row.urgency, "created"))
            .or(ticket.growth.as_ref().map(|growth| (growth.urgency, "updated")))
        else {
            continue;
        };
        let mut data =
            json!({ "reference": ticket.reference, "title": ticket.title, "severity": ticket.severity });
        if let Some(fields) = data.as_object_mut().filter(|_| change == "created") {
            fields.insert("urgency".to_owned(), json!(urgency));
            fields.insert("stage".to_owned(), json!(ticket.stage));
        }
        state.changes.push(BatchChange {
            organization: ticket.organization,
            topic: "tickets",
            id: id.uuid(),
            change,
            data: Some(data.to_string()),
        });
        growths.extend(ticket.growth.take());
    }
    growths
}
