//! What a provider publishes of itself: its metadata and its keys, kept for a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sts::ClientKey;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use super::{Failure, Provider};

const KEPT: Duration = Duration::minutes(10);
/// Metadata change about never: while a provider does not answer, those of the last day do.
const STALE: Duration = Duration::days(1);
/// A key that nobody knows is asked for again, but not more often than this.
const LEAST: Duration = Duration::seconds(10);
const MOST_KEYS: usize = 64;

/// OpenID Connect Discovery 1.0, 3; RFC 8414.
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    jwks_uri: String,
    pub userinfo_endpoint: Option<String>,
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    /// RFC 9207.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Map<String, Value>>,
}

/// What is known of a provider in this process.
#[derive(Default)]
pub struct Known {
    metadata: Mutex<Discovered>,
    keys: Mutex<Option<(OffsetDateTime, Arc<Vec<ClientKey>>)>>,
}

#[derive(Default)]
struct Discovered {
    metadata: Option<(OffsetDateTime, Arc<Metadata>)>,
    failed: Option<Instant>,
}

impl Discovered {
    fn younger_than(&self, age: Duration, now: OffsetDateTime) -> Option<Arc<Metadata>> {
        let found = self.metadata.as_ref().filter(|(since, _)| now - *since < age);
        found.map(|(_, metadata)| metadata.clone())
    }
}

impl Provider {
    pub(super) async fn metadata(&self, now: OffsetDateTime) -> Result<Arc<Metadata>, Failure> {
        let came = Instant::now();
        // Whoever comes meanwhile waits for the one answer, and none is asked for anew when it is a failure.
        let mut known = self.known.metadata.lock().await;
        if let Some(metadata) = known.younger_than(KEPT, now) {
            return Ok(metadata);
        }
        if known.failed.is_none_or(|failed| failed < came) {
            match self.discover().await {
                Ok(metadata) => {
                    let metadata = Arc::new(metadata);
                    *known = Discovered { metadata: Some((now, metadata.clone())), failed: None };
                    return Ok(metadata);
                }
                Err(cause) => {
                    tracing::warn!(
                        provider = self.id,
                        error = format!("{cause:#}"),
                        "a provider says nothing of itself"
                    );
                    known.failed = Some(Instant::now());
                }
            }
        }
        let none = || Failure::Unreachable(anyhow!("its metadata cannot be read"));
        known.younger_than(STALE, now).ok_or_else(none)
    }

    async fn discover(&self) -> Result<Metadata> {
        let place = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        self.checked(self.fetch(&place).await?)
    }

    fn checked(&self, metadata: Metadata) -> Result<Metadata> {
        ensure!(metadata.issuer == self.issuer, "it says that its issuer is {:?}", metadata.issuer);
        let is_address = metadata.authorization_endpoint.starts_with("https://");
        ensure!(is_address, "its authorization endpoint is no https address");
        if let Some(methods) = &metadata.code_challenge_methods_supported {
            ensure!(methods.iter().any(|method| method == "S256"), "it does not support PKCE with S256");
        }
        Ok(metadata)
    }

    /// The provider's keys; `is_renewed` asks again because one is missing.
    pub(super) async fn keys(
        &self,
        now: OffsetDateTime,
        is_renewed: bool,
    ) -> Result<Arc<Vec<ClientKey>>, Failure> {
        let metadata = self.metadata(now).await?;
        let mut known = self.known.keys.lock().await;
        let patience = if is_renewed { LEAST } else { KEPT };
        if let Some((_, keys)) = known.as_ref().filter(|(since, _)| now - *since < patience) {
            return Ok(keys.clone());
        }
        let set = self.fetch::<KeySet>(&metadata.jwks_uri).await.map_err(Failure::Unreachable)?;
        let keys = set.keys.iter().take(MOST_KEYS).filter_map(read).collect::<Vec<_>>();
        let keys = Arc::new(keys);
        *known = Some((now, keys.clone()));
        Ok(keys)
    }

    async fn fetch<T: DeserializeOwned>(&self, place: &str) -> Result<T> {
        let answer = self.client.get(place).await.with_context(|| format!("GET {place}"))?;
        ensure!(answer.status().is_success(), "GET {place}: {}", answer.status());
        serde_json::from_slice(answer.body()).with_context(|| format!("GET {place}"))
    }
}

/// A key that we can verify with; others are a provider's own business.
fn read(members: &Map<String, Value>) -> Option<ClientKey> {
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    ClientKey::read_of_provider(&members.iter().filter_map(text).collect::<HashMap<_, _>>()).ok()
}
