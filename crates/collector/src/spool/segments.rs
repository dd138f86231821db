//! The files of a spool.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bytes::Bytes;
use uuid::Uuid;

use super::record::{self, Read, Record};

/// Read at once while the end of a segment is looked for.
const CHUNK: usize = 4 * 1024 * 1024;

pub fn path(directory: &Path, base: u64) -> PathBuf {
    directory.join(format!("{base:020}.log"))
}

/// The identity of a spool: made with its directory.
pub fn identity(directory: &Path) -> Result<Uuid> {
    let path = directory.join("id");
    if let Some(known) = std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok()) {
        return Ok(known);
    }
    let id = Uuid::now_v7();
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    write!(file, "{id}")?;
    file.sync_all()?;
    sync(directory)?;
    Ok(id)
}

/// Where the segments begin that are there.
pub fn list(directory: &Path) -> Result<BTreeSet<u64>> {
    let entries = std::fs::read_dir(directory)?.flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter_map(|name| name.strip_suffix(".log")?.parse().ok()).collect())
}

pub fn create(directory: &Path, base: u64) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path(directory, base))?;
    // A new file's name has to survive a power cut too.
    sync(directory)?;
    Ok(file)
}

fn sync(directory: &Path) -> std::io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Cuts off a record that was being written when the process or the machine ended; answers the length that is whole.
pub fn recover(file: &File) -> Result<u64> {
    let length = file.metadata()?.len();
    let mut at = 0;
    while at < length {
        let bytes = chunk(file, at, length, CHUNK)?;
        let (count, _) = walk(&bytes, usize::MAX, |_, _| {});
        if count == 0 {
            // One that the disk has spoilt takes nothing with it as long as its length still leads to the next.
            let Some(next) = behind(file, at, length)? else { break };
            at = next;
        }
        at += count as u64;
    }
    if at < length {
        tracing::warn!(bytes = length - at, "the spool's last record was not whole and is cut off");
        file.set_len(at)?;
    }
    Ok(at)
}

/// Records of one segment from a position on; none where the next one is damaged.
pub fn read(
    directory: &Path,
    bases: &BTreeSet<u64>,
    range: Range<u64>,
    most: usize,
    most_bytes: usize,
) -> Result<Vec<Record>> {
    let base = *bases.range(..=range.start).next_back().context("the spool has lost a segment")?;
    let file = File::open(path(directory, base))?;
    let next = bases.range(range.start + 1..).next().copied().unwrap_or(u64::MAX);
    let until = range.end.min(next) - base;
    let bytes = chunk(&file, range.start - base, until, most_bytes)?;
    let mut records = Vec::new();
    walk(&bytes, most, |accepted, at| {
        let (position, end) = (range.start + at.start as u64, range.start + at.end as u64);
        records.push(Record { accepted, position, end });
    });
    Ok(records)
}

/// Where the record behind a damaged one begins, by what that says of its length; none where nothing whole is there.
fn behind(file: &File, at: u64, until: u64) -> Result<Option<u64>> {
    let head = chunk(file, at, until.min(at + 8), 8)?;
    let Some(next) = record::claimed(&head).map(|length| at + length as u64).filter(|next| *next <= until)
    else {
        return Ok(None);
    };
    let following = chunk(file, next, until, CHUNK)?;
    let is_whole = matches!(record::read(&following, 0), Read::Whole(..));
    Ok((next == until || is_whole).then_some(next))
}

/// Where reading goes on behind a damaged record: at the next one, or at the next segment, or at the end.
pub fn behind_damage(directory: &Path, bases: &BTreeSet<u64>, range: Range<u64>) -> u64 {
    let next = bases.range(range.start + 1..).next().copied().unwrap_or(range.end).min(range.end);
    let behind_it = || {
        let base = *bases.range(..=range.start).next_back()?;
        let file = File::open(path(directory, base)).ok()?;
        Some(base + behind(&file, range.start - base, next - base).ok()??)
    };
    behind_it().unwrap_or(next)
}

/// Some bytes of a file: as many as are asked for, and more where the first record has more.
fn chunk(file: &File, at: u64, until: u64, most: usize) -> Result<Bytes> {
    let mut most = most;
    loop {
        let size = usize::try_from(until.saturating_sub(at))?.min(most);
        let mut bytes = vec![0; size];
        let read = file.read_at(&mut bytes, at)?;
        bytes.truncate(read);
        let bytes = Bytes::from(bytes);
        match record::read(&bytes, 0) {
            Read::More(needed) if needed > most && read == size => most = needed,
            _ => return Ok(bytes),
        }
    }
}

/// Hands over whole records; answers how many bytes they take, and whether a damaged one follows.
fn walk(bytes: &Bytes, most: usize, mut take: impl FnMut(record::Accepted, Range<usize>)) -> (usize, bool) {
    let mut at = 0;
    for _ in 0..most {
        match record::read(bytes, at) {
            Read::Whole(accepted, length) => {
                take(accepted, at..at + length);
                at += length;
            }
            Read::More(_) => return (at, false),
            Read::Damaged => return (at, true),
        }
    }
    (at, false)
}
