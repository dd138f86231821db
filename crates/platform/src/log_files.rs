//! Log files of a day each: past days are compressed, and old ones removed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use flate2::Compression;
use flate2::write::GzEncoder;
use time::{Date, Duration};

use crate::clock::Clock;

const NAME: &str = "cibercase-";

/// Writes to the file of the day. Several processes may share a directory: each line is one write.
pub struct LogFiles {
    directory: PathBuf,
    keep_days: u32,
    clock: Clock,
    open: Option<(Date, File)>,
    /// Puts the past in order, beside the lines of today.
    tidying: Option<JoinHandle<()>>,
}

impl LogFiles {
    pub fn open(directory: PathBuf, keep_days: u32, clock: Clock) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        let mut files = Self { directory, keep_days, clock, open: None, tidying: None };
        files.turn()?;
        Ok(files)
    }

    /// The file of today; at its first line, what has become past is put in order.
    fn turn(&mut self) -> io::Result<&mut File> {
        let today = self.clock.now().date();
        if self.open.as_ref().is_none_or(|(day, _)| *day != today) {
            let path = self.directory.join(format!("{NAME}{today}.log"));
            let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
            self.open = Some((today, file));
            self.settle();
            let (directory, keep_days) = (self.directory.clone(), self.keep_days);
            self.tidying = Some(std::thread::spawn(move || {
                // A day that cannot be compressed or removed now is tried again tomorrow.
                if let Err(error) = put_in_order(&directory, keep_days, today) {
                    tracing::warn!(%error, "log files of past days could not be put in order");
                }
            }));
        }
        self.open.as_mut().map(|(_, file)| file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn settle(&mut self) {
        if let Some(tidying) = self.tidying.take() {
            let _ = tidying.join();
        }
    }
}

fn put_in_order(directory: &Path, keep_days: u32, today: Date) -> io::Result<()> {
    let oldest = today.checked_sub(Duration::days(i64::from(keep_days))).unwrap_or(Date::MIN);
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let done = match day_of(&path) {
            Some((day, _)) if day < oldest => fs::remove_file(&path),
            Some((day, false)) if day < today => compress(&path),
            _ => Ok(()),
        };
        match done {
            // Another process came first.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        }
    }
    Ok(())
}

impl Write for LogFiles {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.turn()?.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open.as_mut().map_or(Ok(()), |(_, file)| file.flush())
    }
}

/// The day of a file of ours, and whether it is compressed.
fn day_of(path: &Path) -> Option<(Date, bool)> {
    let name = path.file_name()?.to_str()?.strip_prefix(NAME)?;
    let (day, is_compressed) = match name.strip_suffix(".log.gz") {
        Some(day) => (day, true),
        None => (name.strip_suffix(".log")?, false),
    };
    let form = time::macros::format_description!("[year]-[month]-[day]");
    Some((Date::parse(day, form).ok()?, is_compressed))
}

/// Whoever has the lock compresses: two processes may come to the same day. A kill leaves the day as it was, for the next.
fn compress(path: &Path) -> io::Result<()> {
    let mut past = File::open(path)?;
    match past.try_lock() {
        // Another one may have been done with it since it was opened.
        Ok(()) if path.exists() => {}
        Ok(()) | Err(TryLockError::WouldBlock) => return Ok(()),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let partial = path.with_extension("partial");
    let target = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    let mut encoder = GzEncoder::new(target, Compression::default());
    io::copy(&mut past, &mut encoder)?;
    encoder.finish()?.sync_all()?;
    fs::rename(&partial, path.with_extension("log.gz"))?;
    fs::remove_file(path)
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "unpacks what the test has packed")]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use time::OffsetDateTime;

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_day_that_another_process_removes_meanwhile_does_not_stop_the_rest() {
        let directory = tempfile::tempdir().unwrap();
        for day in ["20", "21"] {
            fs::write(directory.path().join(format!("cibercase-2026-11-{day}.log")), "x").unwrap();
        }
        // The name is there, the file behind it no longer.
        std::os::unix::fs::symlink("gone", directory.path().join("cibercase-2026-11-19.log")).unwrap();
        put_in_order(directory.path(), 9, time::macros::date!(2026 - 11 - 22)).unwrap();
        assert_eq!(
            names(directory.path()),
            ["cibercase-2026-11-19.log", "cibercase-2026-11-20.log.gz", "cibercase-2026-11-21.log.gz"]
        );
    }

    #[test]
    fn each_day_has_its_file_and_past_ones_are_compressed_and_in_the_end_removed() {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::manual(OffsetDateTime::from_unix_timestamp(1_795_219_200).unwrap());
        fs::write(directory.path().join("notes.txt"), "somebody else's").unwrap();
        let mut files = LogFiles::open(directory.path().to_owned(), 2, clock.clone()).unwrap();
        files.write_all(b"one\n").unwrap();
        files.write_all(b"two\n").unwrap();
        assert_eq!(names(directory.path()), ["cibercase-2026-11-21.log", "notes.txt"]);
        // What a kill leaves of a day that was being compressed.
        fs::write(directory.path().join("cibercase-2026-11-21.partial"), "cut off").unwrap();
        clock.advance(Duration::days(1));
        files.write_all(b"three\n").unwrap();
        files.settle();
        assert_eq!(
            names(directory.path()),
            ["cibercase-2026-11-21.log.gz", "cibercase-2026-11-22.log", "notes.txt"]
        );
        let mut text = String::new();
        let past = File::open(directory.path().join("cibercase-2026-11-21.log.gz")).unwrap();
        GzDecoder::new(past).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\n");
        clock.advance(Duration::days(2));
        files.write_all(b"four\n").unwrap();
        files.settle();
        assert_eq!(
            names(directory.path()),
            ["cibercase-2026-11-22.log.gz", "cibercase-2026-11-24.log", "notes.txt"]
        );
    }
}
