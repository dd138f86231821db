//! Attached files. A file's bytes lie under a generated name; what its sender called it is a label, never a path.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use platform::{App, Error, ItemPermit, Json, Path, Permit, Result, Routes, Tx, batch, operations};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;
use vocab::{AttachmentId, TicketId};

use crate::files::{self, Kept};
use crate::model::Person;
use crate::row::{Entry, TicketRow};
use crate::store::activity::{self, Line};
use crate::store::attachments::{self, NewAttachment};
use crate::store::detail;
use crate::{AttachmentsRead, AttachmentsWrite, asking, deeds};

pub fn routes() -> Routes {
    operations![list_attachments, upload_attachment, download_attachment, delete_attachment]
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attachment {
    pub id: AttachmentId,
    pub ticket_id: TicketId,
    /// What its sender called it.
    pub name: String,
    pub size_bytes: i64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    pub media_type: String,
    pub uploaded_by: Person,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Attachments {
    pub items: Vec<Attachment>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form for the API's description")]
struct UploadForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Lists a ticket's files.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/attachments", tag = "tickets", params(("id" = TicketId, Path)),
    responses((status = 200, body = Attachments)))]
async fn list_attachments(
    permit: Permit<AttachmentsRead>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
) -> Result<Json<Attachments>> {
    let mut tx = permit.read(&app).await?;
    let organization = detail::organization_of(&mut tx, &permit.organizations, id).await?;
    Ok(Json(Attachments { items: attachments::list(&mut tx, organization, id).await? }))
}

/// Attaches a file (multipart, the field `file`).
#[utoipa::path(post, path = "/api/v1/tickets/{id}/attachments", tag = "tickets", params(("id" = TicketId, Path)),
    request_body(content = UploadForm, content_type = "multipart/form-data"), responses((status = 201, body = Attachment)))]
async fn upload_attachment(
    permit: ItemPermit<AttachmentsWrite>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    request: Request,
) -> Result<(StatusCode, Json<Attachment>)> {
    // Asked before a byte is taken, and again after; no transaction is open while the sender sends.
    let mut tx = permit.begin(&app).await?;
    asking::lock_one(&app, &mut tx, &permit, id).await?;
    tx.rollback().await?;
    let kept = receive(&app, request).await?;
    let mut tx = permit.begin(&app).await?;
    let row = asking::lock_one(&app, &mut tx, &permit, id).await?;
    let new = NewAttachment {
        id: kept.id,
        organization: row.organization_id,
        ticket: id,
        name: kept.name.clone(),
        media_type: kept.media_type.clone(),
        size_bytes: kept.size_bytes,
        sha256: kept.sha256.clone(),
        uploaded_by: permit.user_id(),
        created_at: app.clock.now(),
    };
    attachments::insert(&mut tx, &new).await?;
    let found = attachments::find(&mut tx, permit.reach(), kept.id).await?;
    let (_, attachment) = found.ok_or_else(Error::not_found)?;
    settle(&mut tx, &permit, "attachment.created", &row, &attachment).await?;
    // Before the commit: whatever happens here, a row never lacks its file; a file without a row harms nobody.
    kept.settle();
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(attachment)))
}

/// Streams the form's file to its place.
async fn receive(app: &App, mut request: Request) -> Result<Kept> {
    // The cap on the file is our own, so that it counts the file rather than the form.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form =
        Multipart::from_request(request, app).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => files::too_large(app),
            _ => Error::problem(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the file as multipart/form-data.",
            ),
        })?;
    while let Some(field) = form.next_field().await.map_err(|error| files::unreadable(app, &error))? {
        if field.name() == Some("file") {
            return files::keep(app, field).await;
        }
    }
    Err(Error::invalid_field("file", "is missing"))
}

/// Downloads a file. It is never shown in the page's own context.
#[utoipa::path(get, path = "/api/v1/attachments/{id}", tag = "tickets", params(("id" = AttachmentId, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn download_attachment(
    permit: Permit<AttachmentsRead>,
    State(app): State<App>,
    Path(id): Path<AttachmentId>,
) -> Result<Response> {
    let mut tx = permit.read(&app).await?;
    let found = attachments::find(&mut tx, &permit.organizations, id).await?;
    drop(tx);
    let (_, attachment) = found.ok_or_else(Error::not_found)?;
    let file = tokio::fs::File::open(files::path_of(&app, id)).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_LENGTH, HeaderValue::from(attachment.size_bytes)),
        (header::CONTENT_DISPOSITION, files::disposition(&attachment.name)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    Ok((headers, Body::from_stream(ReaderStream::new(file))).into_response())
}

/// Removes a file from its ticket; its bytes stay for the record.
#[utoipa::path(delete, path = "/api/v1/attachments/{id}", tag = "tickets", params(("id" = AttachmentId, Path)),
    responses((status = 204)))]
async fn delete_attachment(
    permit: ItemPermit<AttachmentsWrite>,
    State(app): State<App>,
    Path(id): Path<AttachmentId>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let found = attachments::find(&mut tx, permit.reach(), id).await?;
    let (_, attachment) = found.ok_or_else(Error::not_found)?;
    let row = asking::lock_one(&app, &mut tx, &permit, attachment.ticket_id).await?;
    if !attachments::delete(&mut tx, id, app.clock.now()).await? {
        return Err(Error::not_found());
    }
    settle(&mut tx, &permit, "attachment.deleted", &row, &attachment).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn settle(
    tx: &mut Tx,
    permit: &ItemPermit<AttachmentsWrite>,
    action: &'static str,
    row: &TicketRow,
    attachment: &Attachment,
) -> Result<()> {
    let detail = json!({
        "attachment_id": attachment.id, "name": attachment.name, "size_bytes": attachment.size_bytes,
        "sha256": attachment.sha256, "is_deleted": action == "attachment.deleted",
    });
    let text = detail.to_string();
    let entry = Entry { kind: "attachment", detail };
    let line = Line { organization: row.organization_id, ticket: row.id, entry: &entry };
    activity::write(tx, permit.actor(), &[line]).await?;
    let deed = deeds::deed(permit.actor(), action, row, Some(text));
    batch::record_and_tell(tx, &[deed], &[deeds::live(row, "attached")]).await
}
