//! Users, organizations and memberships.

use platform::Tx;
use vocab::{OrganizationId, UserId};

use crate::model::{Membership, NewUser};

/// Adds a user with their memberships. A taken address violates `users_email_key`.
pub async fn insert(tx: &mut Tx, new: &NewUser) -> Result<UserId, sqlx::Error> {
    let id = UserId::new();
    sqlx::query!(
        "insert into users (id, email, display_name, password_hash, must_change_password) values ($1, $2, $3, $4, $5)",
        id.uuid(),
        new.email,
        new.display_name,
        new.password_hash,
        new.must_change_password
    )
    .execute(&mut **tx)
    .await?;
    insert_memberships(tx, id, &new.memberships).await?;
    Ok(id)
}

pub async fn insert_memberships(
    tx: &mut Tx,
    user: UserId,
    memberships: &[Membership],
) -> Result<(), sqlx::Error> {
    let organizations: Vec<Option<uuid::Uuid>> =
        memberships.iter().map(|membership| membership.organization_id.map(OrganizationId::uuid)).collect();
    let roles: Vec<String> = memberships.iter().map(|membership| membership.role.clone()).collect();
    sqlx::query!(
        "insert into memberships (user_id, organization_id, role)
         select $1, m.organization_id, m.role from unnest($2::uuid[], $3::text[]) as m (organization_id, role)",
        user.uuid(),
        organizations as _,
        &roles
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds an organization. A taken name violates `organizations_name_key`, a taken slug `organizations_slug_key`.
pub async fn insert_organization(tx: &mut Tx, name: &str, slug: &str) -> Result<OrganizationId, sqlx::Error> {
    let id = OrganizationId::new();
    sqlx::query!("insert into organizations (id, name, slug) values ($1, $2, $3)", id.uuid(), name, slug)
        .execute(&mut **tx)
        .await?;
    Ok(id)
}
