//! The master key as a file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use nix::unistd::{AccessFlags, access};
use platform::secrets::{PrivateFiles, SealingKey, put_file_once, random_hex, replace_file};
use zeroize::{Zeroize, Zeroizing};

use crate::sealed::{Aead, KEY_BYTES, Key, KeyWrapper};

pub const MASTER_KEY: &str = "master-key";
/// What the master key seals; nothing else opens under this name.
const PURPOSE: &str = "data-key";

/// 32 bytes in hexadecimal, in a file of its own or beside the secrets. While it changes a second line has the one before,
/// which opens and seals nothing.
pub struct MasterKey {
    path: PathBuf,
    /// As people know it.
    place: String,
    /// Where somebody put it apart there may be copies: only they change it.
    is_apart: bool,
}

impl MasterKey {
    pub fn new(file: &Path, beside: &PrivateFiles) -> Self {
        if file.as_os_str().is_empty() {
            let place = format!("secrets/{MASTER_KEY}");
            return Self { path: beside.path(MASTER_KEY), place, is_apart: false };
        }
        Self { path: file.to_owned(), place: file.display().to_string(), is_apart: true }
    }

    fn read(&self) -> Result<Option<Zeroizing<String>>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.path.display())),
        }
    }

    /// The key, and while it changes the one before.
    fn lines(&self) -> Result<Vec<Zeroizing<String>>> {
        let text = self.read()?;
        let text = text.with_context(|| {
            format!("the master key is missing: {}. Without it no secret opens", self.place)
        })?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines = lines.map(|line| Zeroizing::new(line.to_owned())).collect::<Vec<_>>();
        ensure!(matches!(lines.len(), 1 | 2), "{}", self.wrong());
        Ok(lines)
    }

    fn wrong(&self) -> String {
        format!("{}: a master key is {} digits of hexadecimal", self.place, KEY_BYTES * 2)
    }

    fn ciphers(&self) -> Result<Vec<Aead>> {
        let with = |line: &Zeroizing<String>| Aead::with(&of_hex(line).with_context(|| self.wrong())?);
        self.lines()?.iter().map(with).collect()
    }

    fn seal(&self, key: &Key) -> Result<String> {
        self.ciphers()?.first().context("there is no master key")?.seal(PURPOSE, key.as_slice())
    }

    /// The same data key under the master key of now.
    pub fn wrap_anew(&self, sealed: &str) -> Result<String> {
        self.seal(&self.unwrap(sealed)?)
    }

    pub fn is_changing(&self) -> Result<bool> {
        Ok(self.lines()?.len() > 1)
    }

    /// From now on a new one seals, and the one before opens still.
    pub fn begin_change(&self) -> Result<()> {
        if let Some(obstacle) = self.obstacle() {
            bail!("{obstacle}");
        }
        let before = self.lines()?;
        let before = before.first().context("there is no master key")?;
        let next = Zeroizing::new(random_hex(KEY_BYTES));
        replace_file(&self.path, &Zeroizing::new(format!("{}\n{}\n", *next, **before)), None)
    }

    /// Nothing is sealed with the one before any more.
    pub fn forget_before(&self) -> Result<()> {
        let lines = self.lines()?;
        let current = lines.first().context("there is no master key")?;
        let modified = fs::metadata(&self.path).and_then(|data| data.modified()).ok();
        replace_file(&self.path, current, modified)
    }

    pub fn as_sealing_key(&self) -> Result<SealingKey> {
        let modified = fs::metadata(&self.path).and_then(|data| data.modified()).ok();
        Ok(SealingKey {
            name: MASTER_KEY,
            since: modified.map(Into::into),
            obstacle: self.obstacle(),
            is_changing: self.is_changing()?,
        })
    }

    fn obstacle(&self) -> Option<String> {
        let directory = self.path.parent().filter(|path| !path.as_os_str().is_empty());
        let is_writable = access(directory.unwrap_or(Path::new(".")), AccessFlags::W_OK).is_ok();
        let reason = match (self.is_apart, is_writable) {
            (true, _) => "stands apart, and so may its copies",
            (false, false) => "is not ours to write",
            (false, true) => return None,
        };
        Some(format!(
            "{} {reason}: put a new key there as the first line, and leave the old one as the second until the next start",
            self.place
        ))
    }
}

impl KeyWrapper for MasterKey {
    fn name(&self) -> &'static str {
        "local"
    }

    fn make(&self) -> Result<(Key, String)> {
        if self.read()?.is_none() {
            put_file_once(&self.path, &random_hex(KEY_BYTES))?;
        }
        let key = of_hex(&random_hex(KEY_BYTES)).context("a key could not be made")?;
        let sealed = self.seal(&key)?;
        Ok((key, sealed))
    }

    fn unwrap(&self, sealed: &str) -> Result<Key> {
        let mut outcome = Err(anyhow!("there is no master key"));
        for cipher in self.ciphers()? {
            outcome = cipher.open_bytes(PURPOSE, sealed);
            if outcome.is_ok() {
                break;
            }
        }
        let opened = outcome
            .with_context(|| format!("the master key in {} does not open secrets/data-key", self.place))?;
        key_of(&opened)
    }

    fn own_key(&self) -> Option<&MasterKey> {
        Some(self)
    }
}

/// The bytes as a key, if there are as many.
pub fn key_of(bytes: &[u8]) -> Result<Key> {
    ensure!(bytes.len() == KEY_BYTES, "a data key has {KEY_BYTES} bytes");
    let mut key = Key::default();
    key.copy_from_slice(bytes);
    Ok(key)
}

fn of_hex(text: &str) -> Option<Key> {
    if text.len() != KEY_BYTES * 2 || !text.is_ascii() {
        return None;
    }
    let mut key = Key::default();
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let Some(value) = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())
        else {
            key.zeroize();
            return None;
        };
        *byte = value;
    }
    Some(key)
}
