//! What is known of attached files; their bytes lie elsewhere.

use platform::Tx;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{AttachmentId, OrganizationId, TicketId, UserId};

use crate::http::attachments::Attachment;
use crate::model::Person;

struct Stored {
    id: Uuid,
    ticket_id: Uuid,
    name: String,
    media_type: String,
    size_bytes: i64,
    sha256: Vec<u8>,
    uploaded_by: Uuid,
    uploader: String,
    created_at: OffsetDateTime,
}

impl From<Stored> for Attachment {
    fn from(row: Stored) -> Self {
        use std::fmt::Write;
        let mut sha256 = String::with_capacity(64);
        for byte in row.sha256 {
            let _ = write!(sha256, "{byte:02x}");
        }
        Self {
            id: AttachmentId(row.id),
            ticket_id: TicketId(row.ticket_id),
            name: row.name,
            media_type: row.media_type,
            size_bytes: row.size_bytes,
            sha256,
            uploaded_by: Person { id: UserId(row.uploaded_by), display_name: row.uploader },
            created_at: row.created_at,
        }
    }
}

/// A file that lies in its place.
pub struct NewAttachment {
    pub id: AttachmentId,
    pub organization: OrganizationId,
    pub ticket: TicketId,
    pub name: String,
    pub media_type: String,
    pub size_bytes: i64,
    pub sha256: Vec<u8>,
    pub uploaded_by: UserId,
    pub created_at: OffsetDateTime,
}

pub async fn insert(tx: &mut Tx, new: &NewAttachment) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into attachments
             (id, organization_id, ticket_id, name, media_type, size_bytes, sha256, uploaded_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id.uuid(),
        new.organization.uuid(),
        new.ticket.uuid(),
        new.name,
        new.media_type,
        new.size_bytes,
        new.sha256,
        new.uploaded_by.uuid(),
        new.created_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A ticket's files, oldest first.
pub async fn list(
    tx: &mut Tx,
    organization: OrganizationId,
    ticket: TicketId,
) -> Result<Vec<Attachment>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Stored,
        "select file.id, file.ticket_id, file.name, file.media_type, file.size_bytes, file.sha256, file.uploaded_by,
                person.display_name as uploader, file.created_at
         from attachments file join users person on person.id = file.uploaded_by
         where file.organization_id = $1 and file.ticket_id = $2 and file.deleted_at is null
         order by file.id limit 1000",
        organization.uuid(),
        ticket.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(Attachment::from).collect())
}

/// One file that the caller may see, and its organization.
pub async fn find(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    id: AttachmentId,
) -> Result<Option<(OrganizationId, Attachment)>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let row = sqlx::query!(
        "select file.organization_id, file.id, file.ticket_id, file.name, file.media_type, file.size_bytes, file.sha256,
                file.uploaded_by, person.display_name as uploader, file.created_at
         from attachments file join users person on person.id = file.uploaded_by
         where file.organization_id = any($1) and file.id = $2 and file.deleted_at is null",
        &organizations,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| {
        let stored = Stored {
            id: row.id,
            ticket_id: row.ticket_id,
            name: row.name,
            media_type: row.media_type,
            size_bytes: row.size_bytes,
            sha256: row.sha256,
            uploaded_by: row.uploaded_by,
            uploader: row.uploader,
            created_at: row.created_at,
        };
        (OrganizationId(row.organization_id), stored.into())
    }))
}

/// Takes a file out of sight; says whether it was there.
pub async fn delete(tx: &mut Tx, id: AttachmentId, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update attachments set deleted_at = $2 where id = $1 and deleted_at is null",
        id.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
