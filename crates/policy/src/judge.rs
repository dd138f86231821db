//! Questions put to Cedar, and its answers in our words.

use std::collections::{BTreeSet, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context as CedarContext, Decision as CedarDecision, Entities, Entity, EntityTypeName,
    EntityUid, ParseErrors, PolicySet, Request as CedarRequest, RestrictedExpression,
};
use jiff::tz::TimeZone;

use crate::compile::entity;
use crate::decide::{Context, Decision};
use crate::mistakes::Mistakes;
use crate::model::Role;
use crate::restriction::SEVERITIES;
use crate::zones;

/// The reason of a refusal because Cedar could not finish; it is never an approval.
const EVALUATION_ERROR: &str = "error:evaluation";

/// Cedar with the compiled policies and the names that a question is put together from.
#[derive(Debug)]
pub(crate) struct Judge {
    authorizer: Authorizer,
    policies: PolicySet,
    role: EntityTypeName,
    action: EntityTypeName,
    caller: EntityUid,
    system: EntityUid,
    /// Those that the policies' hours are on.
    zones: Vec<(String, TimeZone)>,
}

impl Judge {
    pub(crate) fn new(policies: PolicySet, zones: BTreeSet<String>) -> Result<Judge, Mistakes> {
        let defect = |error: ParseErrors| Mistakes::defect(error.to_string());
        let zones = zones.into_iter().map(|name| match zones::find(&name) {
            Some(zone) => Ok((name, zone)),
            None => Err(Mistakes::defect(format!("the time zone {name} is gone"))),
        });
        Ok(Judge {
            authorizer: Authorizer::new(),
            policies,
            role: EntityTypeName::from_str("Role").map_err(defect)?,
            action: EntityTypeName::from_str("Action").map_err(defect)?,
            caller: EntityUid::from_str("Caller::\"session\"").map_err(defect)?,
            system: EntityUid::from_str("System::\"cibercase\"").map_err(defect)?,
            zones: zones.collect::<Result<_, _>>()?,
        })
    }

    /// Cedar's answer. Every failure on the way is a refusal: a policy that errs is one that Cedar skips, and it
    /// might have been a `forbid`.
    pub(crate) fn ask(&self, roles: &[&Role], permission: &str, context: &Context) -> Decision {
        let (Some(entities), Some(request)) = (self.caller_in(roles), self.request(permission, context))
        else {
            return Decision::denied(EVALUATION_ERROR);
        };
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        if response.diagnostics().errors().next().is_some() {
            return Decision::denied(EVALUATION_ERROR);
        }
        let policies: BTreeSet<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        match response.decision() {
            CedarDecision::Allow => Decision::allowed_by(policies),
            CedarDecision::Deny => Decision::denied_by(policies),
        }
    }

    fn caller_in(&self, roles: &[&Role]) -> Option<Entities> {
        let parents: HashSet<EntityUid> = roles.iter().map(|role| entity(&self.role, &role.name)).collect();
        Entities::from_entities([Entity::new_no_attrs(self.caller.clone(), parents)], None).ok()
    }

    fn request(&self, permission: &str, context: &Context) -> Option<CedarRequest> {
        let action = entity(&self.action, permission);
        let context = CedarContext::from_pairs(self.facts(context)?).ok()?;
        CedarRequest::new(self.caller.clone(), action, self.system.clone(), context, None).ok()
    }

    /// What the policies look at; none when a fact cannot be worked out.
    fn facts(&self, context: &Context) -> Option<Vec<(String, RestrictedExpression)>> {
        let mut facts = vec![
            ("has_mfa", RestrictedExpression::new_bool(context.has_mfa)),
            ("has_client_certificate", RestrictedExpression::new_bool(context.has_client_certificate)),
        ];
        if let Some(address) = context.network {
            // `::ffff:10.0.0.1` is what a dual-stack socket calls 10.0.0.1; networks are written in IPv4.
            let address = address.to_canonical().to_string();
            facts.push(("network", RestrictedExpression::new_ip(address)));
        }
        if let Some(unix_seconds) = context.unix_seconds {
            facts.push(("minute_of_day", self.minutes(unix_seconds)?));
        }
        if let Some(organization) = context.organization {
            facts.push(("organization", RestrictedExpression::new_string(organization.to_owned())));
        }
        if let Some(is_own) = context.is_own {
            facts.push(("is_own", RestrictedExpression::new_bool(is_own)));
        }
        if let Some(severity) = context.severity {
            let rank = SEVERITIES.iter().zip(0..).find(|(known, _)| **known == severity);
            let rank = rank.map_or(i64::MAX, |(_, rank)| rank);
            facts.push(("severity_rank", RestrictedExpression::new_long(rank)));
        }
        Some(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The minute of the day in every zone that matters.
    fn minutes(&self, unix_seconds: i64) -> Option<RestrictedExpression> {
        let mut minutes = Vec::new();
        for (name, zone) in &self.zones {
            let minute = zones::minute_of_day(zone, unix_seconds)?;
            minutes.push((name.clone(), RestrictedExpression::new_long(minute)));
        }
        RestrictedExpression::new_record(minutes).ok()
    }
}
