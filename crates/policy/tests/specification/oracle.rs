//! The compiled text, put to Cedar without this crate's help: it is valid, and Cedar agrees with every answer.

use std::collections::HashSet;
use std::error::Error;
use std::net::IpAddr;

use cedar_policy::{
    Authorizer, Context as CedarContext, Decision, Entities, Entity, EntityUid, PolicySet,
    Request as CedarRequest, RestrictedExpression, Schema, ValidationMode, Validator,
};
use policy::{Context, Policies, Request};

use crate::{CATALOGUE, RESTRICTED, SHIPPED};

type Outcome<T> = Result<T, Box<dyn Error>>;

const SEVERITIES: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

fn cedar_context(context: &Context) -> Outcome<CedarContext> {
    let has_certificate = RestrictedExpression::new_bool(context.has_client_certificate);
    let mut facts = vec![
        ("has_mfa".to_owned(), RestrictedExpression::new_bool(context.has_mfa)),
        ("has_client_certificate".to_owned(), has_certificate),
    ];
    if let Some(network) = context.network {
        facts.push(("network".to_owned(), RestrictedExpression::new_ip(network.to_string())));
    }
    if let Some(unix_seconds) = context.unix_seconds {
        // Both moments asked about are in the winter of 1970, when clocks in Madrid were an hour ahead.
        let minute =
            |ahead: i64| RestrictedExpression::new_long(unix_seconds.rem_euclid(86_400) / 60 + ahead);
        let minutes = [("UTC".to_owned(), minute(0)), ("Europe/Madrid".to_owned(), minute(60))];
        facts.push(("minute_of_day".to_owned(), RestrictedExpression::new_record(minutes)?));
    }
    if let Some(organization) = context.organization {
        facts.push(("organization".to_owned(), RestrictedExpression::new_string(organization.to_owned())));
    }
    if let Some(is_own) = context.is_own {
        facts.push(("is_own".to_owned(), RestrictedExpression::new_bool(is_own)));
    }
    if let Some(rank) =
        context.severity.and_then(|severity| SEVERITIES.iter().position(|known| *known == severity))
    {
        facts.push(("severity_rank".to_owned(), RestrictedExpression::new_long(i64::try_from(rank)?)));
    }
    Ok(CedarContext::from_pairs(facts)?)
}

fn cedar_allows(policies: &PolicySet, roles: &[&str], permission: &str, context: &Context) -> Outcome<bool> {
    let caller: EntityUid = "Caller::\"somebody\"".parse()?;
    let mut parents = HashSet::new();
    for role in roles {
        parents.insert(format!("Role::\"{role}\"").parse()?);
    }
    let entities = Entities::from_entities([Entity::new_no_attrs(caller.clone(), parents)], None)?;
    let action = format!("Action::\"{permission}\"").parse()?;
    let request = CedarRequest::new(caller, action, "System::\"s\"".parse()?, cedar_context(context)?, None)?;
    let response = Authorizer::new().is_authorized(&request, policies, &entities);
    assert_eq!(response.diagnostics().errors().count(), 0);
    Ok(response.decision() == Decision::Allow)
}

#[test]
fn the_precomputed_table_equals_what_cedar_says_of_every_role_and_permission() -> Outcome<()> {
    let context = Context { has_mfa: true, has_client_certificate: true, ..Context::default() };
    for text in [SHIPPED, RESTRICTED] {
        let policies = Policies::from_yaml(text, CATALOGUE)?;
        let compiled: PolicySet = policies.to_cedar().parse()?;
        for role in policies.roles() {
            let held = [role.name.as_str()];
            let granted = policies.grants(&held, &context);
            assert_eq!(granted, role.permissions, "{held:?}");
            for permission in CATALOGUE {
                let expected = cedar_allows(&compiled, &held, permission, &context)?;
                let decision = policies.decide(&Request { roles: &held, permission, context });
                assert_eq!(decision.is_allowed, expected, "{held:?} {permission}");
                assert_eq!(granted.contains(permission), expected, "{held:?} {permission}");
            }
        }
    }
    Ok(())
}

#[test]
fn cedar_agrees_on_every_pair_of_roles_in_every_circumstance() -> Outcome<()> {
    let policies = Policies::from_yaml(RESTRICTED, CATALOGUE)?;
    let compiled: PolicySet = policies.to_cedar().parse()?;
    let names: Vec<&str> = policies.roles().map(|role| role.name.as_str()).collect();
    let pairs = names.iter().zip(1..);
    let pairs = pairs.flat_map(|(one, upto)| names[..upto].iter().map(move |other| [*one, *other]));
    let networks = [None, Some(IpAddr::from([10, 1, 1, 1])), Some(IpAddr::from([11, 1, 1, 1]))];
    let circumstances: Vec<Context> = networks
        .into_iter()
        .flat_map(|network| [None, Some(3_600), Some(42_000)].map(|seconds| (network, seconds)))
        .flat_map(|(network, unix_seconds)| {
            let plain = Context { network, unix_seconds, ..Context::default() };
            [
                plain,
                Context { severity: Some("critical"), organization: Some("acme"), ..plain },
                Context { is_own: Some(false), organization: Some("other"), ..plain },
                Context { is_own: Some(true), has_client_certificate: true, has_mfa: true, ..plain },
            ]
        })
        .collect();
    for held in pairs {
        for context in &circumstances {
            let granted = policies.grants(&held, context);
            for permission in ["tickets:write", "users:write"] {
                let expected = cedar_allows(&compiled, &held, permission, context)?;
                let decision = policies.decide(&Request { roles: &held, permission, context: *context });
                assert_eq!(decision.is_allowed, expected, "{held:?} {permission} {context:?}");
                assert_eq!(granted.contains(&permission), expected, "{held:?} {permission} {context:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_compiled_text_is_valid_against_its_schema() -> Outcome<()> {
    for text in [SHIPPED, RESTRICTED] {
        let policies = Policies::from_yaml(text, CATALOGUE)?;
        let (schema, _) = Schema::from_cedarschema_str(&policies.to_cedar_schema())?;
        let result = Validator::new(schema).validate(&policies.to_cedar().parse()?, ValidationMode::Strict);
        assert!(result.validation_passed_without_warnings(), "{result}");
    }
    Ok(())
}

#[test]
fn the_compiled_text_reads_like_the_file() -> Outcome<()> {
    let policies = Policies::from_yaml(RESTRICTED, CATALOGUE)?;
    let expected = "// junior\n\
        @id(\"role:junior/tickets:write\")\n\
        permit (principal in Role::\"junior\", action == Action::\"tickets:write\", resource);\n\
        @id(\"role:junior/restriction:severity_ceiling\")\n\
        forbid (principal in Role::\"junior\", action, resource)\n\
        when { context has severity_rank && context.severity_rank > 2 };\n";
    assert!(policies.to_cedar().contains(expected), "{}", policies.to_cedar());
    Ok(())
}
