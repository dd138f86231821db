use platform::{Error, Result, Tx};
use sigma::Rule as Sigma;
use time::OffsetDateTime;
use vocab::{OrganizationId, RuleId, Severity, UserId};

use crate::model::{Origin, RuleQuery, log_sources};

/// A rule as it is stored.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: RuleId,
    pub organization_id: Option<OrganizationId>,
    pub origin: Origin,
    pub title: String,
    pub description: Option<String>,
    pub yaml: String,
    pub own_severity: Severity,
    pub kind: Option<String>,
    pub log_sources: Vec<String>,
    pub techniques: Vec<String>,
    pub tactics: Vec<String>,
    pub is_enabled: bool,
    pub severity: Option<Severity>,
    pub threshold: Option<i32>,
    pub throttle_seconds: Option<i32>,
    pub updated_at: OffsetDateTime,
    pub version: i32,
}

/// Rules by title, one more than asked for, behind the cursor's title and id.
pub async fn list(
    tx: &mut Tx,
    query: &RuleQuery,
    after: Option<&(String, RuleId)>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select id as "id: RuleId", organization_id as "organization_id: OrganizationId",
                  origin as "origin: Origin", title, description, '' as "yaml!", own_severity as "own_severity: Severity",
                  kind, log_sources, techniques, tactics, is_enabled, severity as "severity: Severity", threshold,
                  throttle_seconds, updated_at, version
           from rules
           where ($1::text is null or origin = $1) and ($2::boolean is null or is_enabled = $2)
             and ($3::text is null or strpos(lower(title), lower($3)) > 0 or lower($3) = any (log_sources)
                  or upper($3) = any (techniques)
                  or strpos(lower(array_to_string(log_sources, ' ')), lower($3)) > 0)
             and ($4::text is null or (lower(title), id) > ($4, $5::uuid))
           order by lower(title), id
           limit $6"#,
        query.origin.map(Origin::as_str),
        query.is_enabled,
        query.q.as_deref().map(str::trim).filter(|text| !text.is_empty()),
        after.map(|(title, _)| title.as_str()),
        after.map(|(_, id)| id.uuid()),
        limit
    )
    .fetch_all(&mut **tx)
    .await
}

pub async fn find(tx: &mut Tx, id: RuleId) -> Result<Row> {
    sqlx::query_as!(
        Row,
        r#"select id as "id: RuleId", organization_id as "organization_id: OrganizationId",
                  origin as "origin: Origin", title, description, yaml, own_severity as "own_severity: Severity",
                  kind, log_sources, techniques, tactics, is_enabled, severity as "severity: Severity", threshold,
                  throttle_seconds, updated_at, version
           from rules where id = $1"#,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or_else(Error::not_found)
}

/// What a rule is called; none where it is gone, or none of the caller's.
pub async fn title(tx: &mut Tx, id: RuleId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select title from rules where id = $1", id.uuid()).fetch_optional(&mut **tx).await
}

/// The own rule of an organization that has this id in its text.
pub async fn of_sigma_id(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    sigma_id: &str,
) -> Result<Option<RuleId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from rules
         where origin = 'own' and organization_id is not distinct from $1 and sigma_id = $2 for update",
        organization.map(OrganizationId::uuid),
        sigma_id
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(id.map(RuleId))
}

pub async fn insert(
    tx: &mut Tx,
    id: RuleId,
    organization: Option<OrganizationId>,
    rule: &Sigma,
    is_enabled: bool,
    by: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into rules (id, organization_id, origin, sigma_id, title, description, yaml, own_severity, kind,
                            log_sources, techniques, tactics, is_enabled, created_by)
         values ($1, $2, 'own', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id.uuid(),
        organization.map(OrganizationId::uuid),
        rule.id,
        rule.title,
        rule.description,
        rule.yaml,
        rule.severity.step(),
        rule.correlation.as_ref().map(|correlation| correlation.kind),
        &log_sources(rule),
        &rule.techniques(),
        &rule.tactics(),
        is_enabled,
        by.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes settings, and the text where it is new, when nobody else has since `version`.
pub async fn update(tx: &mut Tx, row: &Row, text: Option<&Sigma>, version: i32) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update rules set is_enabled = $3, severity = $4, threshold = $5, throttle_seconds = $6, version = version + 1
         where id = $1 and version = $2",
        row.id.uuid(),
        version,
        row.is_enabled,
        row.severity.map(Severity::step),
        row.threshold,
        row.throttle_seconds
    )
    .execute(&mut **tx)
    .await?;
    if let Some(rule) = text.filter(|_| done.rows_affected() == 1) {
        update_text(tx, row.id, rule).await?;
    }
    Ok(done.rows_affected() == 1)
}

async fn update_text(tx: &mut Tx, id: RuleId, rule: &Sigma) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update rules set sigma_id = $2, title = $3, description = $4, yaml = $5, own_severity = $6, kind = $7,
                log_sources = $8, techniques = $9, tactics = $10 where id = $1",
        id.uuid(),
        rule.id,
        rule.title,
        rule.description,
        rule.yaml,
        rule.severity.step(),
        rule.correlation.as_ref().map(|correlation| correlation.kind),
        &log_sources(rule),
        &rule.techniques(),
        &rule.tactics()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says whether it was still there.
pub async fn delete(tx: &mut Tx, id: RuleId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from rules where id = $1 and origin = 'own'", id.uuid())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}
