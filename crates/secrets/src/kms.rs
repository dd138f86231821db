//! AWS KMS in the master key's place: it makes the data key and is the only one that opens it again.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html>

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use platform::config::KmsConfig;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::aws::{Place, Service, from_environment};
use crate::local::key_of;
use crate::sealed::{Key, KeyWrapper};

pub struct Kms {
    service: Service,
    key_id: String,
}

impl Kms {
    pub fn open(config: &KmsConfig) -> Result<Self> {
        ensure!(!config.key_id.is_empty(), "secrets.kms.key_id is empty");
        let place = Place {
            setting: "secrets.kms",
            name: "kms",
            region: &config.region,
            endpoint: &config.endpoint,
            ca_file: &config.ca_file,
        };
        let credentials = || from_environment("secrets.provider is aws_kms");
        Ok(Self { service: Service::open(&place, credentials)?, key_id: config.key_id.clone() })
    }

    fn call(&self, action: &str, body: &Value) -> Result<Value> {
        let request = Request::post(format!("{}/", self.service.endpoint))
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("X-Amz-Target", format!("TrentService.{action}"));
        let answer = self.service.send(request.body(body.to_string())?)?;
        let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if answer.status != 200 {
            let reason = said["message"].as_str().or(said["Message"].as_str()).unwrap_or_default();
            let kind = said["__type"].as_str().unwrap_or_default();
            bail!("AWS KMS answered {} to {action}: {kind} {reason}", answer.status);
        }
        Ok(said)
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
