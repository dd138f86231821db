//! Making a ticket's search words anew, from everything it is found by.

use platform::Tx;
use serde_json::Value;
use uuid::Uuid;
use vocab::{AssetId, OrganizationId, TicketId};

use crate::row::TicketRow;
use crate::words::{self, Described};

/// Alerts whose entities are searched by: the latest ones.
const ALERTS: i64 = 20;
/// Comments that are searched: the latest ones.
const COMMENTS: i64 = 200;

struct Beside {
    rule_id: Option<String>,
    rule_name: Option<String>,
    incident_id: Option<String>,
    asset_names: Vec<String>,
    comments: Vec<String>,
    values: Vec<String>,
}

/// Makes a ticket's words anew; the version stays.
pub async fn rebuild(tx: &mut Tx, ticket: &TicketRow) -> Result<(), sqlx::Error> {
    let beside = read_beside(tx, ticket).await?;
    let words = words::words(&Described {
        rule_id: beside.rule_id.as_deref(),
        rule_name: beside.rule_name.as_deref(),
        incident_id: beside.incident_id.as_deref(),
        asset_names: &beside.asset_names,
        comments: &beside.comments,
        values: &beside.values,
        ..ticket.described()
    });
    sqlx::query!(
        "update tickets set terms = array_to_tsvector($3) where organization_id = $1 and id = $2",
        ticket.organization_id.uuid(),
        ticket.id.uuid(),
        &words
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn read_beside(tx: &mut Tx, ticket: &TicketRow) -> Result<Beside, sqlx::Error> {
    let row = sqlx::query!(
        r#"select rule_id, rule_name, incident_id,
                  array(select comment_markdown from ticket_activity activity
                        where activity.organization_id = $1 and activity.ticket_id = $2 and kind = 'comment'
                        order by id desc limit $3) as "comments!"
           from tickets where organization_id = $1 and id = $2"#,
        ticket.organization_id.uuid(),
        ticket.id.uuid(),
        COMMENTS
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Beside {
        rule_id: row.rule_id,
        rule_name: row.rule_name,
        incident_id: row.incident_id,
        asset_names: asset_names(tx, ticket.asset_id).await?,
        comments: row.comments,
        values: entity_values(tx, ticket.organization_id, ticket.id).await?,
    })
}

/// The name and the host names of an asset.
pub async fn asset_names(tx: &mut Tx, asset: Option<AssetId>) -> Result<Vec<String>, sqlx::Error> {
    let Some(asset) = asset else { return Ok(Vec::new()) };
    let row = sqlx::query!("select name, hostnames from assets where id = $1", asset.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(|row| [vec![row.name], row.hostnames].concat()).unwrap_or_default())
}

async fn entity_values(
    tx: &mut Tx,
    organization: OrganizationId,
    ticket: TicketId,
) -> Result<Vec<String>, sqlx::Error> {
    let readings = readings(tx, organization, &[ticket.uuid()], ALERTS).await?;
    let mut values = Vec::new();
    for reading in &readings {
        for list in ["sources", "targets", "details"] {
            for entry in reading.get(list).and_then(Value::as_array).into_iter().flatten() {
                for field in ["value", "note"] {
                    if let Some(text) =
                        entry.get(field).and_then(Value::as_str).filter(|text| text.len() <= 256)
                    {
                        values.push(text.to_owned());
                    }
                }
            }
        }
    }
    values.sort();
    values.dedup();
    Ok(values)
}

/// What was read of the latest alerts of tickets.
pub async fn readings(
    tx: &mut Tx,
    organization: OrganizationId,
    tickets: &[Uuid],
    most: i64,
) -> Result<Vec<Value>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select notification as "notification: Value" from alerts
           where organization_id = $1 and ticket_id = any($2) order by id desc limit $3"#,
        organization.uuid(),
        tickets,
        most
    )
    .fetch_all(&mut **tx)
    .await
}
