//! What was accepted and is not kept yet: segments of records on disk, appended by listeners, read in order by the
//! consumer, removed when everything in them is kept.
//!
//! A position counts bytes since the spool began; a segment's name is the position it begins at. Bytes are written at
//! once, so that the end of the process loses nothing, and synced in groups, so that the end of the machine loses no more
//! than a moment. The consumer reads only what is synced: what it has kept is never written anew at the same position.

mod record;
mod segments;
mod trouble;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

pub use record::{Batch, Origin, Record, Transport};
pub use trouble::SpoolProblem;
use trouble::Trouble;

/// Processes on one data directory at the same time, each with a spool of its own.
const MOST_SPOOLS: usize = 64;
/// Between two syncs: what comes meanwhile shares the next one.
const SYNC_EVERY: Duration = Duration::from_millis(20);
const LARGEST_SEGMENT: u64 = 64 * 1024 * 1024;

/// Why a batch was not taken.
#[derive(Debug)]
pub enum Refusal {
    /// As much waits as may.
    Full,
    /// The disk does not take it.
    Disk,
}

pub struct Spool {
    /// Of this directory's content: positions mean nothing elsewhere.
    pub id: Uuid,
    pub limit: u64,
    directory: PathBuf,
    segment_bytes: u64,
    writer: Mutex<Writer>,
    segments: Mutex<BTreeSet<u64>>,
    /// Everything before it is kept.
    kept: AtomicU64,
    end: AtomicU64,
    synced: watch::Sender<u64>,
    appended: Notify,
    freed: Notify,
    writing: Trouble,
    syncing: Trouble,
    _lock: File,
}

struct Writer {
    file: Arc<File>,
    /// Full segments whose bytes are not synced yet: who receives does not wait for those at a segment's end.
    full: Vec<Arc<File>>,
    base: u64,
    length: u64,
}

impl Spool {
    /// Opens the first spool under `directory` that no other process holds. Blocking.
    pub fn open(directory: &Path, limit: u64) -> Result<Self> {
        for number in 0..MOST_SPOOLS {
            if let Some(spool) = Self::open_at(&directory.join(number.to_string()), limit)? {
                return Ok(spool);
            }
        }
        bail!("{MOST_SPOOLS} processes hold spools in {} already", directory.display())
    }

    /// Spools with something in them that a process left behind. Blocking.
    pub fn stranded(directory: &Path, limit: u64) -> Vec<Self> {
        let paths = (0..MOST_SPOOLS).map(|number| directory.join(number.to_string()));
        let mut found = Vec::new();
        for path in paths.filter(|path| path.exists()) {
            // One that cannot be opened holds up none of the others.
            match Self::open_at(&path, limit) {
                Ok(opened) => found.extend(opened.filter(|spool| spool.bytes() > 0)),
                Err(error) => {
                    tracing::warn!(cause = format!("{error:#}"), "a spool left behind cannot be read")
                }
            }
        }
        found
    }

    fn open_at(directory: &Path, limit: u64) -> Result<Option<Self>> {
        let cannot = || format!("cannot open the spool in {}", directory.display());
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(cannot)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(directory.join("lock")).with_context(cannot)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self::with(directory, limit, lock).with_context(cannot)?)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error).with_context(cannot),
        }
    }

    fn with(directory: &Path, limit: u64, lock: File) -> Result<Self> {
        let id = segments::identity(directory)?;
        let mut known = segments::list(directory)?;
        let base = known.last().copied().unwrap_or_default();
        known.insert(base);
        let file = segments::create(directory, base)?;
        let length = segments::recover(&file)?;
        let (first, end) = (known.first().copied().unwrap_or(base), base + length);
        Ok(Self {
            id,
            limit,
            directory: directory.to_owned(),
            segment_bytes: (limit / 8).clamp(64 * 1024, LARGEST_SEGMENT),
            writer: Mutex::new(Writer { file: Arc::new(file), full: Vec::new(), base, length }),
            segments: Mutex::new(known),
            kept: AtomicU64::new(first),
            end: AtomicU64::new(end),
            synced: watch::Sender::new(end),
            appended: Notify::new(),
            freed: Notify::new(),
            writing: Trouble::with("writing"),
            syncing: Trouble::with("syncing"),
            _lock: lock,
        })
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> u64 {
        self.end().saturating_sub(self.kept.load(Ordering::Acquire))
    }

    /// Where the next record will stand.
    pub fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// The first position that is still there.
    pub fn first(&self) -> u64 {
        lock(&self.segments).first().copied().unwrap_or_default()
    }

    /// Why the disk does not take anything, while that is so.
    pub fn problem(&self) -> Option<SpoolProblem> {
        self.writing.now().or_else(|| self.syncing.now())
    }

    /// Appends records, all or none. Blocking for as long as the disk takes.
    pub fn append(&self, batch: &Batch) -> Result<(), Refusal> {
        let size = batch.bytes.len() as u64;
        let mut writer = lock(&self.writer);
        let waiting = self.bytes();
        // What is larger than the whole would wait for ever: it is taken when nothing else waits.
        if waiting > 0 && waiting + size > self.limit {
            return Err(Refusal::Full);
        }
        let written = self.write(&mut writer, &batch.bytes);
        self.writing.note(&written);
        match written {
            Ok(()) => {
                self.end.store(writer.base + writer.length, Ordering::Release);
                drop(writer);
                self.appended.notify_one();
                Ok(())
            }
            Err(error) => {
                // Nobody has read it: cut off what may stand there.
                let _ = writer.file.set_len(writer.length);
                // What is kept gives its room back only as a segment of its own, which nobody holds open.
                if trouble::is_full(&error) && writer.length > 0 {
                    let base = writer.base + writer.length;
                    let _ = self.begin(&mut writer, base);
                    self.appended.notify_one();
                }
                Err(Refusal::Disk)
            }
        }
    }

    fn write(&self, writer: &mut MutexGuard<'_, Writer>, bytes: &[u8]) -> std::io::Result<()> {
        if writer.length > 0 && writer.length + bytes.len() as u64 > self.segment_bytes {
            let base = writer.base + writer.length;
            self.begin(writer, base)?;
        }
        writer.file.write_all_at(bytes, writer.length)?;
        writer.length += bytes.len() as u64;
        Ok(())
    }

    fn begin(&self, writer: &mut Writer, base: u64) -> std::io::Result<()> {
        let file = Arc::new(segments::create(&self.directory, base)?);
        lock(&self.segments).insert(base);
        let full = std::mem::replace(&mut writer.file, file);
        writer.full.push(full);
        (writer.base, writer.length) = (base, 0);
        Ok(())
    }

    /// Waits until there may be room again.
    pub async fn room(&self) {
        let _ = tokio::time::timeout(Duration::from_millis(200), self.freed.notified()).await;
    }

    /// Syncs what was appended, in groups, for ever.
    pub async fn keep_synced(self: Arc<Self>) {
        loop {
            self.appended.notified().await;
            let spool = self.clone();
            // What the disk refuses is told by `sync` itself.
            if let Err(error) = tokio::task::spawn_blocking(move || spool.sync()).await {
                tracing::error!(%error, "syncing the spool of log lines ended in the middle");
            }
            tokio::time::sleep(SYNC_EVERY).await;
        }
    }

    /// Waits for the disk, then lets the consumer read what was appended before. Blocking.
    pub fn sync(&self) -> std::io::Result<()> {
        let (full, current, end) = {
            let mut writer = lock(&self.writer);
            // The current segment may be full before its sync ends, with more in it than was synced: it comes again then.
            (std::mem::take(&mut writer.full), writer.file.clone(), writer.base + writer.length)
        };
        // Each of them, also behind one that fails.
        let outcomes = full.iter().chain([&current]).map(|file| file.sync_data()).collect::<Vec<_>>();
        let synced = outcomes.into_iter().collect::<std::io::Result<()>>();
        self.syncing.note(&synced);
        // What a failed sync leaves in doubt is read all the sooner.
        self.synced.send_if_modified(|known| {
            let is_news = end > *known;
            *known = end.max(*known);
            is_news
        });
        synced
    }

    /// Waits until something stands behind `position`.
    pub async fn wait_for_more(&self, position: u64) {
        // The sender is our own: it cannot be gone.
        let _ = self.synced.subscribe().wait_for(|synced| *synced > position).await;
    }

    /// Records from `position` on, up to `most_bytes` of them. Blocking.
    pub fn read(&self, position: u64, most: usize, most_bytes: usize) -> Result<Vec<Record>> {
        let until = *self.synced.borrow();
        let bases = lock(&self.segments).clone();
        segments::read(&self.directory, &bases, position..until, most, most_bytes)
    }

    /// Where reading goes on behind a damaged record: at the next one, or where that cannot be told at the next segment, or
    /// at the end. Blocking.
    pub fn behind_damage(&self, position: u64) -> u64 {
        let (bases, until) = (lock(&self.segments).clone(), *self.synced.borrow());
        segments::behind_damage(&self.directory, &bases, position..until)
    }

    /// Everything is kept: leaves an empty segment at the end, so that the next process goes on there.
    pub fn retire(&self) -> std::io::Result<()> {
        let mut writer = lock(&self.writer);
        let end = writer.base + writer.length;
        if writer.length > 0 {
            self.begin(&mut writer, end)?;
        }
        writer.full.clear();
        drop(writer);
        self.forget(end, end);
        Ok(())
    }

    /// Everything before `position` is kept; segments whose every record stands before `needed` are removed.
    pub fn forget(&self, position: u64, needed: u64) {
        self.kept.fetch_max(position, Ordering::AcqRel);
        let mut segments = lock(&self.segments);
        while let Some(&first) = segments.first()
            && segments.iter().nth(1).is_some_and(|next| *next <= needed)
        {
            segments.remove(&first);
            if let Err(error) = std::fs::remove_file(segments::path(&self.directory, first)) {
                tracing::warn!(%error, "a segment of the spool could not be removed");
            }
        }
        drop(segments);
        self.freed.notify_waiters();
    }

    /// Goes on at a position that the database knows and this disk does not: it lost its end with its power.
    pub fn skip_to(&self, position: u64) -> std::io::Result<()> {
        let mut writer = lock(&self.writer);
        if position > writer.base + writer.length {
            self.begin(&mut writer, position)?;
            self.end.store(position, Ordering::Release);
            self.synced.send_replace(position);
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
