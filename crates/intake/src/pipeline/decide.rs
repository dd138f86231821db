//! Deciding an incident, and applying the decision to its alert.

use alerts::keeping::{NewAlert, Payload, Refire};
use detection::regrouping::{
    self, Action, Decision, GroupState, Incoming as Claimed, Outcome, Situation, TicketState as Ended,
};
use platform::Result;
use serde_json::json;
use uuid::Uuid;
use vocab::{AlertId, Severity, SourceState, TicketId, Urgency};

use super::batch::{keys, rule_hour};
use super::outcome::{Answer, AnsweredAlert, AnsweredTicket};
use super::state::{AlertState, Attached, State};
use super::work::{deed, grow, happen, occurrences, open, reopen, storm};
use crate::reading::Incoming;

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
            has_own_time: one.has_own_time(),
        },
        quiet_hours: state.quiet_hours,
        reopen_within_days: state.reopen_within_days,
        storm: regrouping::Storm {
            tickets_this_hour_for_rule: tickets,
            limit: source.storm_limit.unwrap_or(u32::MAX),
        },
    })
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
