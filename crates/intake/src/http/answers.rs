//! What senders are told: one answer, a list of them, or why nothing could be taken.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use platform::error::FieldError;
use platform::{App, Error, Json, Result};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::QuarantineId;

use crate::pipeline::Answer;
use crate::reading::Place;

/// One element's answer: what became of it, or why it lies in quarantine.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ElementAnswer {
    Kept(Box<Answer>),
    Held(HeldAnswer),
}

/// An element that could not be taken; its bytes lie in quarantine.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldAnswer {
    #[schema(example = "quarantined")]
    pub outcome: &'static str,
    pub code: &'static str,
    pub detail: String,
    pub position: Option<Place>,
    pub quarantine_id: QuarantineId,
}

/// The delivery waits on disk until the database is back.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpooledAnswer {
    #[schema(example = "spooled")]
    pub outcome: &'static str,
}

/// One answer, or one per element of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum DeliveryAnswer {
    One(ElementAnswer),
    Many(Vec<ElementAnswer>),
}

/// What became of a delivery's elements.
pub struct Processed {
    pub is_list: bool,
    pub elements: Vec<ElementAnswer>,
}

/// One answer or a list of them; a problem when nothing of the delivery could be taken.
pub fn reply(_app: &App, processed: Processed) -> Result<Response> {
    let Processed { is_list, mut elements } = processed;
    let held = elements.iter().filter(|element| matches!(element, ElementAnswer::Held(_))).count();
    if held > 0 && held == elements.len() {
        return Err(refusal(&elements));
    }
    let answer = match elements.pop() {
        Some(one) if !is_list => DeliveryAnswer::One(one),
        last => {
            elements.extend(last);
            DeliveryAnswer::Many(elements)
        }
    };
    Ok(Json(answer).into_response())
}

fn refusal(elements: &[ElementAnswer]) -> Error {
    let held = elements.iter().filter_map(|element| match element {
        ElementAnswer::Held(held) => Some(held),
        _ => None,
    });
    let held = held.collect::<Vec<_>>();
    let errors = held.iter().map(|held| {
        let place = held.position.as_ref();
        let at = place.map_or_else(String::new, |at| format!(" (line {}, column {})", at.line, at.column));
        let path = place.map(|at| at.path.clone()).filter(|path| !path.is_empty());
        FieldError {
            path: path.unwrap_or_else(|| "body".to_owned()),
            message: format!("{}{at}", held.detail),
        }
    });
    let errors = errors.take(50).collect::<Vec<_>>();
    let code = held.first().map_or("unreadable", |held| held.code);
    let detail =
        errors.first().map_or_else(String::new, |error| format!("{}: {}", error.path, error.message));
    let mut ids = held.iter().map(|held| held.quarantine_id).collect::<Vec<_>>();
    ids.dedup();
    let position = held.first().and_then(|held| held.position.clone());
    Error::problem(StatusCode::UNPROCESSABLE_ENTITY, code, detail).with_errors(errors).with_context(
        serde_json::json!({ "quarantine_id": ids.first(), "quarantine_ids": ids, "position": position }),
    )
}

/// Whoever brings no token, or one that is not known.
pub fn unknown_token() -> Error {
    Error::problem(StatusCode::UNAUTHORIZED, "unknown_source", "The source token is missing or unknown.")
        .with_header(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"))
}
