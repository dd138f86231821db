//! Restrictions that look at the item acted on: whose it is, and how severe it is.
//!
//! A handler that changes items takes an [`ItemPermit`] and asks about each of them, under the lock under which it changes
//! them. Who may change only some items of an organization has no permission there that changes other things: those
//! permits do not ask.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use serde_json::json;
use vocab::{OrganizationId, Severity, UserId};

use crate::db::Tx;
use crate::principal::{self, Access, Actor, OnItems, Permission, Permit};
use crate::{App, Error, Result};

/// What a restriction of somebody's role says of the items that they change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemLimit {
    /// Only their own.
    OwnItems,
    /// Nothing more severe.
    SeverityCeiling(Severity),
}

/// Where somebody may change only some items, and which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// An organization that is not named has no such limit.
    pub within: BTreeMap<OrganizationId, Vec<ItemLimit>>,
    /// Whether the role that they hold in all organizations has one: it binds in those to come too.
    pub is_everywhere: bool,
}

impl Limits {
    /// Whether there is none, anywhere.
    pub fn is_empty(&self) -> bool {
        self.within.is_empty() && !self.is_everywhere
    }
}

/// What a limit looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Item {
    pub organization: OrganizationId,
    /// Whether it is the caller's own.
    pub is_own: bool,
    pub severity: Severity,
}

impl ItemLimit {
    pub fn allows(self, item: Item) -> bool {
        match self {
            ItemLimit::OwnItems => item.is_own,
            ItemLimit::SeverityCeiling(most) => item.severity <= most,
        }
    }

    fn refusal(self) -> Error {
        let (code, detail, restriction) = match self {
            ItemLimit::OwnItems => {
                let detail = "Your role changes what is assigned to you, or what you opened and nobody has.";
                ("not_your_item", detail.to_owned(), "own_items: true".to_owned())
            }
            ItemLimit::SeverityCeiling(most) => {
                let detail = format!("Your role changes nothing that is more severe than {most}.");
                ("above_severity_ceiling", detail, format!("severity_ceiling: {most}"))
            }
        };
        let problem = Error::problem(StatusCode::FORBIDDEN, code, detail);
        problem.with_context(json!({ "restriction": restriction }))
    }
}

/// Whether a permission changes nothing, by its verb. What has another verb is taken for one that changes things.
pub fn is_reading(permission: &str) -> bool {
    matches!(permission.split_once(':'), Some((_, "read" | "raw" | "export" | "preview")))
}

/// A caller who has the permission `P` in some organizations, for items that they are allowed to change.
///
/// Every item is asked about ([`ask`](Self::ask)) before anything is done with it.
pub struct ItemPermit<P>(Permit<P>);

impl<P: Permission<Kind = OnItems>> Access for ItemPermit<P> {
    const NAME: &'static str = P::NAME;
    const ASKS: bool = true;
}

impl<P: Permission<Kind = OnItems>> FromRequestParts<App> for ItemPermit<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        principal::admit(parts, app).map(Self)
    }
}

impl<P: Permission> ItemPermit<P> {
    pub fn user_id(&self) -> UserId {
        self.0.user_id()
    }

    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// Where the permission holds: to find items, and to show them. What is found there is yet to be asked about.
    pub fn reach(&self) -> &[OrganizationId] {
        &self.0.organizations
    }

    /// A transaction that sees the permitted organizations and may write.
    pub async fn begin(&self, app: &App) -> Result<Tx, sqlx::Error> {
        self.0.begin(app).await
    }

    /// Refuses an organization outside the permission, as if it did not exist.
    pub fn covers(&self, organization: OrganizationId) -> Result<()> {
        self.0.covers(organization)
    }

    /// Whether the caller has another permission too in this organization. The limits are the same for all of them.
    pub fn also_may<Q: Permission>(&self, organization: OrganizationId) -> bool {
        self.0.also_may::<Q>(organization)
    }

    /// Whether the caller may change only some items of this organization.
    pub fn is_limited_in(&self, organization: OrganizationId) -> bool {
        self.0.principal.limits.within.contains_key(&organization)
    }

    /// Refuses an item that the caller may not change, and counts that as a decision.
    pub fn ask(&self, app: &App, item: Item) -> Result<()> {
        self.covers(item.organization)?;
        let principal = &self.0.principal;
        let mut limits = principal.limits.within.get(&item.organization).into_iter().flatten();
        let Some(broken) = limits.find(|limit| !limit.allows(item)) else { return Ok(()) };
        if principal.service.is_none() {
            let (user, address, now) = (principal.user_id, self.0.actor.ip, app.clock.now());
            app.decisions.count_item(user, P::NAME, item, address, now);
        }
        Err(broken.refusal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_lets_through_what_is_as_severe_and_own_items_what_is_own() {
        let item = |is_own, severity| Item { organization: OrganizationId::new(), is_own, severity };
        let ceiling = ItemLimit::SeverityCeiling(Severity::Medium);
        let allowed = Severity::ALL.map(|severity| ceiling.allows(item(false, severity)));
        assert_eq!(allowed, [true, true, true, false, false]);
        assert!(ItemLimit::OwnItems.allows(item(true, Severity::Critical)));
        assert!(!ItemLimit::OwnItems.allows(item(false, Severity::Informational)));
    }

    #[test]
    fn a_verb_that_is_not_known_changes_things() {
        let reading = ["tickets:read", "tickets:raw", "audit:export", "authorization:preview"];
        assert!(reading.iter().all(|name| is_reading(name)));
        let changing = ["tickets:write", "tickets:assign", "keys:rotate", "widgets:spin", "read"];
        assert!(!changing.iter().any(|name| is_reading(name)));
    }
}
