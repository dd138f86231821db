//! Statuses that organizations name within the stages.

use platform::Tx;
use vocab::{OrganizationId, Stage};

use super::summary::stage;
use crate::model::TicketStatus;

/// Every status of these organizations, in their order; few by nature, bounded anyway.
pub async fn list(tx: &mut Tx, organizations: &[OrganizationId]) -> Result<Vec<TicketStatus>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        "select organization_id, key, label, stage, position, version from ticket_statuses
         where organization_id = any($1) order by organization_id, position, key limit 5000",
        &organizations
    )
    .fetch_all(&mut **tx)
    .await?;
    let statuses = rows.into_iter().map(|row| TicketStatus {
        organization_id: OrganizationId(row.organization_id),
        key: row.key,
        label: row.label,
        stage: stage(&row.stage),
        position: row.position,
        version: row.version,
    });
    Ok(statuses.collect())
}

/// The stage of a status; `None` where the organization has none of that key.
pub async fn stage_of(
    tx: &mut Tx,
    organization: OrganizationId,
    key: &str,
) -> Result<Option<Stage>, sqlx::Error> {
    let text = sqlx::query_scalar!(
        "select stage from ticket_statuses where organization_id = $1 and key = $2",
        organization.uuid(),
        key
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(text.map(|text| stage(&text)))
}

pub async fn insert(tx: &mut Tx, status: &TicketStatus) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ticket_statuses (organization_id, key, label, stage, position) values ($1, $2, $3, $4, $5)",
        status.organization_id.uuid(),
        status.key,
        status.label,
        status.stage.as_str(),
        status.position
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Renames or moves a status; `None` when it is not there in that version.
pub async fn update(
    tx: &mut Tx,
    organization: OrganizationId,
    key: &str,
    version: i32,
    (label, position): (Option<&str>, Option<i32>),
) -> Result<Option<TicketStatus>, sqlx::Error> {
    let row = sqlx::query!(
        "update ticket_statuses set label = coalesce($4, label), position = coalesce($5, position), version = version + 1
         where organization_id = $1 and key = $2 and version = $3
         returning organization_id, key, label, stage, position, version",
        organization.uuid(),
        key,
        version,
        label,
        position
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| TicketStatus {
        organization_id: OrganizationId(row.organization_id),
        key: row.key,
        label: row.label,
        stage: stage(&row.stage),
        position: row.position,
        version: row.version,
    }))
}

/// The version of a status that is there.
pub async fn version_of(
    tx: &mut Tx,
    organization: OrganizationId,
    key: &str,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        "select version from ticket_statuses where organization_id = $1 and key = $2",
        organization.uuid(),
        key
    )
    .fetch_optional(&mut **tx)
    .await
}

/// Whether a ticket has the status; found by its facet word.
pub async fn is_used(
    tx: &mut Tx,
    organization: OrganizationId,
    query: &str,
    key: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from search_tickets($2::text::tsquery, 1000) found
               join tickets ticket using (organization_id, id)
               where ticket.organization_id = $1 and ticket.status_key = $3) as "exists!""#,
        organization.uuid(),
        query,
        key
    )
    .fetch_one(&mut **tx)
    .await
}

pub async fn delete(tx: &mut Tx, organization: OrganizationId, key: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from ticket_statuses where organization_id = $1 and key = $2",
        organization.uuid(),
        key
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
