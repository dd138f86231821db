//! Restrictions on items stand only where every change asks about its item.

use policy::{Bearing, ItemLimit, Mistakes, Policies};

use crate::{CATALOGUE, RESTRICTED};

/// Tickets are asked about, and what reads is not.
fn bears(_: &str, permission: &str) -> Bearing {
    match permission.split_once(':') {
        Some(("tickets", "write" | "close")) => Bearing::Asks,
        Some((_, "read")) => Bearing::Reads,
        _ => Bearing::Ignores,
    }
}

fn mistakes(role: &str) -> String {
    let text = format!("version: 1\nroles:\n  base:\n    description: B.\n    permissions: [rules:write]\n{role}");
    let read = Policies::from_yaml_bearing(&text, CATALOGUE, bears);
    read.err().map(|mistakes| mistakes.to_string()).unwrap_or_default()
}

#[test]
fn a_limit_stands_beside_what_asks_and_what_reads() {
    let role = "  r:\n    description: R.\n    permissions: [tickets:read, tickets:write]\n";
    assert_eq!(mistakes(&format!("{role}    restrictions: {{own_items: true, severity_ceiling: low}}\n")), "");
}

#[test]
fn a_limit_beside_a_permission_that_does_not_ask_is_a_mistake_where_it_stands() {
    let role = "  r:\n    description: R.\n    inherits: [base]\n    permissions: [tickets:write, users:write]\n";
    let found = mistakes(&format!("{role}    restrictions:\n      hours: {{from: \"08:00\", to: \"20:00\"}}\n      own_items: true\n"));
    let expected = "line 12, column 7: `own_items` is not asked about by `rules:write`, `users:write`, which role `r` grants";
    assert!(found.starts_with(expected), "{found}");
    assert_eq!(found.lines().count(), 1, "hours hold for everything: {found}");
}

#[test]
fn a_limit_for_who_only_reads_is_a_mistake() {
    let role = "  r:\n    description: R.\n    permissions: [tickets:read]\n";
    let found = mistakes(&format!("{role}    restrictions: {{severity_ceiling: low}}\n"));
    let expected = "line 9, column 20: `severity_ceiling` holds for changes of items, and role `r` changes none";
    assert!(found.starts_with(expected), "{found}");
    assert_eq!(mistakes(&format!("{role}    restrictions: {{own_items: false, requires_mfa: true}}\n")), "");
}

#[test]
fn the_limits_of_a_role_are_its_own() -> Result<(), Mistakes> {
    let policies = Policies::from_yaml(RESTRICTED, CATALOGUE)?;
    let limits = |name: &str| policies.role(name).map(policy::Role::item_limits).unwrap_or_default();
    assert_eq!(limits("trainee"), [ItemLimit::OwnItems]);
    assert_eq!(limits("junior"), [ItemLimit::SeverityCeiling("medium")]);
    assert!(limits("senior").is_empty() && limits("at_office").is_empty());
    Ok(())
}
