//! Recording and telling what was done to somebody, in each organization that it concerns.

use std::collections::BTreeMap;

use platform::audit::{Deed, record};
use platform::live::{Change, tell};
use platform::{Actor, Result, Tx};
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
    let mut roles: BTreeMap<Option<OrganizationId>, &str> = BTreeMap::new();
    for membership in concerned {
        // The later, which is the newer, stands.
        roles.insert(membership.organization_id, &membership.role);
    }
    if roles.is_empty() {
        record(tx, actor, Deed::new(action, "user", user.uuid()).called(email)).await?;
    }
    for (organization, role) in roles {
        let mut deed =
            Deed::new(action, "user", user.uuid()).called(email).with(serde_json::json!({ "role": role }));
        deed.organization = organization;
        record(tx, actor, deed).await?;
        tell(tx, Change { topic: "users", organization, id: user.uuid(), change, data: None }).await?;
    }
    Ok(())
}
