use platform::{Result, Tx};
use vocab::{OrganizationId, RuleId, SuppressionId, UserId};

use crate::engine::Suppression;
use crate::model::{NewRuleSuppression, RuleSuppression};

/// Of one rule, the latest first; those that are over stay for a while, to be seen.
pub async fn of_rule(tx: &mut Tx, rule: RuleId) -> Result<Vec<RuleSuppression>, sqlx::Error> {
    sqlx::query_as!(
        RuleSuppression,
        r#"select id as "id: SuppressionId", rule_id as "rule_id: RuleId",
                  organization_id as "organization_id: OrganizationId", field, value, until, reason,
                  created_by as "created_by: UserId", created_at
           from rule_suppressions where rule_id = $1 order by id desc limit 500"#,
        rule.uuid()
    )
    .fetch_all(&mut **tx)
    .await
}

pub async fn add(
    tx: &mut Tx,
    rule: RuleId,
    new: &NewRuleSuppression,
    by: UserId,
) -> Result<RuleSuppression, sqlx::Error> {
    sqlx::query_as!(
        RuleSuppression,
        r#"insert into rule_suppressions (id, rule_id, organization_id, field, value, until, reason, created_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           returning id as "id: SuppressionId", rule_id as "rule_id: RuleId",
                     organization_id as "organization_id: OrganizationId", field, value, until, reason,
                     created_by as "created_by: UserId", created_at"#,
        SuppressionId::new().uuid(),
        rule.uuid(),
        new.organization_id.map(OrganizationId::uuid),
        new.field.as_deref().map(str::trim),
        new.value.as_deref().map(str::trim),
        new.until,
        new.reason.trim(),
        by.uuid()
    )
    .fetch_one(&mut **tx)
    .await
}

/// The one that was there, if it was the caller's to remove.
pub async fn drop(
    tx: &mut Tx,
    rule: RuleId,
    id: SuppressionId,
) -> Result<Option<RuleSuppression>, sqlx::Error> {
    sqlx::query_as!(
        RuleSuppression,
        r#"delete from rule_suppressions where id = $1 and rule_id = $2
           returning id as "id: SuppressionId", rule_id as "rule_id: RuleId",
                     organization_id as "organization_id: OrganizationId", field, value, until, reason,
                     created_by as "created_by: UserId", created_at"#,
        id.uuid(),
        rule.uuid()
    )
    .fetch_optional(&mut **tx)
    .await
}

/// The same as the engine holds them.
pub async fn suppressions_of(tx: &mut Tx, rule: RuleId) -> Result<Vec<Suppression>, sqlx::Error> {
    let all = of_rule(tx, rule).await?;
    let held = all.into_iter().map(|one| Suppression {
        organization: one.organization_id,
        only: one.field.zip(one.value),
        until: one.until,
    });
    Ok(held.collect())
}
