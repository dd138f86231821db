//! What a decision makes of tickets: opened, grown, reopened, gathered in a storm.

use detection::regrouping::Decision;
use platform::batch::BatchDeed;
use platform::principal::ActorKind;
use platform::{Result, reference};
use serde_json::json;
use tickets::opening::{Growth, Happening, MOST_OCCURRENCES, NewTicket};
use uuid::Uuid;
use vocab::{AlertId, Stage, TicketId};

use super::batch::{rule_hour, rule_hour_at};
use super::state::{State, TicketState};
use crate::reading::Incoming;

pub fn occurrences(one: &Incoming) -> i64 {
    i64::try_from(one.notification.occurrences).unwrap_or(MOST_OCCURRENCES).min(MOST_OCCURRENCES)
}

/// Opens a ticket for an alert; a storm's ticket gathers what comes after it.
pub fn open(state: &mut State, one: &Incoming, alert: AlertId, is_storm: bool) -> Result<TicketId> {
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
            offers_suppression: false,
            is_locked: true,
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
        source: Some(one.arrival.source.id),
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
pub fn storm(state: &mut State, one: &Incoming, alert: AlertId) -> Result<TicketId> {
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

pub fn reopen(state: &mut State, one: &Incoming, ticket: TicketId, decision: Decision) {
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
pub fn grow(state: &mut State, one: &Incoming, id: TicketId, alerts: i32, occurrences: i64, is_higher: bool) {
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
    let growth = ticket.growth.get_or_insert_with(|| Growth::nothing(one.organization, id, one.last_seen()));
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

/// The page of an ended ticket offers a suppression, from the first refire on.
pub fn offer_suppression(state: &mut State, one: &Incoming, id: TicketId) {
    if state.tickets.get(&id).is_none_or(|ticket| ticket.new.is_some() || ticket.offers_suppression) {
        return;
    }
    grow(state, one, id, 0, 0, false);
    let Some(ticket) = state.tickets.get_mut(&id) else { return };
    ticket.offers_suppression = true;
    if let Some(growth) = &mut ticket.growth {
        growth.offers_suppression = true;
    }
}

pub fn happen(
    state: &mut State,
    one: &Incoming,
    ticket: TicketId,
    kind: &'static str,
    detail: Option<String>,
) {
    state.happenings.push(Happening {
        organization: one.organization,
        ticket,
        source: one.arrival.source.id,
        source_name: one.arrival.source.name.clone(),
        kind,
        detail,
    });
}

pub fn deed(
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
