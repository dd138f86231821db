//! Deciding an incident, and applying the decision to its alert.

use alerts::counting::Counts;
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
use super::work::{deed, grow, happen, occurrences, offer_suppression, open, reopen, storm};
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
            last_seen: alert.counts.last_received_at,
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
    let is_repeat = decision.outcome == Outcome::Duplicate;
    let Some(alert) = state.alerts.get_mut(&id) else { return };
    let before = alert.counts.occurrences;
    count(alert, one, is_repeat);
    if is_repeat {
        return;
    }
    let is_news =
        alert.is_suppressed && decision.outcome != Outcome::Suppressed || decision.action == Action::Reopen;
    let is_cleared = one.notification.state == SourceState::Cleared;
    let is_turned = alert.is_cleared != is_cleared;
    alert.is_cleared = is_cleared;
    alert.is_suppressed &= !is_news;
    alert.severity = alert.severity.max(one.notification.severity);
    let more = alert.counts.occurrences - before;
    if let Some(row) = alert.new.and_then(|index| state.new_alerts.get_mut(index)) {
        row.source_state = source_state(one);
        if is_higher {
            row.severity = alert.severity;
            row.urgency = one.urgency.urgency;
            row.urgency_terms = one.urgency_terms();
        }
    } else if is_news || is_turned || is_higher {
        let news = alert.refire.get_or_insert_with(|| nothing_new(id, one));
        news.source_state = is_turned.then(|| source_state(one)).or(news.source_state);
        news.is_news |= is_news;
        if is_higher {
            news.severity = alert.severity;
            news.urgency = one.urgency.urgency;
            news.urgency_terms = one.urgency_terms();
        }
    }
    // Otherwise the ticket's sum follows when the alert takes over its counts.
    let more = if alert.is_settled_here() { more } else { 0 };
    let is_growing = is_higher || alert.is_settled_here();
    let Some(ticket) = alert.ticket else { return };
    let ticket = state.living(ticket);
    if is_growing {
        grow(state, one, ticket, 0, more, is_higher);
    }
    if is_cleared && is_turned {
        happen(state, one, ticket, "source_cleared", Some(json!({ "alert_id": id }).to_string()));
    }
}

fn count(alert: &mut AlertState, one: &Incoming, is_repeat: bool) {
    alert.is_repeated = alert.new.is_none();
    alert.counts.deliveries += 1;
    alert.counts.last_received_at = alert.counts.last_received_at.max(one.arrival.received_at);
    if !is_repeat {
        alert.counts.occurrences = alert.counts.occurrences.max(occurrences(one));
        alert.counts.first_seen_at = alert.counts.first_seen_at.min(one.first_seen());
        alert.counts.last_seen_at = alert.counts.last_seen_at.max(one.last_seen());
    }
}

/// Every field as it changes nothing.
fn nothing_new(id: AlertId, one: &Incoming) -> Refire {
    Refire {
        id,
        organization: one.organization,
        received_at: one.arrival.received_at,
        severity: Severity::Informational,
        urgency: Urgency::Informational,
        urgency_terms: "[]".to_owned(),
        source_state: None,
        ticket: None,
        is_news: false,
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
    let counts = Counts {
        deliveries: 1,
        occurrences: occurrences(one),
        first_seen_at: one.first_seen(),
        last_seen_at: one.last_seen(),
        last_received_at: one.arrival.received_at,
    };
    state.alerts.insert(
        id,
        AlertState {
            organization: one.organization,
            severity: of.severity,
            is_cleared: of.state == SourceState::Cleared,
            is_suppressed,
            counts,
            is_repeated: false,
            settled_occurrences: counts.occurrences,
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
        counts,
        event_at: of.event_time,
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
    if decision.offer_suppression {
        offer_suppression(state, one, ticket);
    }
    hand_over(state, one, alert, ticket);
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

fn hand_over(state: &mut State, one: &Incoming, alert: AlertId, ticket: TicketId) {
    let Some(known) = state.alerts.get(&alert) else { return };
    // An alert stays with its own ticket when that was merged, so that a split gives it back.
    let had = known.ticket.map(|had| state.living(had));
    if had == Some(ticket) {
        return;
    }
    let unsettled = known.counts.occurrences - known.settled_occurrences;
    if let Some(had) = had.filter(|_| !known.is_settled_here()) {
        // What was counted so far was counted for the ticket that it leaves.
        grow(state, one, had, 0, unsettled, false);
    }
    let Some(known) = state.alerts.get_mut(&alert) else { return };
    known.ticket = Some(ticket);
    if let Some(row) = known.new.and_then(|index| state.new_alerts.get_mut(index)) {
        row.ticket = Some(ticket);
    } else {
        known.refire.get_or_insert_with(|| nothing_new(alert, one)).ticket = Some(ticket);
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
