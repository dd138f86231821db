//! Reading the audit log; row-level security says whose.

use platform::Tx;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::OrganizationId;

/// A record as it is kept.
#[derive(Debug)]
pub struct Row {
    pub id: Uuid,
    pub organization_id: Option<OrganizationId>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub action: String,
    pub object_kind: String,
    pub object_id: Option<Uuid>,
    pub object_reference: Option<String>,
    pub detail: Option<Json<serde_json::Value>>,
    pub ip: Option<String>,
    pub request_id: Option<Uuid>,
}

/// Which records are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub organizations: Vec<OrganizationId>,
    pub actor_id: Option<Uuid>,
    pub action: Option<String>,
    pub object_id: Option<Uuid>,
    pub from: Option<OffsetDateTime>,
    pub to: Option<OffsetDateTime>,
    /// Part of an actor's name, a reference or an action; `%` and `_` escaped.
    pub pattern: Option<String>,
    pub before: Option<Uuid>,
}

/// Records, the latest first. Each organization's part comes from the index led by it, and so do the records of none.
pub async fn list(
    tx: &mut Tx,
    filter: &Filter,
    with_installation: bool,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"with found as (
               (select r.* from unnest($1::uuid[]) as asked (id)
                cross join lateral (
                    select a.* from audit_records a
                    where a.organization_id = asked.id
                      and ($2::uuid is null or a.actor_id = $2)
                      and ($3::text is null or a.action = $3)
                      and ($4::uuid is null or a.object_id = $4)
                      and ($5::timestamptz is null or a.id >= uuidv7_floor($5))
                      and ($6::timestamptz is null or a.id < uuidv7_floor($6))
                      and ($7::text is null or a.actor_name ilike $7 or a.object_reference ilike $7 or a.action ilike $7)
                      and ($8::uuid is null or a.id < $8)
                    order by a.id desc
                    limit $9) as r)
               union all
               (select a.* from audit_records a
                where $10 and a.organization_id is null
                  and ($2::uuid is null or a.actor_id = $2)
                  and ($3::text is null or a.action = $3)
                  and ($4::uuid is null or a.object_id = $4)
                  and ($5::timestamptz is null or a.id >= uuidv7_floor($5))
                  and ($6::timestamptz is null or a.id < uuidv7_floor($6))
                  and ($7::text is null or a.actor_name ilike $7 or a.object_reference ilike $7 or a.action ilike $7)
                  and ($8::uuid is null or a.id < $8)
                -- PostgreSQL sees the index's order in both columns only, although one of them is null throughout.
                order by a.organization_id desc, a.id desc
                limit $9))
           select id as "id!", organization_id as "organization_id: OrganizationId", actor_kind as "actor_kind!",
                  actor_id, actor_name as "actor_name!", action as "action!", object_kind as "object_kind!",
                  object_id, object_reference, detail as "detail: Json<serde_json::Value>", host(ip) as ip, request_id
           from found
           order by id desc
           limit $9"#,
        &filter.organizations.iter().map(|organization| organization.uuid()).collect::<Vec<_>>(),
        filter.actor_id,
        filter.action,
        filter.object_id,
        filter.from,
        filter.to,
        filter.pattern,
        filter.before,
        limit,
        with_installation
    )
    .fetch_all(&mut **tx)
    .await
}
