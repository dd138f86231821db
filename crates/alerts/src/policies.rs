//! What happens next, per source and rule: open a ticket, only keep the alert, or keep quiet until a date.

use platform::{Error, Result, Tx};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::{AlertPolicyId, OrganizationId, SourceId, UserId};

vocab::text_enum! {
    pub enum PolicyAction {
        Ticket = "ticket",
        AlertOnly = "alert_only",
        Suppress = "suppress",
    }
}

/// What happens next with alerts of a source, a rule, or both; without either, with all of the organization's.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertPolicy {
    pub id: AlertPolicyId,
    pub organization_id: OrganizationId,
    pub source_id: Option<SourceId>,
    pub rule_id: Option<String>,
    pub action: PolicyAction,
    /// When a suppression ends.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    pub reason: String,
    pub created_by: Option<UserId>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    pub version: i32,
    /// Alerts it has decided.
    pub hits: i64,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlertPolicy {
    pub organization_id: OrganizationId,
    #[serde(default)]
    pub source_id: Option<SourceId>,
    #[serde(default)]
    #[schema(max_length = 200)]
    pub rule_id: Option<String>,
    pub action: PolicyAction,
    /// Asked for with `suppress`; at most a year ahead.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertPolicyChange {
    #[serde(default)]
    pub action: Option<PolicyAction>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// Refuses a suppression without an end, with one in the past or with one too far ahead, and an end of anything else.
pub fn check(
    action: PolicyAction,
    until: Option<OffsetDateTime>,
    reason: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let is_fine = match (action, until) {
        (PolicyAction::Suppress, None) => {
            return Err(Error::invalid_field("until", "a suppression needs an end"));
        }
        (PolicyAction::Suppress, Some(until)) => until > now && until <= now + time::Duration::days(366),
        (_, Some(_)) => return Err(Error::invalid_field("until", "only a suppression has an end")),
        (_, None) => true,
    };
    if !is_fine {
        return Err(Error::invalid_field("until", "is in the future, at most a year ahead"));
    }
    if reason.trim().is_empty() || reason.chars().count() > 1000 || reason.contains('\0') {
        return Err(Error::invalid_field("reason", "has 1 to 1000 characters"));
    }
    Ok(())
}

/// The policies of an organization, the most particular first: source and rule, rule, source, neither.
pub async fn of_organizations(
    tx: &mut Tx,
    organizations: &[OrganizationId],
) -> Result<Vec<AlertPolicy>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    sqlx::query_as!(
        AlertPolicy,
        r#"select id as "id: AlertPolicyId", organization_id as "organization_id: OrganizationId",
                  source_id as "source_id: SourceId", rule_id, action as "action: PolicyAction", until, reason,
                  created_by as "created_by: UserId", created_at, version, hits
           from alert_policies
           where organization_id = any($1)
           order by (rule_id is null), (source_id is null), created_at desc
           limit 5000"#,
        &organizations
    )
    .fetch_all(&mut **tx)
    .await
}

pub async fn find(tx: &mut Tx, id: Uuid) -> Result<AlertPolicy> {
    sqlx::query_as!(
        AlertPolicy,
        r#"select id as "id: AlertPolicyId", organization_id as "organization_id: OrganizationId",
                  source_id as "source_id: SourceId", rule_id, action as "action: PolicyAction", until, reason,
                  created_by as "created_by: UserId", created_at, version, hits
           from alert_policies where id = $1"#,
        id
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or_else(Error::not_found)
}

/// Adds a policy; a second one for the same source and rule is refused by the constraint `alert_policies_key`.
pub async fn insert(
    tx: &mut Tx,
    id: AlertPolicyId,
    new: &NewAlertPolicy,
    by: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into alert_policies (id, organization_id, source_id, rule_id, action, until, reason, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.uuid(),
        new.organization_id.uuid(),
        new.source_id.map(SourceId::uuid),
        new.rule_id,
        new.action.as_str(),
        new.until,
        new.reason.trim(),
        by.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes a changed policy when nobody else has since `version`.
pub async fn update(tx: &mut Tx, policy: &AlertPolicy, version: i32) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update alert_policies set action = $3, until = $4, reason = $5, version = version + 1
         where id = $1 and version = $2",
        policy.id.uuid(),
        version,
        policy.action.as_str(),
        policy.until,
        policy.reason
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Says whether it was still there.
pub async fn delete(tx: &mut Tx, id: AlertPolicyId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from alert_policies where id = $1", id.uuid()).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Adds to what policies have decided.
pub async fn count_hits(tx: &mut Tx, hits: &[(AlertPolicyId, i64)]) -> Result<(), sqlx::Error> {
    if hits.is_empty() {
        return Ok(());
    }
    let ids = hits.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>();
    let counts = hits.iter().map(|(_, count)| *count).collect::<Vec<_>>();
    sqlx::query!(
        "update alert_policies policy set hits = policy.hits + news.count
         from unnest($1::uuid[], $2::bigint[]) as news (id, count) where policy.id = news.id",
        &ids,
        &counts
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
