//! Who may work on tickets, and who may read them: asked before somebody is assigned or told.

use std::collections::BTreeSet;

use platform::{App, Error, Permission, Result, Tx};
use vocab::{OrganizationId, UserId};

use crate::{TicketsRead, TicketsWrite};

/// Refuses somebody who could not work on the organization's tickets.
pub async fn check_assignable(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
) -> Result<()> {
    let holders = identity::holders(app, tx, TicketsWrite::NAME, organization, &[user]).await?;
    if holders.contains(&user) {
        return Ok(());
    }
    Err(Error::invalid_field("assignee_id", "may not work on tickets of this organization"))
}

/// Those of `users` who may read the organization's tickets.
pub async fn readers(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<BTreeSet<UserId>> {
    if users.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(identity::holders(app, tx, TicketsRead::NAME, organization, users).await?.into_iter().collect())
}
