//! A witness on disk: a directory with `leaves`, 32 bytes each, and `checkpoints`, notes of five lines each. Both only
//! grow, are synchronized before they count, and are their owner's alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use merkle::{Frontier, Hash};

use super::{Signed, Witness, internal};
use crate::store::Checkpoint;

pub const LEAVES: &str = "leaves";
pub const CHECKPOINTS: &str = "checkpoints";
const LEAF_BYTES: u64 = 32;
const NOTE_LINES: usize = 5;
/// Leaves written at once: 8 MiB of them.
const RUN: u64 = 1 << 18;
/// Leaves read from the database at once.
const PAGE: u64 = 1 << 13;

pub struct FileWitness {
    name: String,
    /// None until it is first needed, and again after a failure.
    open: Arc<Mutex<Option<Open>>>,
    directory: PathBuf,
}

/// The files, and what is known to be in them.
struct Open {
    leaves: File,
    checkpoints: File,
    frontier: Frontier,
    /// Of the last note, and where it ends in its file.
    size: u64,
    notes_end: u64,
}

impl FileWitness {
    pub fn new(directory: PathBuf) -> Self {
        Self { name: directory.display().to_string(), open: Arc::default(), directory }
    }

    /// Works on the files away from the threads that answer; none when another process is at them.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Open) -> Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let (open, directory) = (self.open.clone(), self.directory.clone());
        let work = move || {
            let mut kept = open.lock().unwrap_or_else(PoisonError::into_inner);
            let mut files = match kept.take() {
                Some(files) => files,
                None => Open::at(&directory)?,
            };
            match files.leaves.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            let outcome = files.catch_up().and_then(|()| work(&mut files));
            files.leaves.unlock()?;
            if outcome.is_ok() {
                *kept = Some(files);
            }
            outcome.map(Some)
        };
        tokio::task::spawn_blocking(work).await?
    }
}

#[async_trait::async_trait]
impl Witness for FileWitness {
    fn name(&self) -> &str {
        &self.name
    }

    async fn follow(&self, signed: &Signed) -> Result<Option<u64>> {
        loop {
            let Some((end, size)) = self.with(|open| Ok((open.frontier.size(), open.size))).await? else {
                return Ok(None);
            };
            let Some(checkpoint) = signed.checkpoint(end + RUN).await.map_err(internal)? else {
                ensure!(end == 0, "it knows {end} leaves of a log that has no checkpoint now");
                return Ok(Some(0));
            };
            if checkpoint.size == size {
                return Ok(Some(size));
            }
            ensure!(
                checkpoint.size >= end,
                "it knows {end} leaves of a log that has {} now",
                checkpoint.size
            );
            let mut leaves = Vec::new();
            let mut next = end;
            while next < checkpoint.size {
                let page = signed.leaves(next, PAGE.min(checkpoint.size - next)).await.map_err(internal)?;
                ensure!(!page.is_empty(), "the leaf {next} of the log is missing");
                next += u64::try_from(page.len())?;
                leaves.extend(page);
            }
            self.with(move |open| open.append(end, &leaves, &checkpoint)).await?;
        }
    }
}

impl Open {
    fn at(directory: &Path) -> Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        let open = |name: &str| {
            let path = directory.join(name);
            let options = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path);
            options.with_context(|| format!("cannot open {}", path.display()))
        };
        let (leaves, checkpoints) = (open(LEAVES)?, open(CHECKPOINTS)?);
        Ok(Self { leaves, checkpoints, frontier: Frontier::default(), size: 0, notes_end: 0 })
    }

    /// Reads what is new in the files. What a kill cut off in the middle was never counted, and is taken away.
    fn catch_up(&mut self) -> Result<()> {
        let bytes = self.leaves.metadata()?.len();
        let known = self.frontier.size();
        ensure!(bytes / LEAF_BYTES >= known, "it knew {known} leaves and now has {}", bytes / LEAF_BYTES);
        if bytes % LEAF_BYTES != 0 {
            self.leaves.set_len(bytes - bytes % LEAF_BYTES)?;
        }
        self.leaves.seek(SeekFrom::Start(known * LEAF_BYTES))?;
        let mut reader = std::io::BufReader::with_capacity(1 << 16, &self.leaves);
        let mut leaf = [0; 32];
        for _ in known..bytes / LEAF_BYTES {
            reader.read_exact(&mut leaf)?;
            self.frontier.append(leaf, |_, _| {});
        }
        self.read_notes()
    }

    fn read_notes(&mut self) -> Result<()> {
        let mut text = String::new();
        self.checkpoints.seek(SeekFrom::Start(self.notes_end))?;
        self.checkpoints.read_to_string(&mut text)?;
        let (notes, whole) = split_notes(&text);
        let end = self.notes_end + u64::try_from(whole)?;
        if whole < text.len() {
            self.checkpoints.set_len(end)?;
        }
        if let Some(note) = notes.last() {
            self.size = read_note(note)?.size;
        }
        self.notes_end = end;
        Ok(())
    }

    /// Appends the leaves from `first` on, when they lead to the checkpoint's root, and then its note.
    fn append(&mut self, first: u64, leaves: &[Hash], checkpoint: &Checkpoint) -> Result<()> {
        if self.frontier.size() != first || checkpoint.size <= self.size {
            // Another process was here meanwhile; the next look finds what is left to do.
            return Ok(());
        }
        let mut frontier = self.frontier.clone();
        for leaf in leaves {
            frontier.append(*leaf, |_, _| {});
        }
        ensure!(
            frontier.size() == checkpoint.size && frontier.root() == checkpoint.root,
            "the log of {} records does not grow out of the {first} leaves it knows: history was rewritten",
            checkpoint.size
        );
        self.leaves.write_all(leaves.as_flattened())?;
        self.leaves.sync_all()?;
        self.checkpoints.write_all(checkpoint.note.as_bytes())?;
        self.checkpoints.sync_all()?;
        (self.frontier, self.size) = (frontier, checkpoint.size);
        self.notes_end += u64::try_from(checkpoint.note.len())?;
        Ok(())
    }
}

/// The whole notes of a file, and where they end.
pub fn split_notes(text: &str) -> (Vec<&str>, usize) {
    let (mut notes, mut begin, mut lines) = (Vec::new(), 0, 0);
    for (at, _) in text.match_indices('\n') {
        lines += 1;
        if lines % NOTE_LINES == 0 {
            notes.push(&text[begin..=at]);
            begin = at + 1;
        }
    }
    (notes, begin)
}

/// What a note says, whoever signed it.
pub fn read_note(note: &str) -> Result<merkle::Checkpoint> {
    let (text, _) = note.split_once("\n\n").context("a note without a signature")?;
    Ok(merkle::Checkpoint::read(&format!("{text}\n"))?)
}
