//! The whole log as lines of JSON that can be verified elsewhere.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::{HeaderValue, header};
use platform::audit::{self, Deed};
use platform::{App, Error, Permit, Result, Routes, operations};
use uuid::Uuid;

use crate::export::{FORMAT, Header, Line};
use crate::store::{self, Checkpoint};
use crate::{AuditExport, AuditLog};

/// Leaves of one transaction and one piece of the answer.
const PAGE: i64 = 1000;

pub fn routes() -> Routes {
    operations![export_audit_log]
}

/// Exports the audit log up to its latest checkpoint as lines of JSON: the checkpoint, then every leaf with its record. Of
/// records of organizations that are none of the caller's there is the leaf alone, so that the whole can still be verified.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit",
    responses((status = 200, body = String, content_type = "application/x-ndjson"),
        (status = 409, body = platform::error::Problem, content_type = "application/problem+json", description = "`audit_log_empty`")))]
async fn export_audit_log(permit: Permit<AuditExport>, State(app): State<App>) -> Result<Response> {
    let mut tx = permit.begin(&app).await?;
    let checkpoint = store::last_checkpoint(&mut tx).await?.ok_or_else(|| {
        Error::conflict("audit_log_empty", "The audit log has no checkpoint yet: try again in a moment.")
    })?;
    let detail = serde_json::json!({ "size": checkpoint.size });
    let mut deed = Deed::new("audit_log.exported", "audit_log", Uuid::nil()).with(detail);
    deed.object_id = None;
    if permit.is_everywhere() {
        audit::record(&mut tx, &permit.actor, deed).await?;
    } else {
        // Each organization's auditors read of the export of their records.
        for organization in permit.organizations.iter() {
            audit::record(&mut tx, &permit.actor, deed.clone().of(*organization)).await?;
        }
    }
    tx.commit().await?;
    let header = line(&Header {
        format: FORMAT.to_owned(),
        key: app.service::<AuditLog>().key.public().to_string(),
        is_whole: permit.is_everywhere(),
        note: checkpoint.note.clone(),
    })?;
    let state = Export { permit, app, checkpoint, next: 0 };
    let leaves = stream::try_unfold(state, |state| async move {
        state.page().await.map_err(|error| std::io::Error::other(error.code()))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.ndjson\"")),
    ];
    let body = stream::iter([Ok(Bytes::from(header))]).chain(leaves);
    Ok((headers, Body::from_stream(body)).into_response())
}

struct Export {
    permit: Permit<AuditExport>,
    app: App,
    checkpoint: Checkpoint,
    next: u64,
}

impl Export {
    /// The next leaves; each page in a transaction of its own, so that a slow reader holds none open. What is behind the
    /// checkpoint only grows, so that pages fit together.
    async fn page(mut self) -> Result<Option<(Bytes, Self)>> {
        let mut tx = self.permit.read(&self.app).await?;
        let rows = store::leaves_with_records(&mut tx, self.next, PAGE).await?;
        drop(tx);
        let mut lines = Vec::new();
        for row in rows.into_iter().take_while(|row| row.index < self.checkpoint.size) {
            self.next = row.index + 1;
            lines.extend(line(&Line::of(row))?);
        }
        Ok((!lines.is_empty()).then(|| (Bytes::from(lines), self)))
    }
}

fn line(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}
