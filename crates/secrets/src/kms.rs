//! AWS KMS in the master key's place: it makes the data key and is the only one that opens it again.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html>

use anyhow::{Context, Result, bail, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use platform::config::{KmsConfig, variable};
use serde_json::{Value, json};
use ureq::Agent;
use zeroize::Zeroizing;

use crate::http::{agent, ask, base};
use crate::local::key_of;
use crate::sealed::{Key, KeyWrapper};

pub struct Kms {
    agent: Agent,
    endpoint: String,
    region: String,
    key_id: String,
    credentials: Credentials,
}

impl Kms {
    pub fn open(config: &KmsConfig) -> Result<Self> {
        for (name, value) in [("key_id", &config.key_id), ("region", &config.region)] {
            ensure!(!value.is_empty(), "secrets.kms.{name} is empty");
        }
        let is_region =
            config.region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        ensure!(is_region, "secrets.kms.region: {:?} is no region such as eu-west-1", config.region);
        let own = format!("https://kms.{}.amazonaws.com", config.region);
        let endpoint = if config.endpoint.is_empty() { &own } else { &config.endpoint };
        let needed = |name: &str| {
            variable(name).with_context(|| format!("secrets.provider is aws_kms, and {name} is not set"))
        };
        let (id, secret) = (needed("AWS_ACCESS_KEY_ID")?, needed("AWS_SECRET_ACCESS_KEY")?);
        Ok(Self {
            agent: agent(&config.ca_file)?,
            endpoint: base("secrets.kms.endpoint", endpoint)?,
            region: config.region.clone(),
            key_id: config.key_id.clone(),
            credentials: Credentials::new(id, secret, variable("AWS_SESSION_TOKEN"), None, "environment"),
        })
    }

    fn call(&self, action: &str, body: &Value) -> Result<Value> {
        let request = Request::post(format!("{}/", self.endpoint))
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("X-Amz-Target", format!("TrentService.{action}"));
        let answer = ask(&self.agent, self.signed(request.body(body.to_string())?)?)?;
        let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if answer.status != 200 {
            let reason = said["message"].as_str().or(said["Message"].as_str()).unwrap_or_default();
            let kind = said["__type"].as_str().unwrap_or_default();
            bail!("AWS KMS answered {} to {action}: {kind} {reason}", answer.status);
        }
        Ok(said)
    }

    /// Signature Version 4.
    fn signed(&self, mut request: Request<String>) -> Result<Request<String>> {
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("kms")
            .time(platform::clock::Clock::System.now().into())
            .settings(SigningSettings::default())
            .build()?;
        let headers =
            request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers,
            SignableBody::Bytes(request.body().as_bytes()),
        )?;
        let (instructions, _) = sign(signable, &params.into())?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// Said with every call and written to the log of AWS: a data key of something else does not open.
fn context() -> Value {
    json!({ "application": "cibercase" })
}

impl KeyWrapper for Kms {
    fn name(&self) -> &'static str {
        "aws_kms"
    }

    fn make(&self) -> Result<(Key, String)> {
        let wanted = json!({ "KeyId": self.key_id, "KeySpec": "AES_256", "EncryptionContext": context() });
        let made = self.call("GenerateDataKey", &wanted)?;
        let sealed = made["CiphertextBlob"].as_str().context("AWS KMS gave no sealed key")?.to_owned();
        Ok((plain_key(&made)?, sealed))
    }

    fn unwrap(&self, sealed: &str) -> Result<Key> {
        let wanted =
            json!({ "KeyId": self.key_id, "CiphertextBlob": sealed, "EncryptionContext": context() });
        plain_key(&self.call("Decrypt", &wanted)?)
    }
}

fn plain_key(answer: &Value) -> Result<Key> {
    let plain = answer["Plaintext"].as_str().context("AWS KMS gave no key")?;
    key_of(&Zeroizing::new(STANDARD.decode(plain).context("AWS KMS gave a key that is no base64")?))
}
