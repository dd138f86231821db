//! What a batch knows and changes, in memory: alerts and tickets as they were found, as the batch leaves them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use alerts::counting::Counts;
use alerts::keeping::{Claim, Found, NewAlert, Payload, Refire};
use alerts::policies::AlertPolicy;
use alerts::storms::RuleHour;
use detection::regrouping::Policy;
use platform::batch::{BatchChange, BatchDeed};
use platform::config::IntakeConfig;
use tickets::opening::{Growth, Happening, NewTicket, Standing};
use time::OffsetDateTime;
use vocab::{AlertId, AlertPolicyId, OrganizationId, Severity, SourceId, Stage, TicketId, Verdict};

use super::batch::Key;
use crate::registry::Table;

/// An alert as far as the batch has come.
pub struct AlertState {
    pub organization: OrganizationId,
    pub severity: Severity,
    pub is_cleared: bool,
    pub is_suppressed: bool,
    pub counts: Counts,
    /// Whether this batch added to the counts of a row that was there before.
    pub is_repeated: bool,
    /// Of the occurrences, those that are in the row and in its ticket's sum.
    pub settled_occurrences: i64,
    pub ticket: Option<TicketId>,
    /// A row to insert, by its index; none for one that was there before.
    pub new: Option<usize>,
    /// What to change of a row that was there before, beyond its counts.
    pub refire: Option<Refire>,
}

impl AlertState {
    /// Whether its row and its ticket's sum get this batch's counts at once: a new row says them anyway, and an alert that
    /// changes its ticket leaves nothing behind.
    pub fn is_settled_here(&self) -> bool {
        self.new.is_some() || self.refire.as_ref().is_some_and(|refire| refire.ticket.is_some())
    }
}

impl From<Found> for AlertState {
    fn from(found: Found) -> Self {
        Self {
            organization: found.organization,
            severity: found.severity,
            is_cleared: found.is_cleared,
            is_suppressed: found.is_suppressed,
            settled_occurrences: found.counts.occurrences,
            counts: found.counts,
            is_repeated: false,
            ticket: found.ticket,
            new: None,
            refire: None,
        }
    }
}

/// A ticket as far as the batch has come.
pub struct TicketState {
    pub organization: OrganizationId,
    pub reference: String,
    pub title: String,
    pub stage: Stage,
    pub verdict: Option<Verdict>,
    pub ended_at: Option<OffsetDateTime>,
    pub severity: Severity,
    pub is_merged: bool,
    pub offers_suppression: bool,
    /// One that is not is only added to, by what it takes over later.
    pub is_locked: bool,
    pub new: Option<usize>,
    pub growth: Option<Growth>,
    /// Alerts of this batch, told in one line of the timeline.
    pub attached: Vec<AlertId>,
    /// Who brought the first of them.
    pub attached_by: Option<Attached>,
}

/// What the line of the timeline says of the first alert it tells of.
pub struct Attached {
    pub source: SourceId,
    pub source_name: Arc<str>,
    pub why: &'static str,
}

/// Everything a batch reads and leaves.
pub struct State {
    pub table: Arc<Table>,
    pub now: OffsetDateTime,
    pub quiet_hours: u32,
    pub reopen_within_days: u32,
    pub keys: HashMap<Key, AlertId>,
    pub alerts: HashMap<AlertId, AlertState>,
    /// In the order of their ids, as rows are locked.
    pub tickets: BTreeMap<TicketId, TicketState>,
    /// Member to survivor.
    pub survivors: HashMap<TicketId, TicketId>,
    pub storms: HashMap<RuleHour, Storm>,
    pub numbers: HashMap<OrganizationId, std::vec::IntoIter<i32>>,
    pub hits: HashMap<AlertPolicyId, i64>,
    pub new_alerts: Vec<NewAlert>,
    pub new_tickets: Vec<NewTicket>,
    pub payloads: Vec<Payload>,
    pub repointed: Vec<Claim>,
    pub happenings: Vec<Happening>,
    pub recurrences: Vec<(OrganizationId, TicketId, TicketId)>,
    /// What tickets that are not locked take over later.
    pub gains: Vec<Growth>,
    pub deeds: Vec<BatchDeed>,
    pub changes: Vec<BatchChange>,
}

/// A rule's tickets of this hour.
#[derive(Debug, Clone, Copy, Default)]
pub struct Storm {
    pub tickets: u32,
    /// What was counted ahead, and what was really opened.
    pub counted: i32,
    pub opened: i32,
    pub ticket: Option<TicketId>,
    pub is_named_here: bool,
}

impl State {
    pub fn new(table: Arc<Table>, now: OffsetDateTime, config: &IntakeConfig) -> Self {
        Self {
            table,
            now,
            quiet_hours: config.quiet_hours,
            reopen_within_days: config.reopen_within_days,
            keys: HashMap::new(),
            alerts: HashMap::new(),
            tickets: BTreeMap::new(),
            survivors: HashMap::new(),
            storms: HashMap::new(),
            numbers: HashMap::new(),
            hits: HashMap::new(),
            new_alerts: Vec::new(),
            new_tickets: Vec::new(),
            payloads: Vec::new(),
            repointed: Vec::new(),
            happenings: Vec::new(),
            recurrences: Vec::new(),
            gains: Vec::new(),
            deeds: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Of a ticket that is known already the locked reading holds: it is the later one, and nothing was decided by the other.
    pub fn remember_ticket(&mut self, standing: Standing, is_locked: bool) {
        if standing.asked != standing.id {
            self.survivors.insert(standing.asked, standing.id);
        }
        if self.tickets.get(&standing.id).is_some_and(|known| known.is_locked || !is_locked) {
            return;
        }
        let ticket = TicketState {
            organization: standing.organization,
            reference: standing.reference,
            title: standing.title,
            stage: standing.stage,
            verdict: standing.verdict,
            ended_at: standing.ended_at,
            severity: standing.severity,
            is_merged: standing.asked != standing.id,
            offers_suppression: standing.offers_suppression,
            is_locked,
            new: None,
            growth: None,
            attached: Vec::new(),
            attached_by: None,
        };
        self.tickets.insert(standing.id, ticket);
    }

    /// The ticket of an alert, or the one it was merged into.
    pub fn living(&self, ticket: TicketId) -> TicketId {
        self.survivors.get(&ticket).copied().unwrap_or(ticket)
    }

    /// What the organization wants done; a suppression that has ended wants nothing special.
    pub fn policy(&mut self, policy: Option<&AlertPolicy>) -> Policy {
        let Some(policy) = policy else { return Policy::Ticket };
        let decided = match (policy.action, policy.until) {
            (alerts::policies::PolicyAction::AlertOnly, _) => Policy::AlertOnly,
            (alerts::policies::PolicyAction::Suppress, Some(until)) if until > self.now => {
                Policy::SuppressUntil(until)
            }
            _ => return Policy::Ticket,
        };
        *self.hits.entry(policy.id).or_default() += 1;
        decided
    }
}
