//! Recording and telling what was done to somebody, in each organization that it concerns.

use std::collections::BTreeMap;

use platform::audit::{Deed, change, record};
use platform::live::{Change, tell};
use platform::{Actor, Result, Tx};
use serde_json::{Map, Value, json};
use vocab::{OrganizationId, UserId};

use crate::model::Membership;

/// `concerned` are memberships as they were and as they are; each organization learns of its own only.
pub async fn user(
    tx: &mut Tx,
    actor: &Actor,
    action: &'static str,
    change: &str,
    user: UserId,
    email: &str,
    concerned: &[Membership],
) -> Result<()> {
    let mut roles = BTreeMap::new();
    for membership in concerned {
        // The later, which is the newer, stands.
        roles.insert(membership.organization_id, json!({ "role": membership.role }));
    }
    if roles.is_empty() {
        record(tx, actor, Deed::new(action, "user", user.uuid()).called(email)).await?;
    }
    for (organization, detail) in roles {
        let mut deed = Deed::new(action, "user", user.uuid()).called(email).with(detail);
        deed.organization = organization;
        record(tx, actor, deed).await?;
        tell(tx, Change { topic: "users", organization, id: user.uuid(), change, data: None }).await?;
    }
    Ok(())
}

/// What a change made of somebody: what was asked for as (from, to), and the memberships in the caller's sight.
pub struct Update<'a> {
    pub is_active: Option<(bool, bool)>,
    pub display_name: Option<(&'a str, &'a str)>,
    pub held: &'a [Membership],
    pub holds: &'a [Membership],
}

impl Update<'_> {
    /// What one organization's auditors read; `None` is the whole installation.
    fn detail(&self, organization: Option<OrganizationId>) -> Value {
        let mut detail = Map::new();
        if let Some((from, to)) = self.is_active.filter(|(from, to)| from != to) {
            detail.insert("is_active".to_owned(), change(from, to));
        }
        if let Some((from, to)) = self.display_name.filter(|(from, to)| from != to) {
            detail.insert("display_name".to_owned(), change(from, to));
        }
        let (added, removed) =
            (beyond(self.holds, self.held, organization), beyond(self.held, self.holds, organization));
        if !added.is_empty() || !removed.is_empty() {
            detail.insert("roles".to_owned(), json!({ "added": added, "removed": removed }));
        }
        Value::Object(detail)
    }
}

/// The roles there that `these` have and `those` lack.
fn beyond<'a>(
    these: &'a [Membership],
    those: &[Membership],
    organization: Option<OrganizationId>,
) -> Vec<&'a str> {
    these
        .iter()
        .filter(|one| one.organization_id == organization && !those.contains(one))
        .map(|one| one.role.as_str())
        .collect()
}

/// Records a change of somebody in each organization concerned; each learns of its own roles only.
pub async fn updated(
    tx: &mut Tx,
    actor: &Actor,
    user: UserId,
    email: &str,
    update: &Update<'_>,
) -> Result<()> {
    let mut places: Vec<Option<OrganizationId>> =
        update.held.iter().chain(update.holds).map(|membership| membership.organization_id).collect();
    places.sort_unstable();
    places.dedup();
    if places.is_empty() {
        let deed = Deed::new("user.updated", "user", user.uuid()).called(email).with(update.detail(None));
        record(tx, actor, deed).await?;
    }
    for organization in places {
        let mut deed = Deed::new("user.updated", "user", user.uuid()).called(email);
        deed = deed.with(update.detail(organization));
        deed.organization = organization;
        record(tx, actor, deed).await?;
        let change = Change { topic: "users", organization, id: user.uuid(), change: "updated", data: None };
        tell(tx, change).await?;
    }
    Ok(())
}
