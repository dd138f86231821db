//! Forms as OAuth clients send them, and answers as they expect them (RFC 6749, 5.2).

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use platform::{App, Error};
use serde::Serialize;
use time::Duration;
use utoipa::ToSchema;

/// What an OAuth endpoint answers instead of a problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OauthProblem {
    /// Such as `invalid_grant`.
    pub error: &'static str,
    pub error_description: String,
}

/// A refusal of an OAuth endpoint.
#[derive(Debug)]
pub enum OauthError {
    Refused {
        status: StatusCode,
        problem: OauthProblem,
        /// `Retry-After`, or how to prove who one is.
        header: Option<(HeaderName, HeaderValue)>,
    },
    /// Not the client's doing; told as everywhere.
    Other(Error),
}

impl OauthError {
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self::with_status(StatusCode::BAD_REQUEST, error, description)
    }

    pub fn with_status(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        let problem = OauthProblem { error, error_description: description.into() };
        OauthError::Refused { status, problem, header: None }
    }

    /// The client is unknown or has not proven who it is: one answer for both (RFC 6749, 5.2).
    pub fn invalid_client() -> Self {
        let description = "The client is not registered here, or has not proven who it is.";
        let challenge = HeaderValue::from_static("Basic realm=\"CiberCase\", charset=\"UTF-8\"");
        Self::with_status(StatusCode::UNAUTHORIZED, "invalid_client", description)
            .with_header(header::WWW_AUTHENTICATE, challenge)
    }

    /// The client is who it says, and has to say so by the internal listener.
    pub fn needs_certificate() -> Self {
        let description = "Services show a certificate of their own here: use the internal listener.";
        Self::with_status(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    pub fn too_many_attempts(wait: Duration) -> Self {
        let seconds = wait.whole_seconds() + 1;
        let description = format!("Too many attempts; try again in {seconds} seconds.");
        Self::with_status(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", description)
            .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let OauthError::Refused { header, .. } = &mut self {
            *header = Some((name, value));
        }
        self
    }
}

impl From<Error> for OauthError {
    fn from(error: Error) -> Self {
        let Error::Problem(problem) = error else { return OauthError::Other(error) };
        let (status, code) = match problem.code {
            "invalid_credentials" | "second_factor_wrong" => (StatusCode::BAD_REQUEST, "invalid_grant"),
            "too_many_attempts" => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
            _ => return OauthError::Other(Error::Problem(problem)),
        };
        let retry_after = problem.headers.into_iter().find(|(name, _)| name == header::RETRY_AFTER);
        OauthError::Refused {
            status,
            problem: OauthProblem { error: code, error_description: problem.detail },
            header: retry_after,
        }
    }
}

impl From<sqlx::Error> for OauthError {
    fn from(error: sqlx::Error) -> Self {
        OauthError::Other(error.into())
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        match self {
            OauthError::Other(error) => error.into_response(),
            OauthError::Refused { status, problem, header } => {
                let mut response = (status, axum::Json(problem)).into_response();
                response.headers_mut().extend(no_store());
                response.headers_mut().extend(header);
                response
            }
        }
    }
}

/// Tokens are kept by nobody on the way (RFC 6749, 5.1).
pub fn no_store() -> [(HeaderName, HeaderValue); 2] {
    let no_store = HeaderValue::from_static("no-store");
    [(header::CACHE_CONTROL, no_store), (header::PRAGMA, HeaderValue::from_static("no-cache"))]
}

/// The fields of a form, each there once.
pub struct OauthForm(BTreeMap<String, String>);

impl OauthForm {
    pub fn field(&self, name: &str) -> Option<&str> {
        // A parameter without a value counts as left out (RFC 6749, 3.2).
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn required(&self, name: &str) -> Result<&str, OauthError> {
        self.field(name).ok_or_else(|| OauthError::new("invalid_request", format!("{name} is missing")))
    }
}

impl FromRequest<App> for OauthForm {
    type Rejection = OauthError;

    async fn from_request(request: Request, app: &App) -> Result<Self, OauthError> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OauthError::new(
                "invalid_request",
                "Send a form: application/x-www-form-urlencoded.",
            ));
        }
        let bytes = Bytes::from_request(request, app).await.map_err(|rejection| {
            OauthError::with_status(rejection.status(), "invalid_request", "The body could not be read.")
        })?;
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(&bytes) {
            if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(OauthError::new("invalid_request", "A parameter is there twice."));
            }
        }
        Ok(Self(fields))
    }
}
