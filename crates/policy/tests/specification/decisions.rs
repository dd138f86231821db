//! Decisions: who may, who may not, and the reasons given.

use std::net::IpAddr;

use policy::{Context, Decision, Mistakes, Policies, Request};

use crate::{CATALOGUE, RESTRICTED};

/// The circumstances of the ordinary case: nothing known, and a second factor used.
const PLAIN: Context = Context {
    network: None,
    unix_seconds: None,
    organization: None,
    has_mfa: true,
    has_client_certificate: false,
    is_own: None,
    severity: None,
};

fn check(
    roles: &[&str],
    permission: &str,
    context: Context,
    is_allowed: bool,
    reasons: &[&str],
) -> Result<(), Mistakes> {
    let policies = Policies::from_yaml(RESTRICTED, CATALOGUE)?;
    let reasons = reasons.iter().map(|reason| reason.to_string()).collect();
    let decision = policies.decide(&Request { roles, permission, context });
    assert_eq!(decision, Decision { is_allowed, reasons }, "{roles:?} {permission} {context:?}");
    let is_granted = policies.grants(roles, &context).contains(&permission);
    assert_eq!(is_granted, is_allowed, "the grants agree: {roles:?} {permission} {context:?}");
    Ok(())
}

fn from_network(address: [u8; 4]) -> Context<'static> {
    Context { network: Some(IpAddr::from(address)), ..PLAIN }
}

fn at_minute(minute: u16) -> Context<'static> {
    // 15 July 2026: clocks in Madrid are two hours ahead.
    const MIDNIGHT: i64 = 1_784_073_600;
    Context { unix_seconds: Some(MIDNIGHT + i64::from(minute) * 60), ..PLAIN }
}

#[test]
fn what_a_role_grants_is_allowed_and_the_rest_is_denied() -> Result<(), Mistakes> {
    check(&["viewer"], "tickets:read", PLAIN, true, &["role:viewer/tickets:read"])?;
    check(&["viewer"], "tickets:write", PLAIN, false, &["default:deny"])?;
    check(&[], "tickets:read", PLAIN, false, &["default:deny"])
}

#[test]
fn an_inherited_permission_is_the_heirs_own() -> Result<(), Mistakes> {
    check(&["at_office"], "assets:read", PLAIN, true, &["role:at_office/assets:read"])
}

#[test]
fn every_role_that_grants_is_a_reason() -> Result<(), Mistakes> {
    check(&["viewer", "senior"], "tickets:write", PLAIN, true, &["role:senior/tickets:write"])?;
    let reasons = ["role:at_office/tickets:read", "role:viewer/tickets:read"];
    check(&["viewer", "at_office", "viewer"], "tickets:read", PLAIN, true, &reasons)
}

#[test]
fn an_unknown_role_grants_nothing_and_is_named() -> Result<(), Mistakes> {
    check(&["ghost"], "tickets:read", PLAIN, false, &["default:deny", "role:ghost/unknown"])?;
    let reasons = ["role:ghost/unknown", "role:viewer/tickets:read"];
    check(&["ghost", "viewer"], "tickets:read", PLAIN, true, &reasons)
}

#[test]
fn an_unknown_permission_is_denied_even_to_who_may_do_everything() -> Result<(), Mistakes> {
    check(&["proven"], "tickets:destroy", PLAIN, false, &["permission:tickets:destroy/unknown"])
}

#[test]
fn a_network_restriction_holds_outside_its_networks() -> Result<(), Mistakes> {
    let forbidden = ["role:at_office/restriction:networks"];
    let allowed = ["role:at_office/tickets:write"];
    let cases = [("10.1.2.3", true), ("192.0.2.7", true), ("192.0.2.8", false), ("11.0.0.1", false)];
    let v6 = [
        ("2001:db8::1", true),
        ("2001:db9::1", false),
        ("::ffff:10.1.2.3", true),
        ("::ffff:11.0.0.1", false),
        ("::10.1.2.3", false),
    ];
    for (address, is_allowed) in cases.into_iter().chain(v6) {
        let context = Context { network: address.parse().ok(), ..PLAIN };
        let reasons = if is_allowed { &allowed } else { &forbidden };
        check(&["at_office"], "tickets:write", context, is_allowed, reasons)?;
    }
    check(&["at_office"], "tickets:write", PLAIN, true, &allowed)
}

#[test]
fn hours_start_at_from_and_end_before_to() -> Result<(), Mistakes> {
    for (minute, is_allowed) in
        [(0, false), (479, false), (480, true), (1199, true), (1200, false), (1439, false)]
    {
        let reason = if is_allowed { "role:by_day/tickets:write" } else { "role:by_day/restriction:hours" };
        check(&["by_day"], "tickets:write", at_minute(minute), is_allowed, &[reason])?;
    }
    Ok(())
}

#[test]
fn hours_may_run_over_midnight() -> Result<(), Mistakes> {
    let cases =
        [(0, true), (359, true), (360, false), (1319, false), (1320, true), (1439, true), (1440, true)];
    for (minute, is_allowed) in cases {
        let reason =
            if is_allowed { "role:by_night/tickets:write" } else { "role:by_night/restriction:hours" };
        check(&["by_night"], "tickets:write", at_minute(minute), is_allowed, &[reason])?;
    }
    Ok(())
}

#[test]
fn hours_are_on_the_clocks_of_their_zone_in_summer_and_in_winter() -> Result<(), Mistakes> {
    const WINTER_NOON: i64 = 1_768_478_400;
    for (minute, is_allowed) in [(359, false), (360, true), (1079, true), (1080, false)] {
        let reason =
            if is_allowed { "role:in_madrid/tickets:write" } else { "role:in_madrid/restriction:hours" };
        check(&["in_madrid"], "tickets:write", at_minute(minute), is_allowed, &[reason])?;
    }
    for (minutes, is_allowed) in [(-301, false), (-300, true), (419, true), (420, false)] {
        let context = Context { unix_seconds: Some(WINTER_NOON + minutes * 60), ..PLAIN };
        let reason =
            if is_allowed { "role:in_madrid/tickets:write" } else { "role:in_madrid/restriction:hours" };
        check(&["in_madrid"], "tickets:write", context, is_allowed, &[reason])?;
    }
    Ok(())
}

#[test]
fn a_role_counts_in_its_organizations_only_and_never_in_all() -> Result<(), Mistakes> {
    for (organization, is_allowed) in [("acme", true), ("globex", true), ("other", false), ("*", false)] {
        let context = Context { organization: Some(organization), ..PLAIN };
        let reason =
            if is_allowed { "role:at_acme/tickets:write" } else { "role:at_acme/restriction:organizations" };
        check(&["at_acme"], "tickets:write", context, is_allowed, &[reason])?;
    }
    assert_eq!(policy::ALL_ORGANIZATIONS, "*");
    Ok(())
}

#[test]
fn a_client_certificate_that_is_not_shown_is_absent() -> Result<(), Mistakes> {
    let shown = Context { has_client_certificate: true, ..PLAIN };
    check(&["machine"], "tickets:write", shown, true, &["role:machine/tickets:write"])?;
    check(&["machine"], "tickets:write", PLAIN, false, &["role:machine/restriction:requires_mtls"])
}

#[test]
fn somebody_bound_to_their_own_items_changes_no_others() -> Result<(), Mistakes> {
    for (is_own, is_allowed) in [(None, true), (Some(true), true), (Some(false), false)] {
        let reason =
            if is_allowed { "role:trainee/tickets:write" } else { "role:trainee/restriction:own_items" };
        check(&["trainee"], "tickets:write", Context { is_own, ..PLAIN }, is_allowed, &[reason])?;
    }
    Ok(())
}

#[test]
fn a_second_factor_that_is_not_proven_is_absent() -> Result<(), Mistakes> {
    check(&["proven"], "users:write", PLAIN, true, &["role:proven/users:write"])?;
    check(&["proven"], "users:write", Context::default(), false, &["role:proven/restriction:requires_mfa"])
}

#[test]
fn a_ceiling_holds_above_its_severity_and_for_what_is_no_severity() -> Result<(), Mistakes> {
    let cases = [
        ("informational", true),
        ("medium", true),
        ("high", false),
        ("critical", false),
        ("CRITICAL", false),
        ("", false),
    ];
    for (severity, is_allowed) in cases {
        let context = Context { severity: Some(severity), ..PLAIN };
        let reason =
            if is_allowed { "role:junior/tickets:write" } else { "role:junior/restriction:severity_ceiling" };
        check(&["junior"], "tickets:write", context, is_allowed, &[reason])?;
    }
    Ok(())
}

#[test]
fn a_restriction_is_not_inherited() -> Result<(), Mistakes> {
    let context = Context { severity: Some("critical"), ..PLAIN };
    check(&["senior"], "tickets:write", context, true, &["role:senior/tickets:write"])
}

#[test]
fn a_restriction_overrides_what_another_role_grants() -> Result<(), Mistakes> {
    let forbidden = ["role:at_office/restriction:networks"];
    check(&["viewer", "at_office"], "assets:read", from_network([11, 0, 0, 1]), false, &forbidden)?;
    check(&["proven", "at_office"], "users:write", from_network([11, 0, 0, 1]), false, &forbidden)
}

#[test]
fn every_broken_restriction_is_a_reason() -> Result<(), Mistakes> {
    let context = Context { network: Some(IpAddr::from([11, 0, 0, 1])), ..at_minute(0) };
    let reasons = ["role:at_office/restriction:networks", "role:by_day/restriction:hours"];
    check(&["by_day", "at_office"], "tickets:write", context, false, &reasons)
}

#[test]
fn grants_are_sorted_and_each_once() -> Result<(), Mistakes> {
    let policies = Policies::from_yaml(RESTRICTED, CATALOGUE)?;
    let expected = ["assets:read", "tickets:read", "tickets:write"];
    assert_eq!(policies.grants(&["junior", "viewer", "at_office", "ghost"], &PLAIN), expected);
    assert!(policies.grants(&["ghost"], &PLAIN).is_empty());
    Ok(())
}

#[test]
fn the_role_matrix_shows_restrictions_as_text() -> Result<(), Mistakes> {
    let policies = Policies::from_yaml(RESTRICTED, CATALOGUE)?;
    let shown: Vec<(&str, String)> =
        policies.roles().map(|role| (role.name.as_str(), role.restrictions.join("; "))).collect();
    let expected = [
        ("viewer", ""),
        ("at_office", "networks: 10.0.0.0/8, 2001:db8::/32, 192.0.2.7/32"),
        ("by_day", "hours: 08:00-20:00 UTC"),
        ("by_night", "hours: 22:00-06:00 UTC"),
        ("proven", "requires_mfa: true"),
        ("junior", "severity_ceiling: medium"),
        ("senior", ""),
        ("in_madrid", "hours: 08:00-20:00 Europe/Madrid"),
        ("at_acme", "organizations: acme, globex"),
        ("machine", "requires_mtls: true"),
        ("trainee", "own_items: true"),
    ];
    assert_eq!(shown, expected.map(|(name, text)| (name, text.to_owned())));
    Ok(())
}

#[test]
fn a_file_saved_on_windows_reads_the_same() -> Result<(), Mistakes> {
    let saved_on_windows = format!("\u{feff}{}", RESTRICTED.trim_start().replace('\n', "\r\n"));
    let policies = Policies::from_yaml(&saved_on_windows, CATALOGUE)?;
    assert!(policies.roles().eq(Policies::from_yaml(RESTRICTED, CATALOGUE)?.roles()));
    Ok(())
}
