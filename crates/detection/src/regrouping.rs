//! What becomes of an incoming notification: a state table, nothing else.

use serde::Serialize;
use time::OffsetDateTime;
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
    pub const SAME_PAYLOAD: &str = "same_payload";
}

pub fn decide(situation: &Situation) -> Decision {
    let _ = situation;
    Decision {
        outcome: Outcome::Created,
        action: Action::CreateTicket,
        offer_suppression: false,
        why: why::SAME_PAYLOAD,
    }
}
