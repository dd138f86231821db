//! What the platform itself has noticed and somebody should look at. It is raised in the transaction of the deed that it is
//! about, so that both are there or neither; intake makes an alert of it like any other's.

use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{Notification, OrganizationId};

use crate::Tx;

/// An alarm that waits to become an alert.
#[derive(Debug, Clone)]
pub struct Alarm {
    pub id: Uuid,
    pub organization: OrganizationId,
    pub raised_at: OffsetDateTime,
    pub notification: Json<Notification>,
}

/// Raises an alarm for an organization, once the transaction commits.
pub async fn raise(
    tx: &mut Tx,
    organization: OrganizationId,
    notification: &Notification,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into alarms (id, organization_id, raised_at, notification) values ($1, $2, $3, $4)",
        Uuid::now_v7(),
        organization.uuid(),
        now,
        Json(notification) as _
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The oldest alarms that wait, so many at most.
pub async fn waiting(tx: &mut Tx, limit: i64) -> Result<Vec<Alarm>, sqlx::Error> {
    sqlx::query_as!(
        Alarm,
        r#"select id, organization_id as "organization: OrganizationId", raised_at,
                  notification as "notification: Json<Notification>"
           from alarms order by id limit $1"#,
        limit
    )
    .fetch_all(&mut **tx)
    .await
}

/// Removes an alarm of which there is an alert now.
pub async fn remove(tx: &mut Tx, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from alarms where id = $1", id).execute(&mut **tx).await?;
    Ok(())
}
