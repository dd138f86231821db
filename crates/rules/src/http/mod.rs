//! Rules over HTTP.

mod dry_run;
mod import;
mod rules;
mod suppressions;
mod trial;
mod why;

use platform::{Permit, Result, Routes, Tx, audit, live};
use uuid::Uuid;
use vocab::{OrganizationId, RuleId};

use crate::{RulesWrite, store};

pub fn routes() -> Routes {
    rules::routes()
        .merge(import::routes())
        .merge(suppressions::routes())
        .merge(trial::routes())
        .merge(dry_run::routes())
        .merge(why::routes())
}

/// Whether the caller may change what belongs to this organization; none is all of them.
fn may_change(permit: &Permit<RulesWrite>, organization: Option<OrganizationId>) -> Result<()> {
    match organization {
        Some(organization) => permit.covers(organization),
        None => permit
            .expect_everywhere("What is for all organizations is changed by who may do so in all of them."),
    }
}

/// Records a deed and tells every node to read the rules anew.
async fn settle(
    tx: &mut Tx,
    permit: &Permit<RulesWrite>,
    action: &'static str,
    rule: &store::Row,
    detail: serde_json::Value,
) -> Result<()> {
    let mut deed = audit::Deed::new(action, "rule", rule.id.uuid()).called(&rule.title).with(detail);
    deed.organization = rule.organization_id;
    audit::record(tx, &permit.actor, deed).await?;
    Ok(told(tx, rule.id, rule.organization_id).await?)
}

async fn told(tx: &mut Tx, id: RuleId, organization: Option<OrganizationId>) -> Result<(), sqlx::Error> {
    let text = organization.map(OrganizationId::uuid).unwrap_or_else(Uuid::nil).to_string();
    live::signal(tx, "rules", &format!("{id} {text}")).await
}
