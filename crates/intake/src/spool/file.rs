//! One file of the spool: records appended, read again, noted as replayed.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use anyhow::{Context, Result, bail, ensure};

use super::record::{self, Record};
use crate::reading::Arrival;

/// Records replayed between two notes of the place.
const RUN: usize = 256;
/// Files of one directory: one for each process at the same time.
const MOST_FILES: usize = 64;

/// A spool file that this process holds; another process on the same directory takes another file.
#[derive(Debug)]
pub struct SpoolFile {
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

impl SpoolFile {
    /// Opens the first spool file that no other process holds.
    pub fn open(directory: &Path, limit: u64) -> Result<Self> {
        let cannot = || format!("cannot open the spool in {}", directory.display());
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(cannot)?;
        for number in 0..MOST_FILES {
            let path = path_of(directory, number);
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
        bail!("{MOST_FILES} processes hold spool files in {} already", directory.display())
    }

    /// Files with something in them that no process holds, as one that ended in the middle leaves them. Blocking.
    pub fn stranded(directory: &Path, limit: u64) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for path in (0..MOST_FILES).map(|number| path_of(directory, number)) {
            if std::fs::metadata(&path).map_or(0, |about| about.len()) == 0 {
                continue;
            }
            let file = OpenOptions::new().read(true).write(true).open(&path)?;
            if file.try_lock().is_ok() {
                let stranded = Self::with(file, path, limit)?;
                found.extend(Some(stranded).filter(Self::is_waiting));
            }
        }
        Ok(found)
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

    /// Counts whole records; what cannot be read is set aside with all behind it.
    fn recover(&self) -> Result<()> {
        let mut tail = self.lock();
        let length = tail.file.metadata()?.len();
        // A place behind the end is from before the file was emptied.
        if tail.replayed > length {
            tail.replayed = 0;
        }
        let (mut at, mut items) = (tail.replayed, 0);
        while let Some(record) = Record::read(&self.path, at)? {
            at = record.end;
            items += 1;
        }
        tail.length = length;
        if at < length {
            self.set_aside(&mut tail, at)?;
        }
        self.items.store(items, Ordering::Release);
        self.bytes.store(at - tail.replayed, Ordering::Release);
        Ok(())
    }

    /// Moves what begins at a record that cannot be read into a file of its own: records behind it may be whole, and
    /// their senders were told that they are safe.
    fn set_aside(&self, tail: &mut Tail, at: u64) -> Result<()> {
        let torn = (1..).map(|number| self.path.with_extension(format!("torn-{number}")));
        let torn = torn.into_iter().find(|path| !path.exists()).context("there is no name left")?;
        let mut rest = File::open(&self.path)?;
        rest.seek(SeekFrom::Start(at))?;
        let mut copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&torn)?;
        std::io::copy(&mut rest.take(tail.length - at), &mut copy)?;
        copy.sync_all()?;
        sync_directory_of(&torn)?;
        tail.file.set_len(at)?;
        let bytes = tail.length - at;
        tail.length = at;
        tracing::error!(file = %torn.display(), bytes, "a spooled record cannot be read; it is set aside with what follows");
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

    /// Appends a delivery and waits until the disk has it. Blocking.
    pub fn append(&self, arrival: &Arrival) -> Result<()> {
        let record = record::encode(arrival)?;
        let mut tail = self.lock();
        let size = u64::try_from(record.len())?;
        // What is replayed takes room until the file is emptied.
        ensure!(tail.length + size <= self.limit, "the spool is full");
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
            let Some(record) = Record::read(&self.path, at)? else { break };
            at = record.end;
            records.push(record);
        }
        if records.is_empty() {
            self.nothing_to_read()?;
        }
        Ok(records)
    }

    /// Nothing could be read though records are counted: they are damaged, and must not hold up what comes later.
    fn nothing_to_read(&self) -> Result<()> {
        let mut tail = self.lock();
        let at = tail.replayed;
        if at < tail.length && Record::read(&self.path, at)?.is_some() {
            return Ok(());
        }
        if at < tail.length {
            self.set_aside(&mut tail, at)?;
        }
        self.items.store(0, Ordering::Release);
        self.bytes.store(0, Ordering::Release);
        bail!("what waited in the spool could not be read")
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
        sync_directory_of(&self.place)
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.file.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn path_of(directory: &Path, number: usize) -> PathBuf {
    directory.join(format!("spool-{number}"))
}

/// A new name has to survive a power cut too.
fn sync_directory_of(path: &Path) -> Result<()> {
    let directory = path.parent().context("a spool file is in a directory")?;
    File::open(directory)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use bytes::Bytes;
    use time::OffsetDateTime;
    use vocab::SourceId;

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
            format: None,
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

    fn bodies(spool: &SpoolFile) -> Result<Vec<String>> {
        let records = spool.next()?;
        Ok(records.iter().map(|record| String::from_utf8_lossy(&record.body).into_owned()).collect())
    }

    #[test]
    fn what_was_noted_is_not_replayed_again_and_what_follows_is() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let spool = SpoolFile::open(directory.path(), 10_000)?;
        for body in ["one", "two", "three"] {
            spool.append(&arrival(body))?;
        }
        let records = spool.next()?;
        if let Some(first) = records.first() {
            spool.note(first, 1)?;
        }
        drop(spool);
        let spool = SpoolFile::open(directory.path(), 10_000)?;
        assert_eq!((bodies(&spool)?, spool.items()), (vec!["two".to_owned(), "three".to_owned()], 2));
        let records = spool.next()?;
        if let Some(last) = records.last() {
            spool.note(last, records.len())?;
        }
        assert_eq!((spool.items(), spool.bytes(), spool.is_waiting()), (0, 0, false));
        spool.append(&arrival("four"))?;
        drop(spool);
        let spool = SpoolFile::open(directory.path(), 10_000)?;
        assert_eq!(bodies(&spool)?, ["four"]);
        Ok(())
    }

    #[test]
    fn a_place_from_before_the_file_was_emptied_hides_nothing() -> Result<()> {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("spool-0.place"), "5000")?;
        let spool = SpoolFile::open(directory.path(), 10_000)?;
        spool.append(&arrival("one"))?;
        assert_eq!(bodies(&spool)?, ["one"]);
        drop(spool);
        let spool = SpoolFile::open(directory.path(), 10_000)?;
        assert_eq!((bodies(&spool)?, spool.items()), (vec!["one".to_owned()], 1));
        Ok(())
    }

    #[test]
    fn a_torn_or_changed_record_ends_the_spool_and_the_next_takes_its_place() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("spool-0");
        let spool = SpoolFile::open(directory.path(), 10_000)?;
        spool.append(&arrival("one"))?;
        spool.append(&arrival("two"))?;
        drop(spool);
        let mut bytes = std::fs::read(&file)?;
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        std::fs::write(&file, &bytes)?;
        let spool = SpoolFile::open(directory.path(), 10_000)?;
        assert_eq!(bodies(&spool)?, ["one"]);
        spool.append(&arrival("three"))?;
        assert_eq!(bodies(&spool)?, ["one", "three"]);
        Ok(())
    }

    #[test]
    fn two_processes_hold_two_files() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let (one, two) =
            (SpoolFile::open(directory.path(), 10_000)?, SpoolFile::open(directory.path(), 10_000)?);
        one.append(&arrival("one"))?;
        assert_eq!((one.items(), two.items()), (1, 0));
        Ok(())
    }

    #[test]
    fn what_lies_behind_a_damaged_record_is_set_aside_and_not_lost() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("spool-0");
        let spool = SpoolFile::open(directory.path(), 10_000)?;
        for body in ["one", "two", "three"] {
            spool.append(&arrival(body))?;
        }
        let bytes = String::from_utf8(std::fs::read(&path)?)?.replace("two", "owt");
        std::fs::write(&path, bytes)?;
        assert_eq!(bodies(&spool)?, ["one"]);
        let records = spool.next()?;
        if let Some(last) = records.last() {
            spool.note(last, records.len())?;
        }
        assert!(spool.next().is_err());
        assert!(!spool.is_waiting());
        spool.append(&arrival("four"))?;
        drop(spool);
        let spool = SpoolFile::open(directory.path(), 10_000)?;
        assert_eq!(bodies(&spool)?, ["four"]);
        let aside = std::fs::read_to_string(path.with_extension("torn-1"))?;
        assert!(aside.contains("owt") && aside.ends_with("three"));
        Ok(())
    }

    #[test]
    fn a_file_whose_process_is_gone_is_found_and_one_that_is_held_is_not() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let (one, two) =
            (SpoolFile::open(directory.path(), 10_000)?, SpoolFile::open(directory.path(), 10_000)?);
        one.append(&arrival("one"))?;
        two.append(&arrival("two"))?;
        drop(two);
        let found = SpoolFile::stranded(directory.path(), 10_000)?;
        let found = found.iter().map(bodies).collect::<Result<Vec<_>>>()?;
        assert_eq!(found, [["two".to_owned()]]);
        Ok(())
    }

    #[test]
    fn what_is_replayed_counts_until_the_file_is_emptied() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let spool = SpoolFile::open(directory.path(), 500)?;
        while spool.append(&arrival("one")).is_ok() {}
        let records = spool.next()?;
        if let Some(first) = records.first() {
            spool.note(first, 1)?;
        }
        assert!(spool.append(&arrival("two")).is_err());
        Ok(())
    }
}
