//! A ticket as it is kept, and what each deed makes of it. No I/O: what is decided here is written by `store`.

use std::net::IpAddr;

use detection::urgency::{Criticality, exposure, urgency};
use platform::{Error, Result};
use serde_json::{Value, json};
use time::OffsetDateTime;
use vocab::{AssetId, Impact, OrganizationId, Severity, Stage, TicketId, Urgency, UserId, Verdict};

use crate::model::{Ending, Move, TicketChange, UrgencyTerm, check_transition};
use crate::words::Described;

/// What people can change of a ticket, and what that is decided by.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketRow {
    pub id: TicketId,
    pub organization_id: OrganizationId,
    pub reference: String,
    pub title: String,
    pub description: Option<String>,
    pub stage: Stage,
    pub status_key: Option<String>,
    pub severity: Severity,
    pub urgency: Urgency,
    pub urgency_score: i16,
    pub urgency_terms: Vec<UrgencyTerm>,
    pub assignee_id: Option<UserId>,
    /// Of a ticket made by hand.
    pub created_by: Option<UserId>,
    pub source_ip: Option<IpAddr>,
    pub destination_ip: Option<IpAddr>,
    pub asset_id: Option<AssetId>,
    pub alert_count: i32,
    pub occurrences: i64,
    pub first_seen_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub acknowledged_at: Option<OffsetDateTime>,
    pub resolved_at: Option<OffsetDateTime>,
    pub closed_at: Option<OffsetDateTime>,
    pub verdict: Option<Verdict>,
    pub impact: Option<Impact>,
    pub reason: Option<String>,
    pub offers_suppression: bool,
    pub tags: Vec<String>,
    pub merged_into: Option<TicketId>,
    pub version: i32,
}

/// One line of a ticket's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub kind: &'static str,
    pub detail: Value,
}

/// A ticket before and after a deed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    pub before: TicketRow,
    pub after: TicketRow,
    /// What the audit log calls it.
    pub action: &'static str,
    pub entries: Vec<Entry>,
}

/// What the organization knows of the ticket's asset.
#[derive(Debug, Clone, Copy, Default)]
pub struct AssetFacts {
    pub criticality: Option<Criticality>,
    pub is_internet_facing: bool,
}

/// What a list of changes needs to know beside the ticket.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub asset: AssetFacts,
    /// The stage of the status that is asked for; `None` where the organization has no such status.
    pub status_stage: Option<Stage>,
}

impl Changed {
    pub fn of(before: TicketRow, action: &'static str) -> Self {
        Self { after: before.clone(), before, action, entries: Vec::new() }
    }

    pub fn note(&mut self, kind: &'static str, detail: Value) {
        self.entries.push(Entry { kind, detail });
    }

    pub fn is_nothing(&self) -> bool {
        self.before == self.after && self.entries.is_empty()
    }

    /// Whether somebody else was made responsible.
    pub fn new_assignee(&self) -> Option<UserId> {
        self.after.assignee_id.filter(|_| self.after.assignee_id != self.before.assignee_id)
    }

    fn go(&mut self, by: Move, to: Stage, now: OffsetDateTime) -> Result<()> {
        let from = self.after.stage;
        check_transition(from, by, to)?;
        if from == to {
            return Ok(());
        }
        self.after.stage = to;
        self.after.status_key = None;
        // Work begins once, however often the ticket comes back.
        if to == Stage::InProgress && self.after.acknowledged_at.is_none() {
            self.after.acknowledged_at = Some(now);
        }
        self.note("status", json!({ "from": from, "to": to }));
        Ok(())
    }

    fn assign(&mut self, to: Option<UserId>) {
        if self.after.assignee_id != to {
            self.note("assigned", json!({ "from": self.after.assignee_id, "to": to }));
            self.after.assignee_id = to;
        }
    }
}

/// Only the survivor of a merge is worked on.
pub fn refuse_merged(row: &TicketRow) -> Result<()> {
    match row.merged_into {
        None => Ok(()),
        Some(survivor) => {
            Err(Error::conflict("ticket_is_merged", "It was merged into another ticket; work on that one.")
                .with_context(json!({ "survivor_id": survivor })))
        }
    }
}

pub fn edit(row: TicketRow, change: &TicketChange, known: &Known, now: OffsetDateTime) -> Result<Changed> {
    refuse_merged(&row)?;
    let mut changed = Changed::of(row, "ticket.updated");
    edit_texts(&mut changed, change);
    if let Some(severity) = change.severity {
        set_severity(&mut changed, severity, known.asset);
    }
    if let Some(stage) = change.stage {
        changed.go(Move::Edit, stage.into(), now)?;
    }
    match &change.status {
        None => {}
        Some(None) => set_status(&mut changed, None),
        Some(Some(key)) => {
            let unknown = || Error::invalid_field("status", "is no status of this organization");
            let stage = known.status_stage.ok_or_else(unknown)?;
            changed.go(Move::Edit, stage, now)?;
            set_status(&mut changed, Some(key));
        }
    }
    if let Some(assignee) = change.assignee_id {
        changed.assign(assignee);
    }
    Ok(changed)
}

fn edit_texts(changed: &mut Changed, change: &TicketChange) {
    let mut edited = serde_json::Map::new();
    if let Some(title) = &change.title
        && *title != changed.after.title
    {
        edited.insert("title".to_owned(), json!({ "from": changed.after.title, "to": title }));
        changed.after.title.clone_from(title);
    }
    if let Some(description) = &change.description
        && *description != changed.after.description
    {
        // The text before the edit stays in the history: nothing people wrote is lost.
        edited.insert("description".to_owned(), json!({ "from": changed.after.description }));
        changed.after.description.clone_from(description);
    }
    if let Some(tags) = &change.tags
        && *tags != changed.after.tags
    {
        edited.insert("tags".to_owned(), json!({ "from": changed.after.tags, "to": tags }));
        changed.after.tags.clone_from(tags);
    }
    if !edited.is_empty() {
        changed.note("edited", Value::Object(edited));
    }
}

fn set_status(changed: &mut Changed, key: Option<&str>) {
    let from = changed.after.status_key.take();
    changed.after.status_key = key.map(str::to_owned);
    if from != changed.after.status_key {
        changed
            .note("status", json!({ "stage": changed.after.stage, "from_status": from, "to_status": key }));
    }
}

/// The urgency follows the severity.
pub fn set_severity(changed: &mut Changed, severity: Severity, asset: AssetFacts) {
    let row = &mut changed.after;
    if row.severity == severity {
        return;
    }
    let exposure = exposure(row.source_ip, row.destination_ip, asset.is_internet_facing);
    let work = urgency(severity, asset.criticality, exposure);
    let from = row.severity;
    row.severity = severity;
    row.urgency = work.urgency;
    row.urgency_score = work.score;
    row.urgency_terms = work.terms.into_iter().map(UrgencyTerm::from).collect();
    changed.note("edited", json!({ "severity": { "from": from, "to": severity } }));
}

/// Makes the caller responsible and begins the work. What is somebody else's is not taken.
pub fn claim(row: TicketRow, me: UserId, now: OffsetDateTime) -> Result<Changed> {
    refuse_merged(&row)?;
    let mut changed = Changed::of(row, "ticket.claimed");
    changed.go(Move::Claim, Stage::InProgress, now)?;
    changed.assign(Some(me));
    Ok(changed)
}

pub fn resolve(row: TicketRow, ending: &Ending, now: OffsetDateTime) -> Result<Changed> {
    refuse_merged(&row)?;
    let mut changed = Changed::of(row, "ticket.resolved");
    changed.go(Move::Resolve, Stage::Resolved, now)?;
    end(&mut changed, ending, now);
    Ok(changed)
}

pub fn close(row: TicketRow, ending: &Ending, now: OffsetDateTime) -> Result<Changed> {
    refuse_merged(&row)?;
    let mut changed = Changed::of(row, "ticket.closed");
    changed.go(Move::Close, Stage::Closed, now)?;
    end(&mut changed, ending, now);
    changed.after.closed_at = Some(now);
    Ok(changed)
}

fn end(changed: &mut Changed, ending: &Ending, now: OffsetDateTime) {
    let row = &mut changed.after;
    row.verdict = Some(ending.verdict);
    row.impact = Some(ending.impact);
    row.reason = Some(ending.reason.clone());
    row.resolved_at = row.resolved_at.or(Some(now));
    row.offers_suppression = false;
    changed.note(
        "verdict",
        json!({ "verdict": ending.verdict, "impact": ending.impact, "reason": ending.reason }),
    );
}

pub fn reopen(row: TicketRow, reason: &str, now: OffsetDateTime) -> Result<Changed> {
    refuse_merged(&row)?;
    let mut changed = Changed::of(row, "ticket.reopened");
    let (verdict, was) = (changed.after.verdict, changed.after.stage);
    changed.go(Move::Reopen, Stage::InProgress, now)?;
    let row = &mut changed.after;
    (row.verdict, row.impact, row.reason) = (None, None, None);
    (row.resolved_at, row.closed_at) = (None, None);
    // The transition is part of this one line.
    changed.entries.clear();
    changed.note("reopened", json!({ "reason": reason, "from": was, "verdict": verdict }));
    Ok(changed)
}

/// What becomes of a member when its survivor ends or comes back: the same verdict, or none.
pub fn follow(member: TicketRow, survivor: &Changed) -> Changed {
    let mut changed = Changed::of(member, "ticket.updated");
    let (from, to) = (&survivor.after, &mut changed.after);
    to.verdict = from.verdict;
    to.impact = from.impact;
    to.reason.clone_from(&from.reason);
    let detail = json!({ "verdict": from.verdict, "impact": from.impact, "survivor": from.reference });
    changed.note("verdict", detail);
    changed
}

impl TicketRow {
    /// Whether texts changed, so that all words are to be made anew.
    pub fn has_other_texts(&self, before: &TicketRow) -> bool {
        self.title != before.title || self.description != before.description || self.tags != before.tags
    }

    pub fn described(&self) -> Described<'_> {
        Described {
            organization: Some(self.organization_id),
            reference: &self.reference,
            title: &self.title,
            description: self.description.as_deref(),
            source_ip: self.source_ip,
            destination_ip: self.destination_ip,
            asset: self.asset_id,
            tags: &self.tags,
            ..Described::default()
        }
    }

    /// What lists need to patch their row without asking.
    pub fn live_data(&self) -> Value {
        json!({
            "reference": self.reference, "title": self.title, "severity": self.severity, "urgency": self.urgency,
            "stage": self.stage, "assignee_id": self.assignee_id, "version": self.version,
        })
    }
}
