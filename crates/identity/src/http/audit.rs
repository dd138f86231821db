//! Reading the audit log.

use axum::extract::State;
use platform::http::{moment, several};
use platform::ids::occurred_at;
use platform::page::limit;
use platform::{App, Cursor, Error, Json, Page, Permit, Query, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vocab::OrganizationId;

use super::AuditRead;
use crate::store::audit::{Filter, Row, list};

const LONGEST_TEXT_CHARS: usize = 200;

pub fn routes() -> Routes {
    operations![list_audit_records]
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// One or several, comma separated.
    #[param(value_type = Option<Vec<OrganizationId>>, style = Form, explode = false)]
    organization_id: Option<String>,
    actor_id: Option<Uuid>,
    /// Such as `ticket.closed`.
    #[param(max_length = 200)]
    action: Option<String>,
    object_id: Option<Uuid>,
    /// The first moment, RFC 3339.
    #[param(format = DateTime)]
    from: Option<String>,
    /// The moment after the last.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Part of an actor's name, a reference or an action.
    #[param(max_length = 200)]
    text: Option<String>,
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
struct AuditActor {
    kind: String,
    id: Option<Uuid>,
    name: String,
}

#[derive(Serialize, ToSchema)]
struct AuditObject {
    kind: String,
    id: Option<Uuid>,
    reference: Option<String>,
}

/// Who did what to which thing.
#[derive(Serialize, ToSchema)]
struct AuditRecord {
    id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    occurred_at: OffsetDateTime,
    organization_id: Option<OrganizationId>,
    actor: AuditActor,
    action: String,
    object: AuditObject,
    detail: serde_json::Value,
    ip: Option<String>,
    request_id: Option<Uuid>,
}

/// The audit log, the latest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditRecord>)))]
async fn list_audit_records(
    permit: Permit<AuditRead>,
    State(app): State<App>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditRecord>>> {
    let limit = limit(query.limit)?;
    let asked: Vec<OrganizationId> = several("organization_id", query.organization_id.as_deref())?;
    let filter = Filter {
        organizations: permit.narrowed(&asked),
        actor_id: query.actor_id,
        action: query.action.map(|action| bounded("action", action)).transpose()?,
        object_id: query.object_id,
        from: moment("from", query.from.as_deref())?,
        to: moment("to", query.to.as_deref())?,
        pattern: query.text.map(|text| bounded("text", text)).transpose()?.map(|text| pattern(&text)),
        before: query.cursor.as_deref().map(Cursor::read).transpose()?,
    };
    let with_installation = permit.is_everywhere() && asked.is_empty();
    let mut tx = permit.read(&app).await?;
    let rows = list(&mut tx, &filter, with_installation, limit + 1).await?;
    let page = Page::of(rows, limit, |row| row.id)?;
    Ok(Json(Page {
        items: page.items.into_iter().map(AuditRecord::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

impl From<Row> for AuditRecord {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            occurred_at: occurred_at(row.id),
            organization_id: row.organization_id,
            actor: AuditActor { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
            action: row.action,
            object: AuditObject { kind: row.object_kind, id: row.object_id, reference: row.object_reference },
            detail: row.detail.map_or_else(|| serde_json::json!({}), |detail| detail.0),
            ip: row.ip,
            request_id: row.request_id,
        }
    }
}

fn bounded(path: &str, text: String) -> Result<String> {
    if text.chars().count() > LONGEST_TEXT_CHARS || text.contains('\0') {
        return Err(Error::invalid_field(path, "is longer than 200 characters or has a NUL character"));
    }
    Ok(text)
}

/// A pattern of LIKE that finds `text` itself anywhere.
fn pattern(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
