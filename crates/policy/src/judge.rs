//! Questions put to Cedar, and its answers in our words.

use std::collections::{BTreeSet, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context as CedarContext, Decision as CedarDecision, Entities, Entity, EntityTypeName,
    EntityUid, ParseErrors, PolicySet, Request as CedarRequest, RestrictedExpression,
};

use crate::compile::entity;
use crate::decide::{Context, Decision};
use crate::mistakes::Mistakes;
use crate::model::Role;
use crate::restriction::SEVERITIES;

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
}

impl Judge {
    pub(crate) fn new(policies: PolicySet) -> Result<Judge, Mistakes> {
        let defect = |error: ParseErrors| Mistakes::defect(error.to_string());
        Ok(Judge {
            authorizer: Authorizer::new(),
            policies,
            role: EntityTypeName::from_str("Role").map_err(defect)?,
            action: EntityTypeName::from_str("Action").map_err(defect)?,
            caller: EntityUid::from_str("Caller::\"session\"").map_err(defect)?,
            system: EntityUid::from_str("System::\"cibercase\"").map_err(defect)?,
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
        let context = CedarContext::from_pairs(facts(context)).ok()?;
        CedarRequest::new(self.caller.clone(), action, self.system.clone(), context, None).ok()
    }
}

fn facts(context: &Context) -> Vec<(String, RestrictedExpression)> {
    let mut facts = vec![("has_mfa", RestrictedExpression::new_bool(context.has_mfa))];
    if let Some(address) = context.network {
        // `::ffff:10.0.0.1` is what a dual-stack socket calls 10.0.0.1; networks are written in IPv4.
        let address = address.to_canonical().to_string();
        facts.push(("network", RestrictedExpression::new_ip(address)));
    }
    if let Some(minute) = context.minute_of_day_utc {
        facts.push(("minute_of_day_utc", RestrictedExpression::new_long(minute.into())));
    }
    if let Some(severity) = context.severity {
        let rank = SEVERITIES.iter().zip(0..).find(|(known, _)| **known == severity);
        facts
            .push(("severity_rank", RestrictedExpression::new_long(rank.map_or(i64::MAX, |(_, rank)| rank))));
    }
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
