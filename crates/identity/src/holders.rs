//! Who holds a permission somewhere: asked by modules before they assign or tell somebody.

use platform::{App, Result, Tx};
use vocab::{OrganizationId, UserId};

use crate::IdentityService;

/// Those of `users` who are active and whose role in the organization grants the permission. Restrictions to hours and
/// networks do not count: somebody off duty may be assigned.
pub async fn holders(
    app: &App,
    tx: &mut Tx,
    permission: &str,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<Vec<UserId>> {
    let service = app.service::<IdentityService>();
    let grants = |role: &&policy::Role| role.permissions.iter().any(|held| held == permission);
    let roles = service.policies().roles().filter(grants).map(|role| role.name.clone()).collect::<Vec<_>>();
    let users = users.iter().map(|user| user.uuid()).collect::<Vec<_>>();
    let held = sqlx::query_scalar!(
        "select id from users person
         where id = any($1) and is_active and exists (
             select from memberships
             where user_id = person.id and role = any($2) and (organization_id is null or organization_id = $3))",
        &users,
        &roles,
        organization.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(held.into_iter().map(UserId).collect())
}
