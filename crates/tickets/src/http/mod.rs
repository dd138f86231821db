//! Tickets over HTTP: a file per kind of operation.

pub mod attachments;
mod bulk;
mod change;
mod comments;
mod export;
mod lists;
mod merges;
mod page;
mod promote;
mod relations;
mod statuses;
pub mod views;

use axum::http::{HeaderMap, header};
use platform::{Error, Result, Routes};

pub use lists::first_page;

pub fn routes() -> Routes {
    lists::routes()
        .merge(page::routes())
        .merge(promote::routes())
        .merge(change::routes())
        .merge(comments::routes())
        .merge(relations::routes())
        .merge(bulk::routes())
        .merge(merges::routes())
        .merge(attachments::routes())
        .merge(export::routes())
        .merge(views::routes())
        .merge(statuses::routes())
}

/// The version from `If-Match`, where sending one is a choice.
fn if_match(headers: &HeaderMap) -> Result<Option<i32>> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let version = value.to_str().ok().and_then(|text| text.trim().trim_matches('"').parse().ok());
    version.map(Some).ok_or_else(|| {
        Error::bad_request("invalid_if_match", "If-Match is a quoted version number, such as \"3\".")
    })
}

/// Refuses an edit of another version than the caller has read.
fn check_version(current: i32, read: Option<i32>) -> Result<()> {
    match read {
        Some(read) if read != current => Err(Error::version_conflict(current)),
        _ => Ok(()),
    }
}
