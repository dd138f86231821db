//! The file as it is shipped.

use policy::{Context, Mistakes, Policies};

use crate::{CATALOGUE, SHIPPED};

fn permissions_of(role: &str) -> Result<Vec<String>, Mistakes> {
    let policies = Policies::from_yaml(SHIPPED, CATALOGUE)?;
    let granted = policies.grants(&[role], &Context::default());
    Ok(granted.into_iter().map(str::to_owned).collect())
}

fn has(permissions: &[String], name: &str) -> bool {
    permissions.iter().any(|permission| permission == name)
}

#[test]
fn the_shipped_file_is_valid_and_gives_the_auditor_no_write() -> Result<(), Mistakes> {
    let auditor = permissions_of("auditor")?;
    let is_reading = |name: &str| name.ends_with(":read") || ["tickets:raw", "audit:export"].contains(&name);
    let every_reading: Vec<&str> = CATALOGUE.iter().copied().filter(|name| is_reading(name)).collect();
    assert!(auditor.iter().all(|name| is_reading(name)), "{auditor:?}");
    assert_eq!(auditor.len(), every_reading.len(), "the auditor reads everything: {auditor:?}");
    Ok(())
}

#[test]
fn the_shipped_roles_are_the_six_of_the_design() -> Result<(), Mistakes> {
    let policies = Policies::from_yaml(SHIPPED, CATALOGUE)?;
    let names: Vec<&str> = policies.roles().map(|role| role.name.as_str()).collect();
    assert_eq!(names, ["viewer", "analyst", "senior_analyst", "soc_manager", "auditor", "admin"]);
    Ok(())
}

#[test]
fn the_admin_has_every_permission() -> Result<(), Mistakes> {
    assert_eq!(permissions_of("admin")?.len(), CATALOGUE.len());
    Ok(())
}

#[test]
fn the_viewer_reads_neither_raw_payloads_nor_the_audit_log() -> Result<(), Mistakes> {
    let expected = ["alerts:read", "assets:read", "dashboard:read", "notices:read", "tickets:read"];
    assert_eq!(permissions_of("viewer")?, expected);
    Ok(())
}

#[test]
fn reopening_is_for_senior_analysts_managers_and_admins() -> Result<(), Mistakes> {
    for (role, may_reopen) in [
        ("viewer", false),
        ("analyst", false),
        ("senior_analyst", true),
        ("soc_manager", true),
        ("auditor", false),
        ("admin", true),
    ] {
        assert_eq!(has(&permissions_of(role)?, "tickets:reopen"), may_reopen, "{role}");
    }
    Ok(())
}

#[test]
fn administration_is_for_admins() -> Result<(), Mistakes> {
    for role in ["viewer", "analyst", "senior_analyst", "soc_manager", "auditor"] {
        let permissions = permissions_of(role)?;
        assert!(!has(&permissions, "users:write") && !has(&permissions, "organizations:write"), "{role}");
    }
    Ok(())
}

#[test]
fn everybody_reads_their_own_notices() -> Result<(), Mistakes> {
    let policies = Policies::from_yaml(SHIPPED, CATALOGUE)?;
    assert!(policies.roles().all(|role| has(&role.permissions, "notices:read")));
    Ok(())
}
