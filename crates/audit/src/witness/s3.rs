//! A bucket as a witness: each checkpoint is an object of its own, locked against everybody (S3 Object Lock, mode COMPLIANCE) and put
//! only where there is none.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>

mod listing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request};
use merkle::{Checkpoint, VerifyingKey};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use platform::clock::Clock;
use platform::config::S3Config;
use platform::secrets::{Secret, SecretStore};
use secrets::Answer;
use secrets::aws::{self, Place, Service};
use sha2::{Digest, Sha256};
use time::format_description::well_known::Rfc3339;
use tokio::sync::Mutex;

use super::{Signed, Witness, internal};
use crate::store;

const LOCK_MODE: &str = "COMPLIANCE";
/// Entries of a list that are looked at: versions of a few keys, if nobody meddles.
const MOST_ENTRIES: usize = 500;

pub struct S3Witness {
    name: String,
    objects: Arc<Objects>,
    pause: Duration,
    known: Mutex<Option<Known>>,
}

/// What this process knows to be there.
struct Known {
    checkpoint: Checkpoint,
    written_at: Instant,
}

impl S3Witness {
    /// None where the settings name no bucket.
    pub fn of(config: &S3Config, secrets: &SecretStore) -> Result<Option<Self>> {
        let Some(name) = config.name() else { return Ok(None) };
        ensure!(config.retention_days > 0, "audit.s3.retention_days is 0");
        Ok(Some(Self {
            name,
            objects: Arc::new(Objects::open(config, secrets)?),
            pause: Duration::from_secs(config.every_seconds.into()),
            known: Mutex::default(),
        }))
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Objects) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let objects = self.objects.clone();
        tokio::task::spawn_blocking(move || work(&objects)).await?
    }
}

#[async_trait::async_trait]
impl Witness for S3Witness {
    fn name(&self) -> &str {
        &self.name
    }

    async fn follow(&self, signed: &Signed) -> Result<Option<u64>> {
        let last = signed.checkpoint(u64::MAX).await.map_err(internal)?;
        let mut known = self.known.lock().await;
        if let (Some(known), Some(last)) = (&*known, &last) {
            let is_early = last.size > known.checkpoint.size && known.written_at.elapsed() < self.pause;
            let is_same = (last.size, last.root) == (known.checkpoint.size, known.checkpoint.root);
            if is_early || is_same {
                return Ok(Some(known.checkpoint.size));
            }
        }
        let key = signed.key.clone();
        let there = self.with(move |objects| objects.latest(&key)).await?;
        let (had, has) = (known.as_ref().map_or(0, |known| known.checkpoint.size), size(there.as_ref()));
        ensure!(has >= had, "it has {has} records and knew {had}: objects are gone");
        // Read anew: another node may have put what was signed since.
        let Some(last) = signed.checkpoint(u64::MAX).await.map_err(internal)? else {
            ensure!(has == 0, "it knows {has} records of a log that has no checkpoint now");
            return Ok(Some(0));
        };
        if let Some(there) = &there {
            check(there, &last, signed).await?;
        }
        let checkpoint =
            Checkpoint { origin: signed.key.name().to_owned(), size: last.size, root: last.root };
        if has < last.size {
            let (key, wanted) = (signed.key.clone(), checkpoint.clone());
            self.with(move |objects| objects.keep(&last, &wanted, &key)).await?;
        }
        let size = checkpoint.size;
        *known = Some(Known { checkpoint, written_at: Instant::now() });
        Ok(Some(size))
    }
}

fn size(checkpoint: Option<&Checkpoint>) -> u64 {
    checkpoint.map_or(0, |checkpoint| checkpoint.size)
}

/// Whether the log grew out of what is there. Nothing is written otherwise.
async fn check(there: &Checkpoint, last: &store::Checkpoint, signed: &Signed) -> Result<()> {
    let (old, new) = (there.size, last.size);
    ensure!(old <= new, "it knows {old} records of a log that has {new} now");
    let proof = signed.consistency(old, new).await.map_err(internal)?;
    let grown = merkle::verify_consistency(old, new, &proof, &there.root, &last.root);
    ensure!(
        grown.is_ok(),
        "the log of {new} records does not grow out of the {old} it knows: history was rewritten"
    );
    Ok(())
}

/// The objects of one log. Everything here blocks.
struct Objects {
    service: Service,
    bucket: String,
    prefix: String,
    retention: time::Duration,
}

impl Objects {
    fn open(config: &S3Config, secrets: &SecretStore) -> Result<Self> {
        let place = Place {
            setting: "audit.s3",
            name: "s3",
            region: &config.region,
            endpoint: &config.endpoint,
            ca_file: &config.ca_file,
        };
        let id = &config.access_key_id;
        let credentials = || {
            if id.is_empty() {
                return aws::from_environment("audit.s3.bucket is set");
            }
            let name = format!("audit-s3-{}", id.to_lowercase());
            let secret = secrets.get(&name)?.map(Secret::from);
            let missing =
                || format!("audit.s3: `cibercase secrets put {name}` has not been given the secret of {id}");
            Ok(aws::kept(id, &secret.with_context(missing)?))
        };
        Ok(Self {
            service: Service::open(&place, credentials)?,
            bucket: config.bucket.clone(),
            prefix: config.prefix.clone(),
            retention: time::Duration::days(config.retention_days.into()),
        })
    }

    /// Lists go by the bytes of keys: the greatest log comes first.
    fn key(&self, checkpoint: &Checkpoint) -> String {
        let Checkpoint { origin, size, .. } = checkpoint;
        format!("{}{origin}/{:020}-{size}", self.prefix, u64::MAX - size)
    }

    /// The greatest checkpoint that was ever put there and is kept, whatever was laid over it. One that we have not signed, or that
    /// is not locked, is an error.
    fn latest(&self, key: &VerifyingKey) -> Result<Option<Checkpoint>> {
        let prefix = format!("{}{}/", self.prefix, key.name());
        let query = format!("max-keys={MOST_ENTRIES}&prefix={}&versions=", encoded(&prefix));
        let answer = self.call(Method::GET, "", &query, &[], String::new())?;
        let list = expect(answer, "a list of objects")?.body;
        let Some(first) = listing::first_version(&list)? else { return Ok(None) };
        let query = format!("versionId={}", encoded(&first.version_id));
        let answer = expect(self.call(Method::GET, &first.key, &query, &[], String::new())?, &first.key)?;
        let mode = answer.headers.get("x-amz-object-lock-mode");
        ensure!(
            mode.is_some_and(|mode| mode == LOCK_MODE),
            "it does not say that {} is locked in mode {LOCK_MODE}",
            first.key
        );
        let text = key.open(&answer.body).with_context(|| format!("{} is not of this log", first.key))?;
        let checkpoint = Checkpoint::read(text).with_context(|| first.key.clone())?;
        ensure!(first.key == self.key(&checkpoint), "{} says something else than its name", first.key);
        Ok(Some(checkpoint))
    }

    /// Puts a checkpoint there, and looks whether it is there and locked.
    fn keep(&self, last: &store::Checkpoint, wanted: &Checkpoint, key: &VerifyingKey) -> Result<()> {
        let until = (Clock::System.now() + self.retention).replace_nanosecond(0)?.format(&Rfc3339)?;
        let sum = STANDARD.encode(Sha256::digest(&last.note));
        let headers = [
            ("content-type", "text/plain; charset=utf-8"),
            ("if-none-match", "*"),
            ("x-amz-checksum-sha256", &sum),
            ("x-amz-object-lock-mode", LOCK_MODE),
            ("x-amz-object-lock-retain-until-date", &until),
            ("x-amz-sdk-checksum-algorithm", "SHA256"),
        ];
        let answer = self.call(Method::PUT, &self.key(wanted), "", &headers, last.note.clone())?;
        // Another node was here before, or is at this moment; what is there now shows.
        if !matches!(answer.status, 409 | 412) {
            expect(answer, "a checkpoint")?;
        }
        let there = self.latest(key)?;
        // A greater one is another node's; the next look compares it.
        let is_there = there.is_some_and(|there| there == *wanted || there.size > wanted.size);
        ensure!(is_there, "what it was given last is not what it has");
        Ok(())
    }

    fn call(
        &self,
        method: Method,
        key: &str,
        query: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer> {
        let path = key.split('/').map(encoded).collect::<Vec<_>>().join("/");
        let mark = if query.is_empty() { "" } else { "?" };
        let uri = format!("{}/{}/{path}{mark}{query}", self.service.endpoint, self.bucket);
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.service.send(request.body(body)?)
    }
}

fn expect(answer: Answer, what: &str) -> Result<Answer> {
    if answer.status == 200 {
        return Ok(answer);
    }
    let reason = listing::reason(&answer.body).unwrap_or_default();
    bail!("it answers {} to {what}: {reason}", answer.status)
}

/// All but the letters that RFC 3986 never encodes.
fn encoded(text: &str) -> String {
    const OTHERS: percent_encoding::AsciiSet =
        NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, &OTHERS).to_string()
}
