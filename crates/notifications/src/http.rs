//! A person's notices over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use platform::live::{self, Change};
use platform::{App, Cursor, Error, Json, Page, Permit, Query, Result, Routes, operations};

use crate::model::{Notice, NoticeCount, NoticeQuery, ReadNotices};
use crate::{NoticesRead, store};

pub fn routes() -> Routes {
    operations![list_notices, count_notices, read_notices]
}

/// Lists your notices, newest first.
#[utoipa::path(get, path = "/api/v1/notices", tag = "notices", params(NoticeQuery),
    responses((status = 200, body = Page<Notice>)))]
async fn list_notices(
    permit: Permit<NoticesRead>,
    State(app): State<App>,
    Query(query): Query<NoticeQuery>,
) -> Result<Json<Page<Notice>>> {
    let limit = platform::page::limit(query.limit)?;
    let before = query.cursor.as_deref().map(Cursor::read).transpose()?;
    let mut tx = permit.read(&app).await?;
    let rows = store::list(&mut tx, permit.user_id(), before, limit).await?;
    Ok(Json(Page::of(rows, limit, |notice| notice.id)?))
}

/// Counts your unread notices, to 1000.
#[utoipa::path(get, path = "/api/v1/notices/count", tag = "notices", responses((status = 200, body = NoticeCount)))]
async fn count_notices(permit: Permit<NoticesRead>, State(app): State<App>) -> Result<Json<NoticeCount>> {
    let mut tx = permit.read(&app).await?;
    let unread = store::unread(&mut tx, permit.user_id()).await?;
    Ok(Json(NoticeCount { unread }))
}

/// Marks notices as read: those named, or all of yours.
#[utoipa::path(post, path = "/api/v1/notices/read", tag = "notices", request_body = ReadNotices,
    responses((status = 204)))]
async fn read_notices(
    permit: Permit<NoticesRead>,
    State(app): State<App>,
    Json(read): Json<ReadNotices>,
) -> Result<StatusCode> {
    let ids = read.ids.map(|ids| ids.into_iter().map(|id| id.uuid()).collect::<Vec<_>>());
    if ids.as_ref().is_some_and(|ids| ids.len() > 500) {
        return Err(Error::invalid_field("ids", "has more than 500"));
    }
    let mut tx = permit.begin(&app).await?;
    let changed = store::mark_read(&mut tx, permit.user_id(), ids.as_deref(), app.clock.now()).await?;
    // Reading is no deed for the audit log; it only stops the bell in the reader's other windows.
    if changed > 0 {
        let me = permit.user_id();
        let change =
            Change { topic: "notices", organization: None, id: me.uuid(), change: "updated", data: None };
        live::tell_user(&mut tx, me, change).await?;
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
