//! What the module answers.

use policy::{Mistake, Position};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use vocab::{OrganizationId, UserId};

/// What is wrong with a policy file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MistakeView {
    /// From 1, as an editor counts.
    #[schema(minimum = 1)]
    pub line: usize,
    #[schema(minimum = 1)]
    pub column: usize,
    pub problem: String,
    pub suggestion: String,
}

impl From<&Mistake> for MistakeView {
    fn from(mistake: &Mistake) -> Self {
        let Mistake { at: Position { line, column }, problem, suggestion } = mistake.clone();
        Self { line, column, problem, suggestion }
    }
}

impl MistakeView {
    /// Of the file as a whole.
    pub fn of_file(problem: String) -> Mistake {
        let at = Position { line: 1, column: 1 };
        Mistake { at, problem, suggestion: "what was in force stays".to_owned() }
    }
}

/// A changed file that is not taken up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefusedFile {
    pub sha256: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub mistakes: Vec<MistakeView>,
}

/// The policies that this process goes by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PoliciesInForce {
    /// Null for the shipped roles.
    pub file: Option<String>,
    pub sha256: String,
    #[serde(with = "time::serde::rfc3339")]
    pub taken_at: OffsetDateTime,
    pub text: String,
    pub refused: Option<RefusedFile>,
}

vocab::text_enum! {
    /// Why a decision is as it is.
    pub enum ReasonKind {
        /// The role grants the permission.
        Granted = "granted",
        /// A restriction of the role is broken.
        Restricted = "restricted",
        /// No role held grants it.
        NotGranted = "not_granted",
        /// The policies do not have the role.
        UnknownRole = "unknown_role",
        /// No module has the permission.
        UnknownPermission = "unknown_permission",
        /// The account is switched off.
        Inactive = "inactive",
        /// The engine could not decide.
        Failed = "failed",
    }
}

/// One reason of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecisionReason {
    pub kind: ReasonKind,
    pub role: Option<String>,
    /// Like `hours: 08:00-20:00 UTC`.
    pub restriction: Option<String>,
}

/// What is decided in one organization.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrganizationDecision {
    /// Null: in all organizations, those to come included.
    pub organization_id: Option<OrganizationId>,
    pub organization_name: Option<String>,
    pub roles: Vec<String>,
    pub is_allowed: bool,
    pub reasons: Vec<DecisionReason>,
}

/// Why somebody may or may not do something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Explanation {
    pub user_id: UserId,
    pub email: String,
    pub display_name: String,
    pub permission: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    #[schema(value_type = Option<String>)]
    pub address: Option<std::net::IpAddr>,
    pub organizations: Vec<OrganizationDecision>,
    /// What was decided of late, the latest first.
    pub kept: Vec<KeptDecision>,
}

/// Decisions of one day that were alike.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeptDecision {
    pub user_id: UserId,
    pub email: String,
    pub organization_id: Option<OrganizationId>,
    pub organization_name: Option<String>,
    pub roles: Vec<String>,
    pub permission: String,
    pub is_allowed: bool,
    pub reasons: Vec<DecisionReason>,
    #[schema(format = Date)]
    pub day: String,
    pub count: i64,
    #[schema(value_type = Option<String>)]
    pub last_address: Option<std::net::IpAddr>,
    #[serde(with = "time::serde::rfc3339")]
    pub last_at: OffsetDateTime,
}
