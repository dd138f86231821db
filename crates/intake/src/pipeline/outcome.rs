//! What the sender is told.

use detection::regrouping::Outcome;
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{AlertId, OrganizationId, Severity, Stage, TicketId, Urgency};

/// What became of an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Answer {
    #[schema(value_type = String, example = "created")]
    pub outcome: Outcome,
    /// Why, as a stable code.
    pub why: &'static str,
    pub alert: AnsweredAlert,
    pub ticket: Option<AnsweredTicket>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnsweredAlert {
    pub id: AlertId,
    pub organization_id: OrganizationId,
    pub rule_id: String,
    pub severity: Severity,
    pub urgency: Urgency,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnsweredTicket {
    pub id: TicketId,
    pub reference: String,
    pub stage: Stage,
}
