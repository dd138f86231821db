//! Tickets as people and programs see them, and what may follow what.

use std::net::IpAddr;

use detection::urgency::{Criticality, Term};
use platform::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::{
    ActivityId, AssetId, CommentId, Impact, OrganizationId, Severity, Stage, TicketId, Urgency, UserId,
    Verdict,
};

pub use crate::inputs::{Ending, NewComment, NewTicket, OpenStage, Reason, TicketChange, mentions};

/// A ticket in a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TicketSummary {
    pub id: TicketId,
    pub organization_id: OrganizationId,
    /// `TCK-2026-000123`.
    pub reference: String,
    pub title: String,
    pub stage: Stage,
    /// The organization's own status within the stage.
    pub status: Option<StatusLabel>,
    pub severity: Severity,
    pub urgency: Urgency,
    /// 0 to 100.
    pub urgency_score: i16,
    pub assignee: Option<Person>,
    pub rule_id: Option<String>,
    pub rule_name: Option<String>,
    #[schema(value_type = Option<String>)]
    pub source_ip: Option<IpAddr>,
    #[schema(value_type = Option<String>)]
    pub destination_ip: Option<IpAddr>,
    pub asset: Option<TicketAsset>,
    pub alerts: i32,
    pub occurrences: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub first_seen_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// When work began.
    #[serde(with = "time::serde::rfc3339::option")]
    pub acknowledged_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub resolved_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub closed_at: Option<OffsetDateTime>,
    pub verdict: Option<Verdict>,
    pub tags: Vec<String>,
    /// The ticket this one was merged into.
    pub merged_into: Option<ReferenceTo>,
    /// Whether it gathers the tickets of a storm.
    pub is_storm: bool,
    pub version: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusLabel {
    pub key: String,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    pub id: UserId,
    pub display_name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TicketAsset {
    pub id: AssetId,
    pub name: String,
    #[schema(value_type = String)]
    pub criticality: Criticality,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReferenceTo {
    pub id: TicketId,
    pub reference: String,
}

/// A ticket as another one names it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TicketRef {
    pub id: TicketId,
    pub reference: String,
    pub title: String,
    pub stage: Stage,
    pub severity: Severity,
    pub urgency: Urgency,
    pub verdict: Option<Verdict>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A ticket's own page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ticket {
    #[serde(flatten)]
    pub summary: TicketSummary,
    pub description: Option<String>,
    /// How the urgency came about, line by line.
    pub urgency_terms: Vec<UrgencyTerm>,
    pub asset_card: Option<AssetCard>,
    pub reason: Option<String>,
    pub impact: Option<Impact>,
    /// What was said when it ended: verdict, impact and reason together.
    pub resolution: Option<Ending>,
    /// A false positive fired again: a suppression is offered.
    pub offer_suppression: bool,
    pub watchers: Vec<Person>,
    pub is_watching: bool,
    pub links: Vec<Link>,
    /// The tickets that were merged into this one.
    pub members: Vec<TicketRef>,
    /// The latest merge into this one, while it can still be undone.
    pub merge: Option<UndoableMerge>,
    pub techniques: Vec<String>,
    pub tactics: Vec<String>,
    pub entities: Vec<Entity>,
}

/// What a ticket's page says of the asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssetCard {
    pub id: AssetId,
    pub name: String,
    pub kind: String,
    #[schema(value_type = String)]
    pub criticality: Criticality,
    pub state: String,
    pub owner: Option<String>,
    pub department: Option<String>,
    pub is_internet_facing: bool,
    pub hostnames: Vec<String>,
    pub tags: Vec<String>,
}

/// One line of the urgency's arithmetic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UrgencyTerm {
    pub factor: String,
    pub value: String,
    pub points: i16,
}

impl From<Term> for UrgencyTerm {
    fn from(term: Term) -> Self {
        Self { factor: term.factor, value: term.value, points: term.points }
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Link {
    pub kind: LinkKind,
    /// Whether the other ticket points here rather than this one there.
    pub is_incoming: bool,
    pub ticket: TicketRef,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UndoableMerge {
    pub id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    pub undo_until: OffsetDateTime,
}

/// Somebody or something that an alert names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Entity {
    /// `ip`, `host`, `user`, `mail`, `url`, `hash`, `domain`, `process`, `file`, `port` or `other`.
    pub kind: String,
    /// `source`, `target` or `detail`.
    pub role: String,
    pub attribute: String,
    pub label: String,
    pub value: String,
    pub note: Option<String>,
}

/// A ticket of the same rule, entities or asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Similar {
    #[serde(flatten)]
    pub ticket: TicketRef,
    /// `same_rule`, `same_source_ip`, `same_destination_ip`, `same_asset`.
    pub why: Vec<String>,
    pub score: i32,
}

/// Something that happened to a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Activity {
    pub id: ActivityId,
    #[serde(with = "time::serde::rfc3339")]
    pub occurred_at: OffsetDateTime,
    pub actor: ActivityActor,
    pub kind: String,
    #[schema(value_type = Object)]
    pub detail: Value,
    pub comment: Option<Comment>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActivityActor {
    /// `user`, `source` or `system`.
    pub kind: String,
    pub id: Option<Uuid>,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Comment {
    pub id: CommentId,
    pub body_markdown: String,
    #[serde(with = "time::serde::rfc3339::option")]
    pub edited_at: Option<OffsetDateTime>,
    pub version: i32,
    pub mentions: Vec<UserId>,
}

vocab::text_enum! {
    /// How a ticket relates to another.
    pub enum LinkKind {
        Related = "related",
        DuplicateOf = "duplicate_of",
        CausedBy = "caused_by",
        RecurrenceOf = "recurrence_of",
    }
}

/// What moves a ticket from one stage to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    Edit,
    Claim,
    Resolve,
    Close,
    Reopen,
}

/// Every transition there is.
pub const TRANSITIONS: &[(Stage, Move, Stage)] = &[
    (Stage::New, Move::Edit, Stage::InProgress),
    (Stage::New, Move::Edit, Stage::Pending),
    (Stage::InProgress, Move::Edit, Stage::New),
    (Stage::InProgress, Move::Edit, Stage::Pending),
    (Stage::Pending, Move::Edit, Stage::New),
    (Stage::Pending, Move::Edit, Stage::InProgress),
    (Stage::New, Move::Claim, Stage::InProgress),
    (Stage::InProgress, Move::Claim, Stage::InProgress),
    (Stage::Pending, Move::Claim, Stage::InProgress),
    (Stage::New, Move::Resolve, Stage::Resolved),
    (Stage::InProgress, Move::Resolve, Stage::Resolved),
    (Stage::Pending, Move::Resolve, Stage::Resolved),
    (Stage::New, Move::Close, Stage::Closed),
    (Stage::InProgress, Move::Close, Stage::Closed),
    (Stage::Pending, Move::Close, Stage::Closed),
    (Stage::Resolved, Move::Close, Stage::Closed),
    (Stage::Resolved, Move::Reopen, Stage::InProgress),
    (Stage::Closed, Move::Reopen, Stage::InProgress),
];

/// Whether `by` leads from `from` to `to`; staying where one is needs no transition.
pub fn check_transition(from: Stage, by: Move, to: Stage) -> Result<()> {
    let is_edit_in_place = by == Move::Edit && from == to;
    if is_edit_in_place || TRANSITIONS.contains(&(from, by, to)) {
        return Ok(());
    }
    Err(Error::conflict(
        "invalid_transition",
        format!("A ticket that is {from} does not become {to} this way."),
    )
    .with_context(serde_json::json!({ "from": from, "to": to })))
}

/// A status an organization named within a stage.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TicketStatus {
    pub organization_id: OrganizationId,
    pub key: String,
    pub label: String,
    pub stage: Stage,
    pub position: i32,
    pub version: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_transitions_are_allowed() {
        for &from in Stage::ALL {
            for by in [Move::Edit, Move::Claim, Move::Resolve, Move::Close, Move::Reopen] {
                for &to in Stage::ALL {
                    let expected = TRANSITIONS.contains(&(from, by, to)) || (by == Move::Edit && from == to);
                    assert_eq!(check_transition(from, by, to).is_ok(), expected, "{from} {by:?} {to}");
                }
            }
        }
        assert!(check_transition(Stage::Closed, Move::Edit, Stage::New).is_err());
        assert!(check_transition(Stage::Closed, Move::Claim, Stage::InProgress).is_err());
    }
}
