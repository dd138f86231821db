//! A bucket as a witness: each checkpoint is an object of its own, locked against everybody (S3 Object Lock, mode COMPLIANCE) and put
//! only where there is none, under a name that nobody else can make.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>

mod listing;
mod names;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request};
use merkle::Checkpoint;
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
use crate::{key, store};

use listing::{Page, Version};
use names::Names;

const LOCK_MODE: &str = "COMPLIANCE";
/// Entries of a page. Names are of 3 KB at most as they are written there, and an answer of a megabyte is read.
const MOST_ENTRIES: usize = 200;
/// Pages that are looked at; one, if nobody meddles.
const MOST_PAGES: usize = 50;
/// For all of them: who is told next waits for it.
const LISTING: Duration = Duration::from_secs(20);

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
        let there = self.with(Objects::latest).await?;
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
            let wanted = checkpoint.clone();
            self.with(move |objects| objects.keep(&last, &wanted)).await?;
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
    names: Names,
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
            names: Names::of(&config.prefix, key::open(secrets)?),
            retention: time::Duration::days(config.retention_days.into()),
        })
    }

    /// The greatest checkpoint that was ever put there and is kept, whatever was laid over it. What stands under one of our names
    /// and is not signed by us, or not locked, is an error; what others put beside it is theirs.
    fn latest(&self) -> Result<Option<Checkpoint>> {
        let Some(first) = self.first_version()? else { return Ok(None) };
        let query = format!("versionId={}", encoded(&first.version_id));
        let answer = expect(self.call(Method::GET, &first.key, &query, &[], String::new())?, &first.key)?;
        let mode = answer.headers.get("x-amz-object-lock-mode");
        ensure!(
            mode.is_some_and(|mode| mode == LOCK_MODE),
            "it does not say that {} is locked in mode {LOCK_MODE}",
            first.key
        );
        let key = self.names.key();
        let text = key.open(&answer.body).with_context(|| format!("{} is not of this log", first.key))?;
        let checkpoint = Checkpoint::read(text).with_context(|| first.key.clone())?;
        let is_named = checkpoint.origin == key.name() && first.key == self.names.name(checkpoint.size)?;
        ensure!(is_named, "{} says something else than its name", first.key);
        Ok(Some(checkpoint))
    }

    /// The first version ever put under the first of our names that has one. Newer ones are laid over it, and marks of deletion hide
    /// it; neither takes it away.
    fn first_version(&self) -> Result<Option<Version>> {
        let (began, mut found, mut after) = (Instant::now(), None::<Version>, None::<Version>);
        for _ in 0..MOST_PAGES {
            ensure!(began.elapsed() < LISTING, "listing its objects takes too long");
            let page = self.page(after.as_ref())?;
            for version in page.versions {
                let is_it = match &found {
                    Some(found) => found.key == version.key,
                    None => self.names.is_ours(&version.key),
                };
                if is_it {
                    found = Some(version);
                }
            }
            // Lists go by names: what begins behind it has no version of it.
            let is_behind = |next: &Version| found.as_ref().is_some_and(|found| found.key != next.key);
            if page.next.as_ref().is_none_or(is_behind) {
                let is_versioned = found.as_ref().is_none_or(|found| !found.version_id.is_empty());
                ensure!(is_versioned, "its objects have no versions: it has no Object Lock");
                return Ok(found);
            }
            after = page.next;
        }
        let most = MOST_PAGES * MOST_ENTRIES;
        bail!("the first {most} entries of its list are of others, or lie over ours: more are not looked at")
    }

    fn page(&self, after: Option<&Version>) -> Result<Page> {
        let prefix = encoded(&self.names.prefix);
        let mut query = format!("encoding-type=url&max-keys={MOST_ENTRIES}&prefix={prefix}&versions=");
        if let Some(Version { key, version_id }) = after {
            query += &format!("&key-marker={}", encoded(key));
            if !version_id.is_empty() {
                query += &format!("&version-id-marker={}", encoded(version_id));
            }
        }
        let answer = self.call(Method::GET, "", &query, &[], String::new())?;
        listing::page(&expect(answer, "a list of objects")?.body)
    }

    /// Puts a checkpoint there, and looks whether it is there and locked.
    fn keep(&self, last: &store::Checkpoint, wanted: &Checkpoint) -> Result<()> {
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
        let name = self.names.name(wanted.size)?;
        let answer = self.call(Method::PUT, &name, "", &headers, last.note.clone())?;
        // Another node was here before, or is at this moment; what is there now shows.
        if !matches!(answer.status, 409 | 412) {
            expect(answer, "a checkpoint")?;
        }
        let there = self.latest()?;
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
