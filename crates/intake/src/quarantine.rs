//! Deliveries that could not be taken: kept as they came, shown, replayed when the reason is gone.

use platform::{Error, Result, Tx, audit, live};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vocab::{OrganizationId, QuarantineId, SourceId};

use crate::reading::{Arrival, Refused};

vocab::text_enum! {
    pub enum QuarantineState {
        Held = "held",
        Replayed = "replayed",
        Discarded = "discarded",
    }
}

/// A delivery, or an element of one, that could not be taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantineItem {
    pub id: QuarantineId,
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    pub source_id: SourceId,
    pub source_name: String,
    pub reason_code: String,
    pub reason: String,
    #[schema(value_type = Option<Object>)]
    pub position: Option<serde_json::Value>,
    pub size_bytes: i64,
    pub state: QuarantineState,
    pub content_type: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub settled_at: Option<OffsetDateTime>,
    pub settled_reason: Option<String>,
}

/// An item with its bytes as text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantineDetail {
    #[serde(flatten)]
    pub item: QuarantineItem,
    pub body_text: String,
    /// Whether bytes that are no text were replaced.
    pub is_lossy: bool,
}

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QuarantineQuery {
    pub source_id: Option<Uuid>,
    /// `held` when absent.
    pub state: Option<QuarantineState>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Discard {
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// How many deliveries of a source were put here since a moment; counts no further than `most`.
pub async fn held_since(
    tx: &mut Tx,
    source: SourceId,
    since: OffsetDateTime,
    most: i64,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from
             (select from quarantine where source_id = $1 and id >= uuidv7_floor($2) limit $3) as held"#,
        source.uuid(),
        since,
        most
    )
    .fetch_one(&mut **tx)
    .await
}

/// Keeps what was refused, up to `most` bytes of it.
pub async fn keep(tx: &mut Tx, arrival: &Arrival, refused: &Refused, most: usize) -> Result<QuarantineId> {
    let id = QuarantineId::new();
    let body = refused.raw.get(..refused.raw.len().min(most)).unwrap_or_default();
    let mut organizations = arrival.source.organizations.values().map(|id| id.uuid()).collect::<Vec<_>>();
    organizations.sort_unstable();
    organizations.dedup();
    sqlx::query!(
        "insert into quarantine
             (id, source_id, received_at, reason_code, reason, position, content_type, body, organizations)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id.uuid(),
        arrival.source.id.uuid(),
        arrival.received_at,
        refused.code,
        refused.message.replace('\0', "\u{2400}"),
        refused.position.as_ref().map(Json) as _,
        arrival.content_type,
        body,
        &organizations
    )
    .execute(&mut **tx)
    .await?;
    tell(tx, id, &organizations, "created").await?;
    let actor = crate::pipeline::actor(arrival);
    let detail = serde_json::json!({ "code": refused.code, "size_bytes": refused.raw.len() });
    audit::record(tx, &actor, audit::Deed::new("delivery.quarantined", "quarantine", id.uuid()).with(detail))
        .await?;
    Ok(id)
}

/// What of the quarantine a caller sees. An item has no organization, so that whoever sees a part of a source's tenants
/// could read the others' payloads: only sources whose every organization the caller sees, now and when it was held.
/// What names an organization that is mapped to nothing is somebody else's: for those who see every organization.
#[derive(Debug)]
pub struct Sight {
    pub sources: Vec<Uuid>,
    pub organizations: Vec<Uuid>,
    pub is_everywhere: bool,
}

/// A page of items, newest first.
pub async fn list(
    tx: &mut Tx,
    sight: &Sight,
    query: &QuarantineQuery,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<QuarantineItem>, sqlx::Error> {
    let state = query.state.unwrap_or(QuarantineState::Held);
    sqlx::query_as!(
        QuarantineItem,
        r#"select item.id as "id: QuarantineId", received_at, source_id as "source_id: SourceId",
                  source.name as source_name, reason_code, reason, position as "position: serde_json::Value",
                  length(body)::bigint as "size_bytes!", state as "state: QuarantineState", content_type, settled_at,
                  settled_reason
           from quarantine item join sources source on source.id = source_id
           where source_id = any($1) and state = $2 and ($3::uuid is null or source_id = $3)
             and ($4::uuid is null or item.id < $4)
             and ($6 or (reason_code <> 'organization_not_mapped' and organizations <@ $7::uuid[]))
           order by item.id desc limit $5"#,
        &sight.sources,
        state.as_str(),
        query.source_id,
        before,
        limit,
        sight.is_everywhere,
        &sight.organizations
    )
    .fetch_all(&mut **tx)
    .await
}

/// Locks an item until the transaction ends.
pub async fn lock(tx: &mut Tx, id: QuarantineId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from quarantine where id = $1 for update", id.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(())
}

/// One item and its bytes.
pub async fn find(tx: &mut Tx, sight: &Sight, id: QuarantineId) -> Result<(QuarantineItem, Vec<u8>)> {
    let item = sqlx::query_as!(
        QuarantineItem,
        r#"select item.id as "id: QuarantineId", received_at, source_id as "source_id: SourceId",
                  source.name as source_name, reason_code, reason, position as "position: serde_json::Value",
                  length(body)::bigint as "size_bytes!", state as "state: QuarantineState", content_type, settled_at,
                  settled_reason
           from quarantine item join sources source on source.id = source_id
           where item.id = $1 and source_id = any($2)
             and ($3 or (reason_code <> 'organization_not_mapped' and organizations <@ $4::uuid[]))"#,
        id.uuid(),
        &sight.sources,
        sight.is_everywhere,
        &sight.organizations
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or_else(Error::not_found)?;
    let body = sqlx::query_scalar!("select body from quarantine where id = $1", id.uuid())
        .fetch_one(&mut **tx)
        .await?;
    Ok((item, body))
}

/// Settles a held item; says whether it still was held.
pub async fn settle(
    tx: &mut Tx,
    id: QuarantineId,
    state: QuarantineState,
    by: Uuid,
    at: OffsetDateTime,
    reason: Option<&str>,
) -> Result<bool, sqlx::Error> {
    let settled = sqlx::query_scalar!(
        "update quarantine set state = $2, settled_at = $3, settled_by = $4, settled_reason = $5
         where id = $1 and state = 'held' returning organizations",
        id.uuid(),
        state.as_str(),
        at,
        by,
        reason
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(organizations) = settled else { return Ok(false) };
    tell(tx, id, &organizations, "updated").await?;
    Ok(true)
}

/// Tells browsers of the organizations that it could belong to.
async fn tell(
    tx: &mut Tx,
    id: QuarantineId,
    organizations: &[Uuid],
    change: &'static str,
) -> Result<(), sqlx::Error> {
    for organization in organizations {
        let organization = Some(OrganizationId(*organization));
        let told = live::Change { topic: "quarantine", organization, id: id.uuid(), change, data: None };
        live::tell(tx, told).await?;
    }
    Ok(())
}
