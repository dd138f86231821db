//! A call: a token, a connection, an answer, and what is repeated for it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::{Client as Pooled, Error as PoolError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::connect::{ConnectError, Connector};
use crate::identity::Identity;
use crate::settings::Settings;
use crate::token::{self, Token};
use crate::{Error, retry};

pub type Pool = Pooled<Connector, Full<Bytes>>;

pub struct Inner {
    settings: Arc<Settings>,
    standing: Mutex<Standing>,
}

/// Connections of one certificate, and the token that is bound to it.
struct Standing {
    pool: Pool,
    digest: [u8; 32],
    token: Option<Token>,
}

impl Inner {
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let settings = Arc::new(settings);
        let standing = Mutex::new(Standing::of(&settings, Identity::read(&settings)?));
        Ok(Self { settings, standing })
    }

    pub async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        // Nothing is asked of anybody, the token service included, for what may not be called.
        self.settings.egress.admit(request.uri())?;
        let tried = self.try_often(request);
        tokio::time::timeout(self.settings.deadline, tried).await.map_err(|_| Error::Deadline)?
    }

    async fn try_often(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        let mut refused = None;
        let mut attempt = 0;
        loop {
            let outcome = self.try_once(request.clone(), refused.as_deref()).await;
            let (token, outcome) = match outcome {
                Ok((token, answer)) => (token, Ok(answer)),
                Err(error) => (None, Err(error)),
            };
            let is_unauthorized =
                outcome.as_ref().is_ok_and(|answer| answer.status() == StatusCode::UNAUTHORIZED);
            if is_unauthorized && token.is_some() && refused.is_none() {
                // Nothing was done; the token may have been revoked, or its certificate renewed.
                refused = token;
                continue;
            }
            attempt += 1;
            let may_repeat = retry::is_idempotent(request.method()) && attempt < self.settings.attempts;
            match retry::is_passing(&outcome).filter(|_| may_repeat) {
                Some(least) => tokio::time::sleep(least.max(retry::wait(attempt - 1, rand::random()))).await,
                None => return outcome,
            }
        }
    }

    async fn try_once(
        &self,
        mut request: Request<Bytes>,
        refused: Option<&str>,
    ) -> Result<(Option<String>, Response<Bytes>), Error> {
        if !self.settings.shows_token_to(request.uri()) {
            let pool = self.standing.lock().await.pool.clone();
            return Ok((None, exchange(&pool, request, self.settings.answer_bytes).await?));
        }
        let (pool, token) = self.ready(refused).await?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(http::Error::from)?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        let answer = exchange(&pool, request, self.settings.answer_bytes).await?;
        Ok((Some(token), answer))
    }

    /// Connections and a token that goes with them, renewed ahead of its end and when it was refused.
    async fn ready(&self, refused: Option<&str>) -> Result<(Pool, String), Error> {
        let mut standing = self.standing.lock().await;
        let now = Instant::now();
        let kept = standing.token.as_ref().filter(|token| refused != Some(token.text.as_str()));
        if let Some(token) = kept.filter(|token| now < token.renew_at) {
            return Ok((standing.pool.clone(), token.text.clone()));
        }
        let still_good = kept.filter(|token| now < token.expires_at).map(|token| token.text.clone());
        match standing.renew(&self.settings).await {
            Ok(text) => Ok((standing.pool.clone(), text)),
            Err(error) => {
                let Some(text) = still_good else { return Err(error) };
                tracing::warn!(%error, "the token could not be renewed; the one before is good for a while");
                Ok((standing.pool.clone(), text))
            }
        }
    }
}

impl Standing {
    fn of(settings: &Arc<Settings>, identity: Identity) -> Self {
        let connector = Connector { settings: settings.clone(), config: identity.config };
        let pool = Pooled::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Self { pool, digest: identity.digest, token: None }
    }

    /// Takes changed files up first: connections and token are of the same certificate.
    async fn renew(&mut self, settings: &Arc<Settings>) -> Result<String, Error> {
        match Identity::read(settings) {
            Ok(identity) if identity.digest != self.digest => *self = Self::of(settings, identity),
            Ok(_) => {}
            Err(error) => tracing::warn!(?error, "changed files are not taken up; the ones before stay"),
        }
        let token = token::fetch(settings, &self.pool).await?;
        let text = token.text.clone();
        self.token = Some(token);
        Ok(text)
    }
}

/// One request, one answer, read whole.
pub async fn exchange(pool: &Pool, request: Request<Bytes>, most: usize) -> Result<Response<Bytes>, Error> {
    let answer = pool.request(request.map(Full::new)).await.map_err(told)?;
    let status = answer.status();
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        return Err(Error::Redirect(status));
    }
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, most).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { Error::TooLong(most) } else { Error::Broken(error.to_string()) }
    })?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}

fn told(error: PoolError) -> Error {
    let is_connect = error.is_connect();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    let mut last = error.to_string();
    while let Some(found) = cause {
        if let Some(ConnectError::Refused(refused)) = found.downcast_ref::<ConnectError>() {
            return Error::Refused(refused.clone());
        }
        last = found.to_string();
        cause = found.source();
    }
    if is_connect { Error::Connect(last) } else { Error::Broken(last) }
}
