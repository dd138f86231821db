//! A code for a token, and a token for what it says of a person.

use anyhow::{Context, anyhow, ensure};
use base64::Engine;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use serde::Deserialize;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::discovery::Metadata;
use super::id_token::{self, Claims, Expected, Person, Verdict};
use super::{Failure, Provider};

/// Core 1.0, 3.1.3.3.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

/// RFC 6749, 5.2.
#[derive(Deserialize)]
struct Complaint {
    error: String,
}

/// Core 1.0, 5.3.2.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    person: Person,
}

impl Provider {
    /// Whom the provider vouches for with this code.
    pub(super) async fn redeem(
        &self,
        code: &str,
        verifier: &str,
        nonce: &str,
        now: OffsetDateTime,
    ) -> Result<Box<Claims>, Failure> {
        let metadata = self.metadata(now).await?;
        let tokens = self.tokens(&metadata, code, verifier).await?;
        let mut claims = self.verified(&tokens.id_token, nonce, now).await?;
        // Some providers put what a scope asks for into userinfo alone (Core 1.0, 5.4).
        if let (None, Some(place), Some(token)) =
            (&claims.person.email, &metadata.userinfo_endpoint, &tokens.access_token)
        {
            let info = self.user_info(place, token).await.map_err(Failure::Unreachable)?;
            if info.sub != claims.sub {
                return Err(Failure::Refused("userinfo"));
            }
            claims.person = info.person;
        }
        Ok(claims)
    }

    async fn verified(&self, token: &str, nonce: &str, now: OffsetDateTime) -> Result<Box<Claims>, Failure> {
        let expected = Expected { issuer: &self.issuer, client_id: &self.client_id, nonce, now };
        let mut verdict = id_token::verify(token, &self.keys(now, false).await?, &expected);
        if matches!(verdict, Verdict::UnknownKey) {
            verdict = id_token::verify(token, &self.keys(now, true).await?, &expected);
        }
        match verdict {
            Verdict::Holds(claims) => Ok(claims),
            Verdict::UnknownKey => Err(Failure::Refused("key")),
            Verdict::Fails(reason) => Err(Failure::Refused(reason)),
        }
    }

    async fn tokens(&self, metadata: &Metadata, code: &str, verifier: &str) -> Result<Tokens, Failure> {
        let request = self.token_request(metadata, code, verifier).map_err(Failure::Unreachable)?;
        let answer = self.client.call(request).await.context("the token endpoint");
        let answer = answer.map_err(Failure::Unreachable)?;
        if answer.status().is_success() {
            let tokens = serde_json::from_slice(answer.body()).context("the token endpoint's answer");
            return tokens.map_err(Failure::Unreachable);
        }
        Err(complained(&answer))
    }

    fn token_request(
        &self,
        metadata: &Metadata,
        code: &str,
        verifier: &str,
    ) -> anyhow::Result<Request<Bytes>> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("code_verifier", verifier);
        let mut request = Request::post(&metadata.token_endpoint)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        let takes = |method: &str| match &metadata.token_endpoint_auth_methods_supported {
            None => method == "client_secret_basic",
            Some(methods) => methods.iter().any(|known| known == method),
        };
        if takes("client_secret_basic") {
            request = request.header(header::AUTHORIZATION, self.basic()?);
        } else {
            ensure!(takes("client_secret_post"), "its token endpoint takes no client secret");
            form.append_pair("client_id", &self.client_id).append_pair("client_secret", &self.secret);
        }
        Ok(request.body(form.finish().into())?)
    }

    /// RFC 6749, 2.3.1: both halves are form-encoded first.
    fn basic(&self) -> anyhow::Result<HeaderValue> {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = Zeroizing::new(format!("{}:{}", encode(&self.client_id), encode(&self.secret)));
        let text = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
        let mut value = HeaderValue::try_from(format!("Basic {text}"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn user_info(&self, place: &str, token: &str) -> anyhow::Result<UserInfo> {
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}"))?;
        bearer.set_sensitive(true);
        let request = Request::get(place).header(header::AUTHORIZATION, bearer).body(Bytes::new())?;
        let answer = self.client.call(request).await.context("the userinfo endpoint")?;
        ensure!(answer.status().is_success(), "the userinfo endpoint: {}", answer.status());
        serde_json::from_slice(answer.body()).context("the userinfo endpoint's answer")
    }
}

/// A code that is none is the browser's fault; anything else is the provider's, or our settings'.
fn complained(answer: &Response<Bytes>) -> Failure {
    let complaint = serde_json::from_slice::<Complaint>(answer.body()).ok();
    let error = complaint.map(|complaint| complaint.error).unwrap_or_default();
    if error == "invalid_grant" {
        return Failure::Refused("code");
    }
    let error: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
    Failure::Unreachable(anyhow!("the token endpoint: {} {error}", answer.status()))
}
