//! Files that are there whole or not at all, and readable by their owner only.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use nix::fcntl::{Flock, FlockArg};

/// The directory of an authority; one process at a time works in it.
pub struct Place {
    directory: PathBuf,
    _lock: Flock<File>,
}

impl Place {
    pub fn make(directory: &Path) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        Self::open(directory)
    }

    pub fn open(directory: &Path) -> Result<Self> {
        let path = directory.join(".lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| {
            anyhow!("another `cibercase certs` works in {}: {error}", directory.display())
        })?;
        Ok(Self { directory: directory.to_owned(), _lock: lock })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub fn read(&self, name: &str) -> Result<Option<String>> {
        match fs::read_to_string(self.path(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.path(name).display())),
        }
    }

    /// Writes beside the place, makes it durable, and moves it there: who is killed meanwhile leaves the old or the new.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let (path, draft) = (self.path(name), self.path(&format!(".{name}.draft")));
        let written = || -> std::io::Result<()> {
            // Somebody who was killed may have left one, with other rights.
            match fs::remove_file(&draft) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(&self.directory)?.sync_all()
        };
        written().with_context(|| format!("cannot write {}", path.display()))
    }

    pub fn remove(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", self.path(name).display()))
            }
            _ => Ok(File::open(&self.directory)?.sync_all()?),
        }
    }
}
