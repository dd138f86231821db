//! How a service calls CiberCase, and other services: by mutual TLS, with an access token of its own, within a deadline,
//! and nowhere that it was not allowed to.
//!
//! Words: the **egress** is where one may connect; a **call** is what the caller asks for once, whatever is repeated for it.
//! Invariants: an address is checked after its name was resolved, and the connection goes to the address that was checked;
//! no redirect is followed; what may have been done is not done twice; a token is renewed before it runs out, over
//! connections of the certificate that it is bound to.

mod call;
mod connect;
mod egress;
mod identity;
mod retry;
mod settings;
mod token;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, Uri};

pub use egress::{Egress, Refused, is_public};
pub use identity::roots;
pub use settings::{Names, Settings};

/// Calls as one service. Cheap to clone; clones share connections and token.
#[derive(Clone)]
pub struct Client(Arc<call::Inner>);

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("the request cannot be made: {0}")]
    Request(#[from] http::Error),
    #[error("no connection: {0}")]
    Connect(String),
    /// Whether it was done is not known.
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("it answered {0}, and redirects are not followed")]
    Redirect(http::StatusCode),
    #[error("there was no answer in time")]
    Deadline,
    #[error("the token service gives no token: {0}")]
    Token(String),
    #[error("{0:#}")]
    Settings(#[from] anyhow::Error),
}

impl Client {
    /// Fails when the files do not fit together.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Ok(Self(Arc::new(call::Inner::new(settings)?)))
    }

    /// Any status is an answer, but a redirect.
    pub async fn get(&self, url: &str) -> Result<Response<Bytes>, Error> {
        self.call(Request::get(url).body(Bytes::new())?).await
    }

    /// Sent once: whoever may send it twice says so with an idempotency of their own.
    pub async fn post_json(&self, url: &str, body: &impl serde::Serialize) -> Result<Response<Bytes>, Error> {
        let body = serde_json::to_vec(body).map_err(anyhow::Error::from)?;
        let request =
            Request::builder().method(Method::POST).uri(url.parse::<Uri>().map_err(http::Error::from)?);
        self.call(request.header(http::header::CONTENT_TYPE, "application/json").body(body.into())?).await
    }

    /// Makes a call with the service's token.
    pub async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        self.0.call(request).await
    }
}
