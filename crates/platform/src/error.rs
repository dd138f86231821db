//! The one HTTP error: a problem the caller is told about (RFC 9457), or an internal one whose cause is logged once
//! and never told.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The code of what is not done because it could not be recorded.
pub(crate) const AUDIT_UNAVAILABLE: &str = "audit_unavailable";

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    Problem(Box<Problem>),
    Internal(anyhow::Error),
}

/// What a caller is told, as application/problem+json (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the meaning is in `code`.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    pub title: String,
    pub status: u16,
    /// Stable and machine-readable; the UI translates it.
    pub code: &'static str,
    pub detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Names this request in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Uuid>,
    /// Facts that belong to the code, such as the current version after a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub context: Option<serde_json::Value>,
    #[serde(skip)]
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is wrong with one field: where, and what.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    pub path: String,
    pub message: String,
}

impl Error {
    pub fn problem(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Error::Problem(Box::new(Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            request_id: None,
            context: None,
            headers: Vec::new(),
        }))
    }

    /// Also for what the caller may not know exists.
    pub fn not_found() -> Self {
        Self::problem(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such thing, or it is not yours to see.",
        )
    }

    pub fn unauthenticated() -> Self {
        Self::problem(StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first.")
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    pub fn forbidden(permission: &str) -> Self {
        Self::problem(StatusCode::FORBIDDEN, "forbidden", format!("This needs the permission {permission}."))
    }

    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::problem(StatusCode::BAD_REQUEST, code, detail)
    }

    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::problem(StatusCode::CONFLICT, code, detail)
    }

    /// The caller edited an older version: nothing was overwritten.
    pub fn version_conflict(current: i32) -> Self {
        Self::problem(
            StatusCode::PRECONDITION_FAILED,
            "version_conflict",
            "Somebody changed this since you read it; nothing was overwritten.",
        )
        .with_context(serde_json::json!({ "current_version": current }))
    }

    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail =
            errors.iter().map(|error| format!("{}: {}", error.path, error.message)).collect::<Vec<_>>();
        let mut error =
            Self::problem(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", detail.join("; "));
        if let Error::Problem(problem) = &mut error {
            problem.errors = errors;
        }
        error
    }

    /// One field is wrong.
    pub fn invalid_field(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { path: path.into(), message: message.into() }])
    }

    pub fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::problem(StatusCode::SERVICE_UNAVAILABLE, code, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("2"))
    }

    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let Error::Problem(problem) = &mut self {
            problem.headers.push((name, value));
        }
        self
    }

    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        if let Error::Problem(problem) = &mut self {
            problem.errors = errors;
        }
        self
    }

    pub fn with_context(mut self, context: serde_json::Value) -> Self {
        if let Error::Problem(problem) = &mut self {
            problem.context = Some(context);
        }
        self
    }

    /// The machine code, for tests and for callers that answer element by element.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Problem(problem) => problem.code,
            Error::Internal(_) => "internal",
        }
    }

    /// Whether nothing was changed because others changed the same at the same moment: the same may pass the next time.
    pub fn is_lost_race(&self) -> bool {
        match self {
            Error::Problem(problem) => problem.code == "busy",
            Error::Internal(cause) => cause.downcast_ref::<sqlx::Error>().is_some_and(is_lost_race),
        }
    }

    /// Whether it may pass by itself or be mended, with the same values: of a statement's errors all but those that say
    /// something of the values (classes 22, 23 and 54 of SQLSTATE).
    pub fn is_passing(&self) -> bool {
        match self {
            Error::Problem(problem) => problem.status == StatusCode::SERVICE_UNAVAILABLE.as_u16(),
            Error::Internal(cause) => cause.downcast_ref::<sqlx::Error>().is_some_and(|error| match error {
                sqlx::Error::Database(cause) => !cause.code().is_some_and(|code| {
                    ["22", "23", "54"].iter().any(|of_values| code.starts_with(of_values))
                }),
                error => is_away(error),
            }),
        }
    }

    /// Whether the database ended a statement because it took too long: less at once may fit.
    pub fn is_timeout(&self) -> bool {
        let Error::Internal(cause) = self else { return false };
        let cause = cause.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
        cause.is_some_and(|cause| cause.code().as_deref() == Some("57014"))
    }

    /// Others changed the same at the same moment; nothing was changed here.
    pub fn busy() -> Self {
        let detail =
            "Somebody changed the same things at the same moment; nothing was changed here, try again.";
        Self::unavailable("busy", detail)
    }

    /// Whether the database could not be reached, or takes no audit records, so that trying again later may work.
    pub fn is_database_away(&self) -> bool {
        match self {
            Error::Problem(problem) => matches!(problem.code, "database_away" | AUDIT_UNAVAILABLE),
            Error::Internal(cause) => is_away_cause(cause),
        }
    }
}

/// Whether an internal error says that the database could not be reached.
pub fn is_away_cause(cause: &anyhow::Error) -> bool {
    cause.downcast_ref::<sqlx::Error>().is_some_and(is_away)
}

/// Errors of the connection rather than of the statement, and a server that is starting or stopping.
pub fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => true,
        // 57P01 admin shutdown, 57P02 crash shutdown, 57P03 starting up, 53xxx out of resources, 08xxx connection,
        // 25006 read-only (a standby or a full disk's fallback).
        sqlx::Error::Database(cause) => cause.code().is_some_and(|code| {
            code.starts_with("57P0") || code.starts_with("53") || code.starts_with("08") || code == "25006"
        }),
        _ => false,
    }
}

/// Values that only a caller can have brought, where a module's own checks let them pass: NUL in a text (22021) or in
/// JSON (22P05), a date beyond the calendar (22008), a number beyond its column (22003), a text beyond an index (54000).
fn is_unkeepable(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(cause) = error else { return false };
    cause.code().is_some_and(|code| matches!(&*code, "22021" | "22P05" | "22008" | "22003" | "54000"))
}

/// Deadlocks, serialization failures and lock time-outs: nothing was changed, and the same may pass the next time.
pub fn is_lost_race(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(cause) = error else { return false };
    cause.code().is_some_and(|code| matches!(&*code, "40P01" | "40001" | "55P03"))
}

/// Any other error is internal: its cause goes to the log, never to the caller.
impl<E: Into<anyhow::Error>> From<E> for Error {
    fn from(cause: E) -> Self {
        Error::Internal(cause.into())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut problem = match self {
            Error::Problem(problem) => *problem,
            Error::Internal(cause) => told_of(cause),
        };
        problem.request_id = crate::stack::request_id();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.extend(problem.headers);
        response
    }
}

fn told_of(cause: anyhow::Error) -> Problem {
    let away = is_away_cause(&cause);
    let is_unkeepable = cause.downcast_ref::<sqlx::Error>().is_some_and(is_unkeepable);
    let is_lost_race = cause.downcast_ref::<sqlx::Error>().is_some_and(is_lost_race);
    if away {
        tracing::warn!(cause = format!("{cause:#}"), "the database is away");
    } else if is_lost_race {
        tracing::warn!(cause = format!("{cause:#}"), "a race was lost");
    } else if is_unkeepable {
        tracing::warn!(cause = format!("{cause:#}"), "a value could not be kept");
    } else {
        tracing::error!(cause = format!("{cause:#}"), "internal error");
    }
    let error = if away {
        Error::unavailable("database_away", "The database cannot be reached right now; try again shortly.")
    } else if is_lost_race {
        Error::busy()
    } else if is_unkeepable {
        let detail = "A value holds what cannot be kept: a NUL character, a date beyond the calendar, too large a number or too long a text.";
        Error::problem(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", detail)
    } else {
        Error::problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side; the request id names it in the log.",
        )
    };
    match error {
        Error::Problem(problem) => *problem,
        Error::Internal(_) => unreachable!("a problem was just made"),
    }
}

/// Turns a violated constraint into the caller's error at the call: `.on_constraint("users_email_key", ...)`.
pub trait OnConstraint<T> {
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|cause| match &cause {
            sqlx::Error::Database(database) if database.constraint() == Some(name) => error(),
            _ => Error::from(cause),
        })
    }
}

impl<T> OnConstraint<T> for Result<T> {
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|cause| match &cause {
            Error::Internal(inner) => match inner.downcast_ref::<sqlx::Error>() {
                Some(sqlx::Error::Database(database)) if database.constraint() == Some(name) => error(),
                _ => cause,
            },
            Error::Problem(_) => cause,
        })
    }
}
