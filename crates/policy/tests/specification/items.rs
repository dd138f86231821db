//! Restrictions on items stand only where every change asks about its item.

use policy::{Bearing, ItemLimit, Mistakes, Policies};

use crate::{CATALOGUE, RESTRICTED};

/// Two roles to inherit from; a third begins on line 9.
const HEAD: &str = "version: 1
roles:
  reader:
    description: Reads.
    permissions: [tickets:read]
  ruler:
    description: Makes rules.
    permissions: [rules:write]
  bound:
    description: Bound.
";

/// Edits of tickets are asked about, who makes one is refused nothing, and what reads is not asked about.
fn bears(_: &str, permission: &str) -> Bearing {
    match permission.split_once(':') {
        Some(("tickets", "write")) => Bearing::Asks,
        Some(("tickets", "create")) => Bearing::Idle,
        Some((_, "read")) => Bearing::Reads,
        _ => Bearing::Ignores,
    }
}

/// The mistakes of a role, one on each line.
fn mistakes(lines: &str) -> String {
    let read = Policies::from_yaml_bearing(&format!("{HEAD}{lines}"), CATALOGUE, bears);
    read.err().map(|mistakes| mistakes.to_string()).unwrap_or_default()
}

#[test]
fn a_limit_stands_beside_what_asks_and_what_reads() {
    let grants = "    inherits: [reader]\n    permissions: [tickets:write]\n";
    let limits = "    restrictions: {own_items: true, severity_ceiling: low}\n";
    assert_eq!(mistakes(&format!("{grants}{limits}")), "");
}

#[test]
fn a_limit_beside_a_permission_that_does_not_ask_is_a_mistake_where_it_stands() {
    let grants = "    inherits: [ruler]\n    permissions: [tickets:write, users:write]\n";
    let limits = "    restrictions:\n      requires_mfa: true\n      own_items: true\n";
    let found = mistakes(&format!("{grants}{limits}"));
    assert!(found.starts_with("line 15, column 7: `own_items` is not asked about by "), "{found}");
    assert!(found.contains("`rules:write`, `users:write`, which role `bound` grants"), "{found}");
    assert_eq!(found.lines().count(), 1, "a second factor is asked of everything: {found}");
}

#[test]
fn a_limit_for_who_only_reads_is_a_mistake() {
    let grants = "    inherits: [reader]\n";
    let found = mistakes(&format!("{grants}    restrictions: {{severity_ceiling: low}}\n"));
    assert!(found.starts_with("line 12, column 20: `severity_ceiling` holds for changes"), "{found}");
    assert!(found.contains("role `bound` changes none"), "{found}");
    let switched_off = "    restrictions: {own_items: false, requires_mfa: true}\n";
    assert_eq!(mistakes(&format!("{grants}{switched_off}")), "");
}

#[test]
fn a_limit_that_refuses_nothing_is_a_mistake() {
    let limits = "    restrictions: {own_items: true}\n";
    let found = mistakes(&format!("    permissions: [tickets:create]\n{limits}"));
    assert!(found.starts_with("line 12, column 20: `own_items` holds for changes"), "{found}");
    assert!(found.contains("role `bound` grants none that it refuses"), "{found}");
    assert_eq!(mistakes(&format!("    permissions: [tickets:create, tickets:write]\n{limits}")), "");
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
