//! What a changed file makes different.

use policy::{GrantChange, Mistakes, Policies, RestrictionChange, diff};

use crate::{CATALOGUE, RESTRICTED, SHIPPED};

fn grant(role: &str, permission: &str) -> GrantChange {
    GrantChange { role: role.to_owned(), permission: permission.to_owned() }
}

#[test]
fn a_file_differs_from_itself_in_nothing() -> Result<(), Mistakes> {
    for text in [SHIPPED, RESTRICTED] {
        let policies = Policies::from_yaml(text, CATALOGUE)?;
        assert!(diff(&policies, &policies).is_empty());
    }
    Ok(())
}

#[test]
fn what_a_role_loses_its_heirs_lose_too() -> Result<(), Mistakes> {
    let old = Policies::from_yaml(RESTRICTED, CATALOGUE)?;
    let changed =
        RESTRICTED.replace("permissions: [tickets:read, assets:read]", "permissions: [tickets:read]");
    let new = Policies::from_yaml(&changed, CATALOGUE)?;
    let found = diff(&old, &new);
    assert_eq!(found.lost, [grant("at_office", "assets:read"), grant("viewer", "assets:read")]);
    assert!(found.gained.is_empty() && found.roles_removed.is_empty());
    assert_eq!(diff(&new, &old).gained, found.lost);
    assert_eq!(found.to_string(), "- at_office: assets:read\n- viewer: assets:read");
    Ok(())
}

#[test]
fn a_role_and_a_restriction_that_come_or_go_are_named() -> Result<(), Mistakes> {
    let old = Policies::from_yaml(RESTRICTED, CATALOGUE)?;
    let changed = RESTRICTED
        .replace("severity_ceiling: medium", "severity_ceiling: low")
        .replace("  machine:", "  robot:");
    let found = diff(&old, &Policies::from_yaml(&changed, CATALOGUE)?);
    assert_eq!(
        (found.roles_added, found.roles_removed),
        (vec!["robot".to_owned()], vec!["machine".to_owned()])
    );
    let of_junior = |restriction: &str| RestrictionChange {
        role: "junior".to_owned(),
        restriction: format!("severity_ceiling: {restriction}"),
    };
    assert!(found.restrictions_added.contains(&of_junior("low")));
    assert!(found.restrictions_removed.contains(&of_junior("medium")));
    Ok(())
}
