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
    let mut facts = vec![("has_mfa".to_owned(), RestrictedExpression::new_bool(context.has_mfa))];
    if let Some(network) = context.network {
        facts.push(("network".to_owned(), RestrictedExpression::new_ip(network.to_string())));
    }
    if let Some(minute) = context.minute_of_day_utc {
        facts.push(("minute_of_day_utc".to_owned(), RestrictedExpression::new_long(minute.into())));
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
    let context = Context { has_mfa: true, ..Context::default() };
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
    let pairs = names.iter().flat_map(|one| names.iter().map(move |other| [*one, *other]));
    let networks = [None, Some(IpAddr::from([10, 1, 1, 1])), Some(IpAddr::from([11, 1, 1, 1]))];
    let circumstances: Vec<Context> = networks
        .into_iter()
        .flat_map(|network| [None, Some(60), Some(700)].map(|minute| (network, minute)))
        .flat_map(|(network, minute)| [true, false].map(|has_mfa| (network, minute, has_mfa)))
        .flat_map(|(network, minute_of_day_utc, has_mfa)| {
            [None, Some("critical")].map(|severity| Context { network, minute_of_day_utc, has_mfa, severity })
        })
        .collect();
    for held in pairs {
        for context in &circumstances {
            let granted = policies.grants(&held, context);
            for permission in ["assets:read", "tickets:write", "users:write"] {
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
