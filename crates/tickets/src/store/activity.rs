//! A ticket's history and its comments.

use platform::principal::Actor;
use platform::{Error, Result, Tx, ids};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;
use vocab::{ActivityId, CommentId, OrganizationId, TicketId};

use crate::model::{Activity, ActivityActor, Comment, mentions};
use crate::row::Entry;

/// Earlier texts of a comment that are kept.
const HISTORY: usize = 20;

/// One line to write.
pub struct Line<'a> {
    pub organization: OrganizationId,
    pub ticket: TicketId,
    pub entry: &'a Entry,
}

/// Writes lines in order, all in one statement.
pub async fn write(tx: &mut Tx, actor: &Actor, lines: &[Line<'_>]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ticket_activity (id, organization_id, ticket_id, actor_kind, actor_id, actor_name, kind, detail)
         select id, organization_id, ticket_id, $5, $6, $7, kind, detail
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $8::jsonb[])
              as line (id, organization_id, ticket_id, kind, detail)",
        &lines.iter().map(|_| ActivityId::new().uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|line| line.organization.uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|line| line.ticket.uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|line| line.entry.kind.to_owned()).collect::<Vec<_>>(),
        actor.kind.as_str(),
        actor.id,
        &*actor.name,
        &lines.iter().map(|line| line.entry.detail.clone()).collect::<Vec<_>>()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

struct Stored {
    id: Uuid,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_name: String,
    kind: String,
    detail: Option<Value>,
    comment_markdown: Option<String>,
    comment_edited_at: Option<OffsetDateTime>,
    comment_version: Option<i32>,
}

impl From<Stored> for Activity {
    fn from(row: Stored) -> Self {
        let comment = row.comment_markdown.map(|body_markdown| Comment {
            id: CommentId(row.id),
            mentions: mentions(&body_markdown),
            body_markdown,
            edited_at: row.comment_edited_at,
            version: row.comment_version.unwrap_or(1),
        });
        Self {
            id: ActivityId(row.id),
            occurred_at: ids::occurred_at(row.id),
            actor: ActivityActor { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
            kind: row.kind,
            detail: row.detail.unwrap_or_else(|| json!({})),
            comment,
        }
    }
}

/// A ticket's history, newest first: `limit + 1` rows.
pub async fn list(
    tx: &mut Tx,
    organization: OrganizationId,
    ticket: TicketId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Activity>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Stored,
        "select id, actor_kind, actor_id, actor_name, kind, detail, comment_markdown, comment_edited_at, comment_version
         from ticket_activity
         where organization_id = $1 and ticket_id = $2 and ($3::uuid is null or id < $3)
         order by id desc limit $4",
        organization.uuid(),
        ticket.uuid(),
        before,
        limit + 1
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}

/// Writes a comment.
pub async fn comment(
    tx: &mut Tx,
    actor: &Actor,
    organization: OrganizationId,
    ticket: TicketId,
    body: &str,
) -> Result<Activity, sqlx::Error> {
    let row = sqlx::query_as!(
        Stored,
        "insert into ticket_activity
             (id, organization_id, ticket_id, actor_kind, actor_id, actor_name, kind, comment_markdown, comment_version)
         values ($1, $2, $3, $4, $5, $6, 'comment', $7, 1)
         returning id, actor_kind, actor_id, actor_name, kind, detail, comment_markdown, comment_edited_at,
                   comment_version",
        ActivityId::new().uuid(),
        organization.uuid(),
        ticket.uuid(),
        actor.kind.as_str(),
        actor.id,
        &*actor.name,
        body
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.into())
}

/// Changes a comment of the actor's own and returns it with its text before; earlier texts stay in the line's detail.
/// Nothing is overwritten when
/// somebody (the same person elsewhere) changed it since `version`.
pub async fn edit_comment(
    tx: &mut Tx,
    actor: &Actor,
    place: (OrganizationId, TicketId, CommentId),
    version: i32,
    body: &str,
    now: OffsetDateTime,
) -> Result<(Activity, String)> {
    let (organization, ticket, id) = place;
    let old = sqlx::query!(
        "select actor_id, detail, comment_markdown, comment_version from ticket_activity
         where organization_id = $1 and ticket_id = $2 and id = $3 and kind = 'comment' for update",
        organization.uuid(),
        ticket.uuid(),
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or_else(Error::not_found)?;
    if old.actor_id != actor.id {
        return Err(Error::problem(
            http::StatusCode::FORBIDDEN,
            "not_your_comment",
            "Only its author edits a comment.",
        ));
    }
    let current = old.comment_version.unwrap_or(1);
    if current != version {
        return Err(Error::version_conflict(current));
    }
    let before = old.comment_markdown.unwrap_or_default();
    let detail = with_history(old.detail, before.clone(), now);
    let row = sqlx::query_as!(
        Stored,
        "update ticket_activity
         set comment_markdown = $4, comment_edited_at = $5, comment_version = comment_version + 1, detail = $6
         where organization_id = $1 and ticket_id = $2 and id = $3
         returning id, actor_kind, actor_id, actor_name, kind, detail, comment_markdown, comment_edited_at,
                   comment_version",
        organization.uuid(),
        ticket.uuid(),
        id.uuid(),
        body,
        now,
        detail
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.into(), before))
}

fn with_history(detail: Option<Value>, old: String, now: OffsetDateTime) -> Value {
    let history = detail.as_ref().and_then(|detail| detail.get("history")).and_then(Value::as_array);
    let mut history = history.cloned().unwrap_or_default();
    history.push(json!({ "body_markdown": old, "replaced_at": now.format(&Rfc3339).unwrap_or_default() }));
    let surplus = history.len().saturating_sub(HISTORY);
    history.drain(..surplus);
    json!({ "history": history })
}
