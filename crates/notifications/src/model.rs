//! Notices as people see them and as other modules write them.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vocab::{NoticeId, OrganizationId, TicketId, UserId};

vocab::text_enum! {
    /// Why somebody is told.
    pub enum NoticeKind {
        Assigned = "assigned",
        Mentioned = "mentioned",
        Watched = "watched",
        NewDevice = "new_device",
        SecondFactorAdded = "second_factor_added",
        SecondFactorRemoved = "second_factor_removed",
        SecondFactorReset = "second_factor_reset",
        PasswordChanged = "password_changed",
        PasswordReset = "password_reset",
        RecoveryCodeUsed = "recovery_code_used",
    }
}

/// Something to tell one person.
#[derive(Debug, Clone)]
pub struct NewNotice {
    pub organization: OrganizationId,
    pub user: UserId,
    pub kind: NoticeKind,
    pub ticket: TicketId,
    pub ticket_reference: String,
    pub ticket_title: String,
    /// A few words of what happened.
    pub excerpt: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notice {
    pub id: NoticeId,
    /// None of an account's.
    pub organization_id: Option<OrganizationId>,
    pub kind: NoticeKind,
    /// None of an account's.
    pub ticket: Option<NoticeTicket>,
    /// Of an account's only.
    pub account: Option<AccountDetail>,
    pub actor: NoticeActor,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub read_at: Option<OffsetDateTime>,
    pub excerpt: Option<String>,
}

/// What was done to an account, and from where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountDetail {
    /// What a passkey is called; null for an authenticator app.
    pub subject: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// The ticket, as it was called when the notice was written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeTicket {
    pub id: TicketId,
    pub reference: String,
    pub title: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeActor {
    pub id: Option<Uuid>,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeCount {
    pub unread: i64,
}

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

/// Which notices were read: all of them without `ids`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadNotices {
    #[schema(max_items = 500)]
    pub ids: Option<Vec<NoticeId>>,
}
