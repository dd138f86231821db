//! What a changed file makes different: grants gained and lost by each role, and restrictions.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::decide::Policies;
use crate::model::Role;

/// The difference between two files, in the order of the roles' names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    pub roles_added: Vec<String>,
    pub roles_removed: Vec<String>,
    pub gained: Vec<GrantChange>,
    pub lost: Vec<GrantChange>,
    pub restrictions_added: Vec<RestrictionChange>,
    pub restrictions_removed: Vec<RestrictionChange>,
}

/// A permission that a role has in one of the files only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GrantChange {
    pub role: String,
    pub permission: String,
}

/// A restriction that a role has in one of the files only, like `hours: 08:00-20:00 UTC`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RestrictionChange {
    pub role: String,
    pub restriction: String,
}

/// Compares what the files say; a permission that is inherited or comes from a wildcard counts as one written out.
pub fn diff(old: &Policies, new: &Policies) -> Diff {
    let (roles_before, roles_now) = (names(old), names(new));
    let (before, now) = (grants(old), grants(new));
    let (bound_before, bound_now) = (restrictions(old), restrictions(new));
    Diff {
        roles_added: roles_now.difference(&roles_before).cloned().collect(),
        roles_removed: roles_before.difference(&roles_now).cloned().collect(),
        gained: now.difference(&before).cloned().collect(),
        lost: before.difference(&now).cloned().collect(),
        restrictions_added: bound_now.difference(&bound_before).cloned().collect(),
        restrictions_removed: bound_before.difference(&bound_now).cloned().collect(),
    }
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        *self == Diff::default()
    }
}

/// A line for each difference: `+` for what is new, `-` for what is gone.
impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return write!(f, "the files say the same");
        }
        let roles = |sign: char, names: &[String]| {
            names.iter().map(|name| format!("{sign} role {name}")).collect::<Vec<_>>()
        };
        let grants = |sign: char, changes: &[GrantChange]| {
            let line = |change: &GrantChange| format!("{sign} {}: {}", change.role, change.permission);
            changes.iter().map(line).collect::<Vec<_>>()
        };
        let bounds = |sign: char, changes: &[RestrictionChange]| {
            let line = |change: &RestrictionChange| {
                format!("{sign} {}: restricted to {}", change.role, change.restriction)
            };
            changes.iter().map(line).collect::<Vec<_>>()
        };
        let lines = [
            roles('+', &self.roles_added),
            roles('-', &self.roles_removed),
            grants('+', &self.gained),
            grants('-', &self.lost),
            bounds('+', &self.restrictions_added),
            bounds('-', &self.restrictions_removed),
        ];
        write!(f, "{}", lines.concat().join("\n"))
    }
}

fn names(policies: &Policies) -> BTreeSet<String> {
    policies.roles().map(|role| role.name.clone()).collect()
}

fn grants(policies: &Policies) -> BTreeSet<GrantChange> {
    let of_role = |role: &Role| {
        let change =
            |permission: &String| GrantChange { role: role.name.clone(), permission: permission.clone() };
        role.permissions.iter().map(change).collect::<Vec<_>>()
    };
    policies.roles().flat_map(of_role).collect()
}

fn restrictions(policies: &Policies) -> BTreeSet<RestrictionChange> {
    let of_role = |role: &Role| {
        let change = |text: &String| RestrictionChange { role: role.name.clone(), restriction: text.clone() };
        role.restrictions.iter().map(change).collect::<Vec<_>>()
    };
    policies.roles().flat_map(of_role).collect()
}
