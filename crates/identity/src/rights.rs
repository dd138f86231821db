//! Who may change whom: nobody grants, takes away or takes over what they lack themselves.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use platform::error::FieldError;
use platform::{Error, Permission, Permit, Result};
use policy::Policies;
use vocab::{OrganizationId, UserId};

use crate::model::Membership;
use crate::service::permissions_of;
use crate::store::users::Sight;

/// What the caller may see and change of people.
pub fn sight<P: Permission>(permit: &Permit<P>) -> Sight<'_> {
    Sight { organizations: &permit.organizations, is_everywhere: permit.is_everywhere() }
}

/// Whether a membership lies in the caller's organizations.
pub fn covers<P: Permission>(permit: &Permit<P>, membership: &Membership) -> bool {
    match membership.organization_id {
        Some(organization) => permit.is_everywhere() || permit.organizations.contains(&organization),
        None => permit.is_everywhere(),
    }
}

/// Refuses memberships that the caller may not give: elsewhere, or with a role that grants what the caller lacks.
pub fn check_gift<P: Permission>(
    policies: &Policies,
    permit: &Permit<P>,
    memberships: &[Membership],
) -> Result<()> {
    let mut errors = Vec::new();
    for (index, membership) in memberships.iter().enumerate() {
        if membership
            .organization_id
            .is_some_and(|organization| !permit.organizations.contains(&organization))
        {
            // Said alike of one that exists and of one that does not.
            errors.push(FieldError {
                path: format!("memberships[{index}].organization_id"),
                message: "is not one of your organizations".to_owned(),
            });
        }
    }
    if !errors.is_empty() {
        return Err(Error::invalid(errors));
    }
    check_strength(policies, permit, memberships)
}

/// Refuses to touch memberships with more than the caller has.
pub fn check_strength<P: Permission>(
    policies: &Policies,
    permit: &Permit<P>,
    memberships: &[Membership],
) -> Result<()> {
    let is_within = |membership: &Membership| {
        let wanted = permissions_of(policies, &membership.role);
        match membership.organization_id {
            Some(organization) => wanted.is_subset(&held_in(permit, organization)),
            None => {
                permit.is_everywhere()
                    && wanted.iter().all(|name| permit.principal.permissions_everywhere.contains(*name))
            }
        }
    };
    if memberships.iter().all(is_within) {
        return Ok(());
    }
    Err(Error::problem(
        StatusCode::FORBIDDEN,
        "beyond_own_permissions",
        "That role has permissions which you do not have there.",
    ))
}

/// Refuses what concerns the whole person (name, activity, password) to who does not have all of them in sight.
pub fn check_whole_person<P: Permission>(
    policies: &Policies,
    permit: &Permit<P>,
    memberships: &[Membership],
) -> Result<()> {
    if memberships.iter().any(|membership| !covers(permit, membership)) {
        return Err(Error::problem(
            StatusCode::FORBIDDEN,
            "belongs_elsewhere",
            "This person also belongs to organizations that you do not manage.",
        ));
    }
    check_strength(policies, permit, memberships)
}

/// Refuses to change one's own roles, activity or password by the way meant for others: no last administrator locks
/// everybody out, and no stolen session gets a password.
pub fn check_somebody_else<P: Permission>(permit: &Permit<P>, user: UserId) -> Result<()> {
    if permit.user_id() == user {
        return Err(Error::conflict("own_account", "Somebody else must change this of you."));
    }
    Ok(())
}

fn held_in<P: Permission>(permit: &Permit<P>, organization: OrganizationId) -> BTreeSet<&str> {
    permit
        .principal
        .grants
        .iter()
        .filter(|(_, organizations)| organizations.contains(&organization))
        .map(|(name, _)| name.as_str())
        .collect()
}
