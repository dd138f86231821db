//! Extractors whose refusals are problems that say what and where.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::error::FieldError;
use crate::objects::Strict;
use crate::{App, Error, Result};

/// A JSON body, in and out. Unknown and mistyped fields are refused with their path.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_json = content_type.is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
        });
        if !is_json {
            return Err(Error::problem(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the body as application/json.",
            ));
        }
        let bytes = Bytes::from_request(request, app).await.map_err(body_error)?;
        read_json(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Reads JSON, naming the field in the way.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Strict(&mut reader)).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.inner();
        let where_ = format!("line {}, column {}", inner.line(), inner.column());
        if inner.is_data() {
            Error::invalid_field(if path == "." { "body".to_owned() } else { path }, plain(inner))
        } else {
            Error::bad_request("malformed_json", format!("The body is not JSON at {where_}."))
        }
    })?;
    reader.end().map_err(|_| Error::bad_request("malformed_json", "There is more after the JSON value."))?;
    Ok(value)
}

/// serde_json's message without its position, which the path already gives.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

fn body_error(rejection: BytesRejection) -> Error {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is larger than allowed.")
        }
        _ => Error::bad_request("unreadable_body", "The body could not be read to its end."),
    }
}

/// The query string, with the field in the way named.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self> {
        let text = parts.uri.query().unwrap_or_default();
        check_query(text)?;
        let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
        serde_path_to_error::deserialize(reader).map(Self).map_err(|error| {
            let path = error.path().to_string();
            Error::invalid(vec![FieldError { path, message: error.inner().to_string() }])
        })
    }
}

/// Percent-encoded text that is no UTF-8 would be read as something nobody sent.
fn check_query(text: &str) -> Result<()> {
    let decoded = percent_encoding::percent_decode_str(text);
    decoded.decode_utf8().map(|_| ()).map_err(|_| {
        Error::bad_request("malformed_query", "The query string is no UTF-8 text, percent-encoded.")
    })
}

/// Path parameters; one that cannot be read names nothing that exists.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        // What has a NUL names nothing: no text of ours holds one.
        if parts.uri.path().contains("%00") {
            return Err(Error::not_found());
        }
        match axum::extract::Path::<T>::from_request_parts(parts, app).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Error::not_found()),
        }
    }
}

/// The version the caller has read, from `If-Match: "3"`. Editing without it is refused.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub i32);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Err(Error::problem(
                StatusCode::PRECONDITION_REQUIRED,
                "precondition_required",
                "Send If-Match with the version you read, so that nobody's change is overwritten.",
            ));
        };
        quoted_version(value).map(Self).ok_or_else(|| {
            Error::bad_request("invalid_if_match", "If-Match is a quoted version number, such as \"3\".")
        })
    }
}

/// Digits in quotes, fewer than an `i32` could overflow with.
fn quoted_version(value: &HeaderValue) -> Option<i32> {
    let digits = value.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')?;
    let is_number = digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// A body with its version as ETag, for later edits.
pub struct Versioned<T> {
    pub version: i32,
    pub body: T,
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, format!("\"{}\"", self.version))], axum::Json(self.body)).into_response()
    }
}

/// A query value of several, comma separated: `severity=high,critical`. An empty one is refused: where a script's variable
/// was empty, everything would be the answer.
pub fn several<T: std::str::FromStr>(field: &str, text: Option<&str>) -> Result<Vec<T>>
where
    T::Err: std::fmt::Display,
{
    let one = |part: &str| match part.trim() {
        "" => Err(Error::invalid_field(field, "holds an empty value; leave it out")),
        part => part.parse().map_err(|error: T::Err| Error::invalid_field(field, error.to_string())),
    };
    text.map_or_else(|| Ok(Vec::new()), |text| text.split(',').map(one).collect())
}

/// A query value that is a moment (RFC 3339). Ids begin in 1970, and near 9999 some have no time in UTC.
pub fn moment(field: &str, text: Option<&str>) -> Result<Option<OffsetDateTime>> {
    let Some(text) = text else { return Ok(None) };
    let read = OffsetDateTime::parse(text, &Rfc3339).ok().and_then(|at| at.checked_to_offset(UtcOffset::UTC));
    match read.filter(|at| (1970..=9999).contains(&at.year())) {
        Some(at) => Ok(Some(at)),
        None => {
            Err(Error::invalid_field(field, "is a moment such as 2026-11-20T08:00:00Z, within 1970 to 9999"))
        }
    }
}

/// PATCH bodies tell "set to null" from "leave alone": `#[serde(default, deserialize_with = "present")]` on
/// `Option<Option<T>>`.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    <Option<T> as serde::Deserialize>::deserialize(deserializer).map(Some)
}
