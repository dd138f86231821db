//! Roles as Cedar text: one `permit` for each role and permission, one `forbid` for each restriction.
//!
//! A `forbid` names a role and no action. It binds whoever holds the role in everything they do, also in what
//! another of their roles grants; and one question to Cedar answers it for all permissions (see `decide`).

use std::collections::BTreeSet;

use cedar_policy::{EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet};

use crate::mistakes::Mistakes;
use crate::model::Role;
use crate::restriction::{MINUTES_A_DAY, Network, Restriction};

/// What the compiled text assumes of a request, in Cedar's schema language, without the actions.
///
/// A `forbid` that fails to evaluate would not forbid, hence the tests validate every kind of policy against it.
pub(crate) fn schema(roles: &[Role]) -> String {
    let minutes = zones_of(roles).iter().map(|zone| format!("\"{zone}\": Long")).collect::<Vec<_>>();
    format!(
        "entity Role;\n\
         entity Caller in [Role];\n\
         entity System;\n\
         type Circumstances = {{\n  \
           network?: ipaddr,\n  \
           minute_of_day?: {{ {} }},\n  \
           organization?: String,\n  \
           has_mfa: Bool,\n  \
           has_client_certificate: Bool,\n  \
           is_own?: Bool,\n  \
           severity_rank?: Long,\n\
         }};\n",
        minutes.join(", ")
    )
}

/// The time zones on whose clocks some restriction looks.
pub(crate) fn zones_of(roles: &[Role]) -> BTreeSet<String> {
    let rules = roles.iter().flat_map(|role| &role.rules);
    let zones = rules.filter_map(|rule| match rule {
        Restriction::Hours { zone, .. } => Some(zone.clone()),
        _ => None,
    });
    zones.collect()
}

/// The compiled policies, as text for people and as a set for Cedar.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) text: String,
    pub(crate) policies: PolicySet,
}

/// The id of the policy by which a role grants a permission.
pub(crate) fn grant_id(role: &str, permission: &str) -> String {
    format!("role:{role}/{permission}")
}

/// Cedar's name for one thing, like `Role::"analyst"`.
pub(crate) fn entity(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

/// Compiles roles that were read without a mistake.
pub(crate) fn compile(roles: &[Role]) -> Result<Compiled, Mistakes> {
    let mut compiled = Compiled { text: String::new(), policies: PolicySet::new() };
    for role in roles {
        compiled.text.push_str(&format!("// {}\n", role.name));
        for (id, statement) in statements(role) {
            let defect = |error: String| Mistakes::defect(format!("{id} does not compile: {error}"));
            let policy =
                Policy::parse(Some(PolicyId::new(&id)), &statement).map_err(|e| defect(e.to_string()))?;
            compiled.policies.add(policy).map_err(|e| defect(e.to_string()))?;
            compiled.text.push_str(&statement);
        }
        compiled.text.push('\n');
    }
    Ok(compiled)
}

fn statements(role: &Role) -> Vec<(String, String)> {
    let name = role.name.escape_debug();
    let permits = role.permissions.iter().map(|permission| {
        let id = grant_id(&role.name, permission);
        let (shown, action) = (id.escape_debug(), permission.escape_debug());
        let scope = format!("principal in Role::\"{name}\", action == Action::\"{action}\", resource");
        let text = format!("@id(\"{shown}\")\npermit ({scope});\n");
        (id, text)
    });
    let forbids = role.rules.iter().map(|rule| {
        let id = format!("role:{}/restriction:{}", role.name, rule.key());
        let (shown, broken) = (id.escape_debug(), violation(rule));
        let scope = format!("principal in Role::\"{name}\", action, resource");
        let text = format!("@id(\"{shown}\")\nforbid ({scope})\nwhen {{ {broken} }};\n");
        (id, text)
    });
    permits.chain(forbids).collect()
}

/// The condition under which a restriction is broken: a fact that the request does not carry breaks none.
fn violation(rule: &Restriction) -> String {
    match rule {
        Restriction::Networks(networks) => {
            let within = |network: &Network| format!("context.network.isInRange(ip(\"{network}\"))");
            let within = networks.iter().map(within).collect::<Vec<_>>().join(" || ");
            format!("context has network && !({within})")
        }
        Restriction::Hours { from_minute, to_minute, zone } => {
            let fact = format!("context.minute_of_day[\"{zone}\"]");
            let ranges = if from_minute < to_minute {
                vec![(*from_minute, *to_minute)]
            } else {
                vec![(*from_minute, MINUTES_A_DAY), (0, *to_minute)]
            };
            let within = ranges.iter().map(|(from, to)| format!("({fact} >= {from} && {fact} < {to})"));
            format!("context has minute_of_day && !({})", within.collect::<Vec<_>>().join(" || "))
        }
        Restriction::Organizations(names) => {
            let names = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>();
            format!("context has organization && ![{}].contains(context.organization)", names.join(", "))
        }
        Restriction::RequiresMfa => "!context.has_mfa".to_owned(),
        Restriction::RequiresMtls => "!context.has_client_certificate".to_owned(),
        Restriction::OwnItems => "context has is_own && !context.is_own".to_owned(),
        Restriction::SeverityCeiling(rank) => {
            format!("context has severity_rank && context.severity_rank > {rank}")
        }
    }
}
