//! Alerts: what a source or rule claims, deduplicated.
//!
//! Words: a *delivery* is what we received, an *occurrence* what the source counts; a *key* finds an alert again: the
//! same payload, the same incident, the same rule between the same parties. A *policy* says what happens next.
//! Tables: `alerts`, `alert_counts`, `alert_counts_taken`, `alert_keys`, `alert_payloads`, `alert_policies`, `rule_hours`.
//! Invariants: a key belongs to one alert of one organization, claimed without a race; raw payloads are never part of
//! a list; an alert never leaves its organization.

pub mod counting;
mod http;
pub mod keeping;
pub mod model;
pub mod policies;
mod store;
pub mod storms;

use platform::{Module, permission};

pub use model::{Alert, AlertDetail, AlertState, RawPayload};
pub use store::{
    LockedAlert, alerts_of_ticket, find, give_ticket, lock_one as lock, move_to_ticket, payloads_of_ticket,
};

permission! {
    pub AlertsRead = "alerts:read",
    pub AlertsWrite = "alerts:write" on items,
    pub AlertPoliciesWrite = "policies:write",
    /// Keeping quiet until a date; anything else that happens next needs `policies:write`.
    pub SuppressionsWrite = "suppressions:write",
    pub RawRead = "tickets:raw",
}

pub fn module() -> Module {
    Module {
        name: "alerts",
        routes: http::routes(),
        jobs: Vec::new(),
        permissions: &["alerts:read", "alerts:write", "policies:write", "suppressions:write", "tickets:raw"],
    }
}
