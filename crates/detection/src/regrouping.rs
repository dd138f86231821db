//! What becomes of an incoming notification: a state table, nothing else.

use serde::Serialize;
use time::{Duration, OffsetDateTime};
use vocab::{Severity, SourceState, Verdict};

/// What the organization's alert policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// An alert opens a ticket.
    Ticket,
    /// An alert is kept and shown, without a ticket.
    AlertOnly,
    /// An alert is kept and hidden until that time, from which on it opens a ticket again.
    SuppressUntil(OffsetDateTime),
}

/// Everything the decision rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    pub policy: Policy,
    pub now: OffsetDateTime,
    /// The alert this notification belongs to, by incident number or by recurrence; `None` for something new.
    pub group: Option<GroupState>,
    pub incoming: Incoming,
    /// How long a group has to be silent before a refire counts as new. 24 unless configured.
    pub quiet_hours: u32,
    /// How long after its end a ticket is reopened rather than followed by a new one. 30 unless configured.
    pub reopen_within_days: u32,
    pub storm: Storm,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupState {
    /// Whether the group was found by the source's incident number rather than by rule and parties.
    pub alert_is_same_incident: bool,
    pub ticket: Option<TicketState>,
    /// Whether the source cleared the incident after the ticket ended.
    pub source_cleared_since_close: bool,
    pub highest_severity_seen: Severity,
    pub last_seen: OffsetDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketState {
    pub is_open: bool,
    pub verdict: Option<Verdict>,
    /// When it was resolved or closed.
    pub closed_at: Option<OffsetDateTime>,
    /// Whether it was merged into another: then `is_open`, `verdict` and `closed_at` are that other's.
    pub is_merged: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incoming {
    pub severity: Severity,
    pub state: SourceState,
    /// Whether this very payload was accepted from this source before.
    pub is_same_payload: bool,
    /// Whether the payload says when: then another firing has other bytes.
    pub has_own_time: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    pub tickets_this_hour_for_rule: u32,
    /// 30 unless configured.
    pub limit: u32,
}

vocab::text_enum! {
    /// What the sender and the timeline are told.
    pub enum Outcome {
        Created = "created",
        Updated = "updated",
        Duplicate = "duplicate",
        Reopened = "reopened",
        Linked = "linked",
        Suppressed = "suppressed",
    }
}

vocab::text_enum! {
    /// What the writer does.
    pub enum Action {
        CreateTicket = "create_ticket",
        AttachToOpenTicket = "attach_to_open_ticket",
        Reopen = "reopen",
        NewTicketLinkedToClosed = "new_ticket_linked_to_closed",
        RaiseOccurrencesOnly = "raise_occurrences_only",
        AlertOnly = "alert_only",
        AttachToStormTicket = "attach_to_storm_ticket",
        Nothing = "nothing",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub outcome: Outcome,
    pub action: Action,
    /// Whether the analyst is offered a time-boxed suppression.
    pub offer_suppression: bool,
    /// One of [`why`]'s: stable, for programs and translations.
    pub why: &'static str,
}

/// The stable codes of [`Decision::why`].
pub mod why {
    /// The very bytes came before.
    pub const SAME_PAYLOAD: &str = "same_payload";
    /// Nothing like it is known.
    pub const NEW: &str = "new";
    /// It is known, but never had a ticket.
    pub const NO_TICKET_YET: &str = "no_ticket_yet";
    pub const SAME_INCIDENT: &str = "same_incident";
    pub const SAME_RULE_AND_ENTITIES: &str = "same_rule_and_entities";
    /// The source says that it is over: for the timeline. Work that somebody touched stays open.
    pub const SOURCE_CLEARED: &str = "source_cleared";
    pub const POLICY_ALERT_ONLY: &str = "policy_alert_only";
    pub const POLICY_SUPPRESSES: &str = "policy_suppresses";
    /// A refire of ended work: counted, nothing more.
    pub const CLOSED_NEEDS_CLEAR_HIGHER_SEVERITY_OR_QUIET: &str =
        "closed_needs_clear_higher_severity_or_quiet";
    /// It came back after the source had cleared it.
    pub const CLEARED_SINCE_CLOSE: &str = "cleared_since_close";
    pub const HIGHER_SEVERITY: &str = "higher_severity";
    /// It came back after the quiet hours.
    pub const QUIET_BEFORE: &str = "quiet_before";
    /// It came back, but its ticket ended too long ago to be taken up again.
    pub const CLOSED_TOO_LONG_AGO: &str = "closed_too_long_ago";
    pub const FALSE_POSITIVE_NEVER_REOPENS: &str = "false_positive_never_reopens";
    /// The rule opened its share of tickets within the hour.
    pub const STORM: &str = "storm";

    /// Every code, for those who translate them.
    pub const ALL: &[&str] = &[
        SAME_PAYLOAD,
        NEW,
        NO_TICKET_YET,
        SAME_INCIDENT,
        SAME_RULE_AND_ENTITIES,
        SOURCE_CLEARED,
        POLICY_ALERT_ONLY,
        POLICY_SUPPRESSES,
        CLOSED_NEEDS_CLEAR_HIGHER_SEVERITY_OR_QUIET,
        CLEARED_SINCE_CLOSE,
        HIGHER_SEVERITY,
        QUIET_BEFORE,
        CLOSED_TOO_LONG_AGO,
        FALSE_POSITIVE_NEVER_REOPENS,
        STORM,
    ];
}

/// The first line that fits decides:
///
/// | notification | group | decision |
/// |---|---|---|
/// | the same payload, where it can be a [retry](is_repeat) | any | count it |
/// | any, while suppressed | any | keep or count it, hidden |
/// | a clear | open ticket | on the ticket's timeline |
/// | a clear | known | on the alert's timeline |
/// | a clear | none | an alert without a ticket: there is nothing left to respond to |
/// | a fire | open ticket | attach it: `updated` for the same incident, `linked` for another |
/// | a fire, policy alerts only | known / none | count it / an alert |
/// | a fire | none, or never had a ticket | a ticket, or the storm's |
/// | a fire | ended ticket, still warm | count it |
/// | a fire | ended ticket, back again | reopen it; after [`Situation::reopen_within_days`] a new one, linked |
/// | a fire | ended as false positive, back again | a new one, linked, and the offer of a suppression |
///
/// An ended ticket is **back again** once the source cleared it in between, the severity is higher than ever before, or
/// the group was silent for [`Situation::quiet_hours`]; otherwise it is still **warm**.
pub fn decide(situation: &Situation) -> Decision {
    let Situation { incoming, group, .. } = situation;
    if is_repeat(situation) {
        return decision(Outcome::Duplicate, Action::RaiseOccurrencesOnly, why::SAME_PAYLOAD);
    }
    if is_suppressed(situation) {
        let action = if group.is_some() { Action::RaiseOccurrencesOnly } else { Action::AlertOnly };
        return decision(Outcome::Suppressed, action, why::POLICY_SUPPRESSES);
    }
    let ticket = group.as_ref().and_then(|group| group.ticket.as_ref());
    match (incoming.state, group, ticket) {
        (SourceState::Cleared, Some(_), Some(ticket)) if ticket.is_open => {
            decision(Outcome::Updated, Action::AttachToOpenTicket, why::SOURCE_CLEARED)
        }
        (SourceState::Cleared, Some(_), _) => {
            decision(Outcome::Updated, Action::RaiseOccurrencesOnly, why::SOURCE_CLEARED)
        }
        (SourceState::Cleared, None, _) => decision(Outcome::Created, Action::AlertOnly, why::SOURCE_CLEARED),
        (SourceState::Active, Some(group), Some(ticket)) if ticket.is_open => attach(group),
        (SourceState::Active, Some(_), _) if situation.policy == Policy::AlertOnly => {
            decision(Outcome::Updated, Action::RaiseOccurrencesOnly, why::POLICY_ALERT_ONLY)
        }
        (SourceState::Active, None, _) if situation.policy == Policy::AlertOnly => {
            decision(Outcome::Created, Action::AlertOnly, why::POLICY_ALERT_ONLY)
        }
        (SourceState::Active, Some(group), Some(ticket)) => refire(situation, group, ticket),
        (SourceState::Active, Some(_), None) => {
            new_ticket(situation, Action::CreateTicket, why::NO_TICKET_YET)
        }
        (SourceState::Active, None, _) => new_ticket(situation, Action::CreateTicket, why::NEW),
    }
}

fn decision(outcome: Outcome, action: Action, why: &'static str) -> Decision {
    Decision { outcome, action, offer_suppression: false, why }
}

/// Whether the same bytes can be a retry of what was taken. Bytes that never say when are the same at each firing: once
/// the group was silent for [`Situation::quiet_hours`] they are another.
pub fn is_repeat(situation: &Situation) -> bool {
    let Situation { incoming, group, .. } = situation;
    incoming.is_same_payload
        && (incoming.has_own_time || group.as_ref().is_none_or(|group| !was_quiet(situation, group)))
}

fn was_quiet(situation: &Situation, group: &GroupState) -> bool {
    situation.now - group.last_seen >= Duration::hours(i64::from(situation.quiet_hours))
}

fn is_suppressed(situation: &Situation) -> bool {
    matches!(situation.policy, Policy::SuppressUntil(until) if situation.now < until)
}

fn attach(group: &GroupState) -> Decision {
    match group.alert_is_same_incident {
        true => decision(Outcome::Updated, Action::AttachToOpenTicket, why::SAME_INCIDENT),
        false => decision(Outcome::Linked, Action::AttachToOpenTicket, why::SAME_RULE_AND_ENTITIES),
    }
}

/// Every new ticket passes here: past the limit of its rule it is the storm's ticket.
fn new_ticket(situation: &Situation, action: Action, why: &'static str) -> Decision {
    let Storm { tickets_this_hour_for_rule, limit } = situation.storm;
    if tickets_this_hour_for_rule >= limit {
        return decision(Outcome::Linked, Action::AttachToStormTicket, why::STORM);
    }
    decision(Outcome::Created, action, why)
}

/// A fire of a group whose ticket has ended.
fn refire(situation: &Situation, group: &GroupState, ticket: &TicketState) -> Decision {
    let is_false_positive = ticket.verdict == Some(Verdict::FalsePositive);
    let back = back_again(situation, group);
    let decision = match back {
        None if is_false_positive => {
            decision(Outcome::Updated, Action::RaiseOccurrencesOnly, why::FALSE_POSITIVE_NEVER_REOPENS)
        }
        None => decision(
            Outcome::Updated,
            Action::RaiseOccurrencesOnly,
            why::CLOSED_NEEDS_CLEAR_HIGHER_SEVERITY_OR_QUIET,
        ),
        // A false positive is no licence to be silent for ever: that is what a suppression with an end is for.
        Some(_) if is_false_positive => {
            new_ticket(situation, Action::NewTicketLinkedToClosed, why::FALSE_POSITIVE_NEVER_REOPENS)
        }
        Some(why) if is_recent(situation, ticket) => decision(Outcome::Reopened, Action::Reopen, why),
        Some(_) => new_ticket(situation, Action::NewTicketLinkedToClosed, why::CLOSED_TOO_LONG_AGO),
    };
    Decision { offer_suppression: is_false_positive, ..decision }
}

/// Why a refire is more than the echo of ended work.
fn back_again(situation: &Situation, group: &GroupState) -> Option<&'static str> {
    if group.source_cleared_since_close {
        return Some(why::CLEARED_SINCE_CLOSE);
    }
    if situation.incoming.severity > group.highest_severity_seen {
        return Some(why::HIGHER_SEVERITY);
    }
    was_quiet(situation, group).then_some(why::QUIET_BEFORE)
}

/// A ticket whose end nobody noted counts as recent: to go on with it loses nothing.
fn is_recent(situation: &Situation, ticket: &TicketState) -> bool {
    let longest = Duration::days(i64::from(situation.reopen_within_days));
    ticket.closed_at.is_none_or(|closed_at| situation.now - closed_at <= longest)
}
