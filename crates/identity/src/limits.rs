//! Which items somebody may change: what their roles say of them, and which permissions ask.

use platform::items::{ItemLimit, Limits, is_reading};
use policy::{Bearing, Policies, Role};
use vocab::{OrganizationId, Severity};

/// Their handlers ask about each ticket: whose it is, and how severe.
const ASK_ABOUT_TICKETS: [&str; 7] = [
    "attachments:write",
    "tickets:assign",
    "tickets:close",
    "tickets:create",
    "tickets:merge",
    "tickets:reopen",
    "tickets:write",
];
/// Somebody is given a ticket by an edit, which asks.
const ASSIGNS: &str = "tickets:assign";
/// What somebody makes is their own, whoever has it then.
const MAKES: &str = "tickets:create";
/// Their handlers ask about each alert: how severe. An alert is nobody's own.
const ASK_ABOUT_ALERTS: [&str; 1] = ["alerts:write"];

/// What a permission is to a restriction on items. A list that says too much lets nobody through: a permission whose handlers
/// do not ask holds nowhere where such a restriction does.
pub fn bearing(restriction: &str, permission: &str) -> Bearing {
    let asks = ASK_ABOUT_TICKETS.contains(&permission)
        || (restriction == "severity_ceiling" && ASK_ABOUT_ALERTS.contains(&permission));
    if permission == ASSIGNS || (restriction == "own_items" && permission == MAKES) {
        Bearing::Idle
    } else if asks {
        Bearing::Asks
    } else if is_reading(permission) {
        Bearing::Reads
    } else {
        Bearing::Ignores
    }
}

/// The limits of who holds these roles: each binds in all that they do, also by another role.
pub fn limits_of(policies: &Policies, roles: &[&str]) -> Vec<ItemLimit> {
    let roles = roles.iter().filter_map(|name| policies.role(name));
    roles.flat_map(Role::item_limits).map(known_here).collect()
}

/// Of where somebody holds a permission, where it lets them do something: where they may change only some items, one that
/// does not ask about them is refused.
pub fn of_use(limits: &Limits, permission: &str, held: &[OrganizationId]) -> Vec<OrganizationId> {
    let refuses = |limit: &ItemLimit| bearing(name_of(*limit), permission) == Bearing::Ignores;
    let is_refused =
        |organization| limits.within.get(organization).is_some_and(|all| all.iter().any(refuses));
    held.iter().filter(|organization| !is_refused(*organization)).copied().collect()
}

/// Whether a permission is held also by who may change only some items everywhere.
pub fn is_asked_or_read(permission: &str) -> bool {
    bearing("severity_ceiling", permission) != Bearing::Ignores
}

fn name_of(limit: ItemLimit) -> &'static str {
    match limit {
        ItemLimit::OwnItems => "own_items",
        ItemLimit::SeverityCeiling(_) => "severity_ceiling",
    }
}

fn known_here(limit: policy::ItemLimit) -> ItemLimit {
    match limit {
        policy::ItemLimit::OwnItems => ItemLimit::OwnItems,
        // A severity that is not known here is the least.
        policy::ItemLimit::SeverityCeiling(name) => {
            ItemLimit::SeverityCeiling(name.parse().unwrap_or(Severity::Informational))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::items::Item;
    use policy::{Context, Request};

    const POLICIES: &str = r#"
version: 1
roles:
  trainee:
    description: Own items.
    permissions: [tickets:write]
    restrictions: {own_items: true}
  junior:
    description: Up to a severity.
    permissions: [tickets:write]
    restrictions: {severity_ceiling: medium}
  analyst:
    description: All of them.
    permissions: [tickets:write]
"#;

    #[test]
    fn the_limits_say_of_every_item_what_the_policies_decide() {
        let policies = Policies::from_yaml(POLICIES, &["tickets:write"]).unwrap();
        let held: [&[&str]; 5] =
            [&["analyst"], &["trainee"], &["junior"], &["trainee", "junior"], &["analyst", "junior"]];
        for roles in held {
            let limits = limits_of(&policies, roles);
            let check = |is_own, severity: Severity| {
                let facts = (Some(is_own), Some(severity.as_str()));
                let context = Context { is_own: facts.0, severity: facts.1, ..Context::default() };
                let decided = policies.decide(&Request { roles, permission: "tickets:write", context });
                let item = Item { organization: OrganizationId::new(), is_own, severity };
                let is_allowed = limits.iter().all(|limit| limit.allows(item));
                assert_eq!(is_allowed, decided.is_allowed, "{roles:?} {item:?}");
            };
            for severity in Severity::ALL {
                check(true, severity);
                check(false, severity);
            }
        }
    }

    #[test]
    fn what_does_not_ask_is_told_from_what_reads() {
        for (restriction, permission, expected) in [
            ("own_items", "tickets:close", Bearing::Asks),
            ("own_items", "tickets:assign", Bearing::Idle),
            ("own_items", "tickets:create", Bearing::Idle),
            ("severity_ceiling", "tickets:create", Bearing::Asks),
            ("own_items", "alerts:write", Bearing::Ignores),
            ("severity_ceiling", "alerts:write", Bearing::Asks),
            ("severity_ceiling", "tickets:read", Bearing::Reads),
            ("severity_ceiling", "suppressions:write", Bearing::Ignores),
            ("severity_ceiling", "widgets:spin", Bearing::Ignores),
        ] {
            assert_eq!(bearing(restriction, permission), expected, "{restriction} {permission}");
        }
    }
}
