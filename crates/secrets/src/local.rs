//! The master key as a file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use platform::secrets::{PrivateFiles, SecretKeeper, put_file_once, random_hex};
use zeroize::{Zeroize, Zeroizing};

use crate::sealed::{Aead, KEY_BYTES, Key, KeyWrapper};

pub const MASTER_KEY: &str = "master-key";
/// What the master key seals; nothing else opens under this name.
const PURPOSE: &str = "data-key";

/// 32 bytes in hexadecimal, in a file of its own or beside the secrets.
pub struct MasterKey<'a> {
    file: Option<PathBuf>,
    beside: &'a PrivateFiles,
}

impl<'a> MasterKey<'a> {
    pub fn new(file: &Path, beside: &'a PrivateFiles) -> Self {
        Self { file: (!file.as_os_str().is_empty()).then(|| file.to_owned()), beside }
    }

    fn read(&self) -> Result<Option<Zeroizing<String>>> {
        let Some(path) = &self.file else { return Ok(self.beside.get(MASTER_KEY)?.map(Zeroizing::new)) };
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn write(&self, key: &str) -> Result<()> {
        match &self.file {
            Some(path) => put_file_once(path, key),
            None => self.beside.put_if_absent(MASTER_KEY, key),
        }
    }

    fn place(&self) -> String {
        self.file.as_ref().map_or_else(|| format!("secrets/{MASTER_KEY}"), |path| path.display().to_string())
    }

    fn cipher(&self) -> Result<Aead> {
        let text = self.read()?;
        let place = self.place();
        let text =
            text.with_context(|| format!("the master key is missing: {place}. Without it no secret opens"))?;
        let wrong = || format!("{place}: a master key is {} digits of hexadecimal", KEY_BYTES * 2);
        Aead::with(&of_hex(text.trim()).with_context(wrong)?)
    }
}

impl KeyWrapper for MasterKey<'_> {
    fn name(&self) -> &'static str {
        "local"
    }

    fn make(&self) -> Result<(Key, String)> {
        if self.read()?.is_none() {
            self.write(&random_hex(KEY_BYTES))?;
        }
        let key = of_hex(&random_hex(KEY_BYTES)).context("a key could not be made")?;
        let sealed = self.cipher()?.seal(PURPOSE, key.as_slice())?;
        Ok((key, sealed))
    }

    fn unwrap(&self, sealed: &str) -> Result<Key> {
        let opened = self.cipher()?.open_bytes(PURPOSE, sealed);
        let opened = opened
            .with_context(|| format!("the master key in {} does not open secrets/data-key", self.place()))?;
        key_of(&opened)
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
