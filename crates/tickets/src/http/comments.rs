//! Comments: Markdown as typed, with mentions.

use axum::extract::State;
use axum::http::StatusCode;
use notifications::NoticeKind;
use platform::http::Versioned;
use platform::{App, IfMatch, ItemPermit, Json, Path, Result, Routes, Tx, batch, operations};
use serde_json::json;
use vocab::{CommentId, TicketId};

use crate::model::{Activity, NewComment, mentions};
use crate::row::TicketRow;
use crate::store::{activity, links, terms};
use crate::{TicketsWrite, asking, deeds, people};

pub fn routes() -> Routes {
    operations![create_comment, update_comment]
}

/// Comments on a ticket.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/comments", tag = "tickets", request_body = NewComment,
    params(("id" = TicketId, Path)), responses((status = 201, body = Activity)))]
async fn create_comment(
    permit: ItemPermit<TicketsWrite>,
    State(app): State<App>,
    Path(id): Path<TicketId>,
    Json(comment): Json<NewComment>,
) -> Result<(StatusCode, Json<Activity>)> {
    let body = comment.checked()?.body_markdown;
    let mut tx = permit.begin(&app).await?;
    let row = asking::lock_one(&app, &mut tx, &permit, id).await?;
    let activity = activity::comment(&mut tx, permit.actor(), row.organization_id, id, &body).await?;
    // A comment is no edit: whoever is editing the ticket goes on undisturbed.
    terms::rebuild(&mut tx, &row).await?;
    tell(&mut tx, &permit, "comment.created", &row, activity.id.uuid()).await?;
    notice(&app, &mut tx, &permit, &row, &body, None).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(activity)))
}

/// Edits a comment of your own; its earlier text stays in its history.
#[utoipa::path(patch, path = "/api/v1/tickets/{id}/comments/{comment_id}", tag = "tickets", request_body = NewComment,
    params(("id" = TicketId, Path), ("comment_id" = CommentId, Path),
           ("If-Match" = String, Header, description = "The comment's version you read, quoted")),
    responses((status = 200, body = Activity, headers(("ETag" = String)))))]
async fn update_comment(
    permit: ItemPermit<TicketsWrite>,
    State(app): State<App>,
    Path((id, comment_id)): Path<(TicketId, CommentId)>,
    IfMatch(version): IfMatch,
    Json(comment): Json<NewComment>,
) -> Result<Versioned<Activity>> {
    let body = comment.checked()?.body_markdown;
    let now = app.clock.now();
    let mut tx = permit.begin(&app).await?;
    let row = asking::lock_one(&app, &mut tx, &permit, id).await?;
    let place = (row.organization_id, id, comment_id);
    let (activity, before) =
        activity::edit_comment(&mut tx, permit.actor(), place, version, &body, now).await?;
    terms::rebuild(&mut tx, &row).await?;
    tell(&mut tx, &permit, "comment.updated", &row, comment_id.uuid()).await?;
    notice(&app, &mut tx, &permit, &row, &body, Some(&before)).await?;
    tx.commit().await?;
    let version = activity.comment.as_ref().map_or(1, |comment| comment.version);
    Ok(Versioned { version, body: activity })
}

async fn tell(
    tx: &mut Tx,
    permit: &ItemPermit<TicketsWrite>,
    action: &'static str,
    row: &TicketRow,
    comment: uuid::Uuid,
) -> Result<()> {
    // The text itself stays with the ticket: the audit log names it.
    let detail = json!({ "comment_id": comment }).to_string();
    let deed = deeds::deed(permit.actor(), action, row, Some(detail));
    batch::record_and_tell(tx, &[deed], &[deeds::live(row, "commented")]).await
}

/// Tells who is mentioned and may read it, and, of a new comment, who watches. An edit tells only who is newly
/// mentioned.
async fn notice(
    app: &App,
    tx: &mut Tx,
    permit: &ItemPermit<TicketsWrite>,
    row: &TicketRow,
    body: &str,
    before: Option<&str>,
) -> Result<()> {
    let known = before.map(mentions).unwrap_or_default();
    let named = mentions(body).into_iter().filter(|user| !known.contains(user)).collect::<Vec<_>>();
    let mentioned = people::readers(app, tx, row.organization_id, &named).await?;
    let excerpt = Some(body.to_owned());
    let told = |user, kind| deeds::new_notice(row, user, kind, excerpt.clone());
    let mut notices = mentioned.iter().map(|user| told(*user, NoticeKind::Mentioned)).collect::<Vec<_>>();
    if before.is_none() {
        let watchers = links::watchers_of(tx, &[row.id.uuid()]).await?;
        let watchers = watchers.into_iter().map(|(_, user)| user).collect::<Vec<_>>();
        // Watching outlasts the right to read; what is told must not.
        let readers = people::readers(app, tx, row.organization_id, &watchers).await?;
        let others = readers.into_iter().filter(|user| !mentioned.contains(user));
        notices.extend(others.map(|user| told(user, NoticeKind::Watched)));
    }
    Ok(notifications::notify(tx, permit.actor(), app.clock.now(), &notices).await?)
}
