//! Why somebody may or may not do something: the policies asked about each organization where they have a role.

use std::net::IpAddr;

use identity::IdentityService;
use platform::{App, Error, Result, Tx};
use policy::{ALL_ORGANIZATIONS, Bearing, Context, Decision, Policies, Request};
use time::OffsetDateTime;
use vocab::OrganizationId;

use crate::decisions::KEPT_DAYS;
use crate::model::{DecisionReason, Explanation, OrganizationDecision, ReasonKind};
use crate::store::{self, Person, Place, Sight};

/// Who, what, where and when.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    pub email: &'a str,
    pub permission: &'a str,
    /// None asks about every organization in sight.
    pub organization: Option<OrganizationId>,
    pub address: Option<IpAddr>,
    pub at: OffsetDateTime,
}

/// Explains what the policies in force say of somebody in sight; 404 for anybody else.
pub async fn explain(
    app: &App,
    tx: &mut Tx,
    sight: Sight<'_>,
    question: &Question<'_>,
) -> Result<Explanation> {
    let person = store::person(tx, sight, question.email).await?.ok_or_else(Error::not_found)?;
    let policies = app.service::<IdentityService>().policies();
    let mut organizations = person
        .places
        .iter()
        .filter(|place| question.organization.is_none() || place.organization_id == question.organization)
        .map(|place| decide_in(&policies, &person, place, question))
        .collect::<Vec<_>>();
    if organizations.is_empty()
        && let (Some(role), Some(organization)) = (&person.everywhere_role, question.organization)
    {
        // A role in all organizations holds in the one asked about too.
        let place = store::place(tx, organization, role).await?;
        organizations.extend(place.map(|place| decide_in(&policies, &person, &place, question)));
    }
    let since = (app.clock.now() - time::Duration::days(KEPT_DAYS)).date();
    let kept = store::kept(app, tx, Some((person.id, question.permission)), since).await?;
    let kept = kept.into_iter().map(|(decision, _)| decision).collect();
    Ok(Explanation {
        user_id: person.id,
        email: person.email,
        display_name: person.display_name,
        permission: question.permission.to_owned(),
        at: question.at,
        address: question.address,
        organizations,
        kept,
    })
}

fn decide_in(
    policies: &Policies,
    person: &Person,
    place: &Place,
    question: &Question<'_>,
) -> OrganizationDecision {
    let mut roles = [person.everywhere_role.as_deref(), Some(place.role.as_str())]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    roles.sort_unstable();
    roles.dedup();
    let context = context(place.short_name.as_deref(), question.address, question.at);
    let decision = decide(policies, &Request { roles: &roles, permission: question.permission, context });
    let mut ids = decision.reasons;
    if decision.is_allowed {
        ids.extend(limits(policies, &roles, question.permission).into_iter().map(|(id, _)| id));
        if place.organization_id.is_none() {
            ids.extend(binding_somewhere(policies, person, question.permission));
        }
    }
    let mut reasons = reasons(policies, &ids);
    if !person.is_active {
        reasons = vec![DecisionReason { kind: ReasonKind::Inactive, role: None, restriction: None }];
    }
    OrganizationDecision {
        organization_id: place.organization_id,
        organization_name: place.name.clone(),
        roles: roles.into_iter().map(str::to_owned).collect(),
        is_allowed: decision.is_allowed && person.is_active,
        reasons,
    }
}

/// What the policies say, and that who may change only some items has no permission that does not ask which.
pub fn decide(policies: &Policies, request: &Request<'_>) -> Decision {
    let decision = policies.decide(request);
    let binding = binding(policies, request.roles, request.permission);
    if !decision.is_allowed || binding.is_empty() {
        return decision;
    }
    Decision { is_allowed: false, reasons: binding }
}

/// What takes a permission for all organizations from somebody who has it for the installation: limits in some of them.
fn binding_somewhere(policies: &Policies, person: &Person, permission: &str) -> Vec<String> {
    let mut roles = person.places.iter().map(|place| place.role.as_str()).collect::<Vec<_>>();
    roles.sort_unstable();
    roles.dedup();
    binding(policies, &roles, permission)
}

/// The restrictions on items under which nobody holds the permission, for it does not ask about them.
fn binding(policies: &Policies, roles: &[&str], permission: &str) -> Vec<String> {
    let limits = limits(policies, roles, permission).into_iter();
    limits.filter(|(_, bearing)| *bearing == Bearing::Ignores).map(|(id, _)| id).collect()
}

/// The restrictions on items under which the permission is held, by their policies, and whether they are asked about.
fn limits(policies: &Policies, roles: &[&str], permission: &str) -> Vec<(String, Bearing)> {
    let held = roles.iter().filter_map(|name| policies.role(name));
    let all = held.flat_map(|role| role.item_limits().into_iter().map(move |limit| (role, limit.key())));
    let bearing = all.map(|(role, key)| {
        let id = format!("role:{}/restriction:{key}", role.name);
        (id, identity::bearing(key, permission))
    });
    bearing.filter(|(_, bearing)| *bearing != Bearing::Reads).collect()
}

/// The facts of a question; without a short name it is about all organizations at once. Nothing is shown: neither a second
/// factor nor a certificate.
pub fn context(short_name: Option<&str>, network: Option<IpAddr>, at: OffsetDateTime) -> Context<'_> {
    Context {
        network,
        unix_seconds: Some(at.unix_timestamp()),
        organization: Some(short_name.unwrap_or(ALL_ORGANIZATIONS)),
        ..Context::default()
    }
}

/// The ids of policies as something to show.
pub fn reasons(policies: &Policies, ids: &[String]) -> Vec<DecisionReason> {
    ids.iter().map(|id| reason(policies, id)).collect()
}

fn reason(policies: &Policies, id: &str) -> DecisionReason {
    let of = |kind, role: Option<&str>, restriction| DecisionReason {
        kind,
        role: role.map(str::to_owned),
        restriction,
    };
    let Some(rest) = id.strip_prefix("role:") else {
        let kind = match id {
            "default:deny" => ReasonKind::NotGranted,
            _ if id.starts_with("permission:") => ReasonKind::UnknownPermission,
            _ => ReasonKind::Failed,
        };
        return of(kind, None, None);
    };
    let (role, what) = rest.split_once('/').unwrap_or((rest, ""));
    if what == "unknown" {
        return of(ReasonKind::UnknownRole, Some(role), None);
    }
    let Some(key) = what.strip_prefix("restriction:") else {
        return of(ReasonKind::Granted, Some(role), None);
    };
    let restrictions = policies.role(role).map(|role| role.restrictions.clone()).unwrap_or_default();
    let shown = restrictions.into_iter().find(|text| text.split(':').next() == Some(key));
    of(ReasonKind::Restricted, Some(role), Some(shown.unwrap_or_else(|| key.to_owned())))
}
