//! What comes while the database is away: appended to a file and fsynced before the sender hears "spooled", replayed in
//! order when the database is back.
//!
//! A record is a line of JSON (source, time, sizes, checksum) followed by the body. A torn record at the end of the
//! file, from a crash in the middle of a write nobody got an answer for, is left out. The place up to which records are
//! replayed is kept beside the file; a crash between a replay and that note replays once more, which the delivery key
//! turns into a duplicate.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use platform::App;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use vocab::SourceId;

use crate::pipeline::Intake;
use crate::reading::Arrival;

/// Records replayed between two notes of the place.
const RUN: usize = 256;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    source: SourceId,
    received_at: i128,
    content_type: Option<String>,
    bytes: usize,
    checksum: String,
}

/// One spooled delivery.
#[derive(Debug)]
pub struct Record {
    pub source: SourceId,
    pub received_at: OffsetDateTime,
    pub content_type: Option<String>,
    pub body: Bytes,
    /// Where the next record begins.
    end: u64,
}

/// The spool of one process; another process on the same directory takes another file.
#[derive(Debug)]
pub struct Spool {
    file: Mutex<Tail>,
    place: PathBuf,
    path: PathBuf,
    limit: u64,
    items: AtomicU64,
    bytes: AtomicU64,
}

#[derive(Debug)]
struct Tail {
    file: File,
    length: u64,
    replayed: u64,
}

impl Spool {
    /// Opens the first spool file that no other process holds.
    pub fn open(directory: &Path, limit: u64) -> Result<Self> {
        let cannot = || format!("cannot open the spool in {}", directory.display());
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(cannot)?;
        for number in 0..64 {
            let path = directory.join(format!("spool-{number}"));
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false).mode(0o600);
            let file = file.open(&path).with_context(cannot)?;
            match file.try_lock() {
                Ok(()) => {
                    // A new file's name has to survive a power cut too.
                    File::open(directory).and_then(|directory| directory.sync_all()).with_context(cannot)?;
                    return Self::with(file, path, limit);
                }
                Err(std::fs::TryLockError::WouldBlock) => {}
                Err(std::fs::TryLockError::Error(error)) => return Err(error).with_context(cannot),
            }
        }
        anyhow::bail!("64 processes hold spool files in {} already", directory.display())
    }

    fn with(file: File, path: PathBuf, limit: u64) -> Result<Self> {
        let place = path.with_extension("place");
        let replayed =
            std::fs::read_to_string(&place).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        let spool = Self {
            file: Mutex::new(Tail { file, length: 0, replayed }),
            place,
            path,
            limit,
            items: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        };
        spool.recover()?;
        Ok(spool)
    }

    /// Counts whole records and cuts a torn one off.
    fn recover(&self) -> Result<()> {
        let mut tail = self.lock();
        let length = tail.file.metadata()?.len();
        // A place behind the end is from before the file was emptied.
        if tail.replayed > length {
            tail.replayed = 0;
        }
        let (mut at, mut items) = (tail.replayed, 0);
        while let Some(record) = read_at(&self.path, at)? {
            at = record.end;
            items += 1;
        }
        if at < length {
            tracing::warn!(bytes = length - at, "the end of the spool is torn and is left out");
        }
        tail.file.set_len(at)?;
        tail.length = at;
        self.items.store(items, Ordering::Release);
        self.bytes.store(at - tail.replayed, Ordering::Release);
        Ok(())
    }

    /// Whether anything waits: then what comes goes behind it, so that the order holds.
    pub fn is_waiting(&self) -> bool {
        self.items.load(Ordering::Acquire) > 0
    }

    pub fn items(&self) -> u64 {
        self.items.load(Ordering::Acquire)
    }

    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Acquire)
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Appends a delivery and waits until the disk has it. Blocking.
    pub fn append(&self, arrival: &Arrival) -> Result<()> {
        let header = Header {
            source: arrival.source.id,
            received_at: arrival.received_at.unix_timestamp_nanos(),
            content_type: arrival.content_type.clone(),
            bytes: arrival.body.len(),
            checksum: checksum(&arrival.body),
        };
        let mut record = serde_json::to_vec(&header)?;
        record.push(b'\n');
        record.extend_from_slice(&arrival.body);
        let mut tail = self.lock();
        let size = u64::try_from(record.len())?;
        let waiting = tail.length - tail.replayed;
        ensure!(waiting + size <= self.limit, "the spool is full");
        let written = tail.file.write_all_at(&record, tail.length).and_then(|()| tail.file.sync_data());
        if let Err(error) = written {
            // Nobody got an answer for it: cut off what may stand there.
            let _ = tail.file.set_len(tail.length);
            return Err(error).context("the spool cannot be written");
        }
        tail.length += size;
        self.items.fetch_add(1, Ordering::AcqRel);
        self.bytes.store(tail.length - tail.replayed, Ordering::Release);
        Ok(())
    }

    /// The next records to replay, at most [`RUN`]. Blocking.
    pub fn next(&self) -> Result<Vec<Record>> {
        let (mut at, length) = {
            let tail = self.lock();
            (tail.replayed, tail.length)
        };
        let mut records = Vec::new();
        while records.len() < RUN && at < length {
            let Some(record) = read_at(&self.path, at)? else { break };
            at = record.end;
            records.push(record);
        }
        Ok(records)
    }

    /// Notes that everything before the end of `last` is replayed; an empty spool gives its room back. Blocking.
    pub fn note(&self, last: &Record, count: usize) -> Result<()> {
        let mut tail = self.lock();
        let is_all = last.end >= tail.length;
        // The place first: should we end between the two, everything is replayed again, as duplicates. The other way
        // round, the place would point into the middle of later records.
        self.write_place(if is_all { 0 } else { last.end })?;
        if is_all {
            tail.file.set_len(0)?;
            (tail.length, tail.replayed) = (0, 0);
        } else {
            tail.replayed = last.end;
        }
        self.items.fetch_sub(u64::try_from(count)?, Ordering::AcqRel);
        self.bytes.store(tail.length - tail.replayed, Ordering::Release);
        Ok(())
    }

    fn write_place(&self, place: u64) -> Result<()> {
        let draft = self.place.with_extension("draft");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        write!(file, "{place}")?;
        file.sync_data()?;
        std::fs::rename(&draft, &self.place)?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.file.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn checksum(body: &[u8]) -> String {
    Sha256::digest(body).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The record at a place; none at the end or where it is torn.
fn read_at(path: &Path, at: u64) -> Result<Option<Record>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(at))?;
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let taken = reader.by_ref().take(64 * 1024).read_until(b'\n', &mut line)?;
    let Ok(header) = serde_json::from_slice::<Header>(&line) else { return Ok(None) };
    let mut body = Vec::new();
    reader.take(u64::try_from(header.bytes)?).read_to_end(&mut body)?;
    if body.len() != header.bytes || checksum(&body) != header.checksum {
        return Ok(None);
    }
    Ok(Some(Record {
        source: header.source,
        received_at: OffsetDateTime::from_unix_timestamp_nanos(header.received_at)?,
        content_type: header.content_type,
        end: at + u64::try_from(taken + body.len())?,
        body: Bytes::from(body),
    }))
}

/// Replays whatever waits as soon as the database is there.
pub fn start_replay(intake: &Arc<Intake>, app: &App, running: &mut JoinSet<()>) {
    let (intake, app) = (intake.clone(), app.clone());
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(async move {
        loop {
            if !intake.spool.is_waiting() {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
            if let Err(error) = replay(&intake, &app).await {
                tracing::warn!(?error, waiting = intake.spool.items(), "the spool waits for the database");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    });
}

async fn replay(intake: &Arc<Intake>, app: &App) -> Result<()> {
    // One small question first: a database that is away should not cost a time-out for each record.
    sqlx::query!("select 1 as one").fetch_one(app.db.pool()).await?;
    let reader = intake.clone();
    let records = tokio::task::spawn_blocking(move || reader.spool.next()).await??;
    crate::http::replay(app, intake, &records).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let noter = intake.clone();
    tokio::task::spawn_blocking(move || match records.last() {
        Some(last) => noter.spool.note(last, records.len()),
        None => Ok(()),
    })
    .await?
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::registry::SourceRecord;
    use crate::sources::SourceKind;

    fn arrival(body: &str) -> Arrival {
        let source = SourceRecord {
            id: SourceId::new(),
            name: Arc::from("SIEM"),
            kind: SourceKind::Generic,
            is_enabled: true,
            zone: None,
            storm_limit: None,
            organizations: HashMap::new(),
        };
        Arrival {
            source: Arc::new(source),
            body: Bytes::copy_from_slice(body.as_bytes()),
            content_type: None,
            received_at: OffsetDateTime::UNIX_EPOCH,
            ip: None,
            request_id: None,
        }
    }

    fn bodies(spool: &Spool) -> Result<Vec<String>> {
        let records = spool.next()?;
        Ok(records.iter().map(|record| String::from_utf8_lossy(&record.body).into_owned()).collect())
    }

    #[test]
    fn what_was_noted_is_not_replayed_again_and_what_follows_is() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let spool = Spool::open(directory.path(), 10_000)?;
        for body in ["one", "two", "three"] {
            spool.append(&arrival(body))?;
        }
        let records = spool.next()?;
        if let Some(first) = records.first() {
            spool.note(first, 1)?;
        }
        drop(spool);
        let spool = Spool::open(directory.path(), 10_000)?;
        assert_eq!((bodies(&spool)?, spool.items()), (vec!["two".to_owned(), "three".to_owned()], 2));
        let records = spool.next()?;
        if let Some(last) = records.last() {
            spool.note(last, records.len())?;
        }
        assert_eq!((spool.items(), spool.bytes(), spool.is_waiting()), (0, 0, false));
        spool.append(&arrival("four"))?;
        drop(spool);
        let spool = Spool::open(directory.path(), 10_000)?;
        assert_eq!(bodies(&spool)?, ["four"]);
        Ok(())
    }

    #[test]
    fn a_place_from_before_the_file_was_emptied_hides_nothing() -> Result<()> {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("spool-0.place"), "5000")?;
        let spool = Spool::open(directory.path(), 10_000)?;
        spool.append(&arrival("one"))?;
        assert_eq!(bodies(&spool)?, ["one"]);
        drop(spool);
        let spool = Spool::open(directory.path(), 10_000)?;
        assert_eq!((bodies(&spool)?, spool.items()), (vec!["one".to_owned()], 1));
        Ok(())
    }

    #[test]
    fn a_torn_or_changed_record_ends_the_spool_and_the_next_takes_its_place() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("spool-0");
        let spool = Spool::open(directory.path(), 10_000)?;
        spool.append(&arrival("one"))?;
        spool.append(&arrival("two"))?;
        drop(spool);
        let mut bytes = std::fs::read(&file)?;
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        std::fs::write(&file, &bytes)?;
        let spool = Spool::open(directory.path(), 10_000)?;
        assert_eq!(bodies(&spool)?, ["one"]);
        spool.append(&arrival("three"))?;
        assert_eq!(bodies(&spool)?, ["one", "three"]);
        Ok(())
    }

    #[test]
    fn two_processes_hold_two_files() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let (one, two) = (Spool::open(directory.path(), 10_000)?, Spool::open(directory.path(), 10_000)?);
        one.append(&arrival("one"))?;
        assert_eq!((one.items(), two.items()), (1, 0));
        Ok(())
    }
}
