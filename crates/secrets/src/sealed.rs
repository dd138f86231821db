//! Files whose secrets are sealed with a data key, which another key seals in turn (envelope encryption).

use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use platform::secrets::{KeptSecret, PrivateFiles, SealingKey, SecretKeeper};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::local::{MASTER_KEY, MasterKey};

/// What a sealed file begins with; the number is of this way of sealing.
const MARK: &str = "sealed:1:";
pub const DATA_KEY: &str = "data-key";
/// Files beside the secrets that are none.
pub const OWN_FILES: [&str; 2] = [DATA_KEY, MASTER_KEY];

pub const KEY_BYTES: usize = 32;
pub type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Seals the data key. What it hands out is kept beside the secrets.
pub trait KeyWrapper: Send + Sync {
    /// What the configuration calls it.
    fn name(&self) -> &'static str;
    /// A new data key, and the same sealed.
    fn make(&self) -> Result<(Key, String)>;
    fn unwrap(&self, sealed: &str) -> Result<Key>;
    /// The key that seals the data key, where that is ours to change.
    fn own_key(&self) -> Option<&MasterKey> {
        None
    }
}

/// The data key as it is kept, and while it changes the one before.
#[derive(Clone, Serialize, Deserialize)]
struct WrappedKey {
    wrapped_by: String,
    key: String,
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    made_at: Option<OffsetDateTime>,
    /// It opens what is not sealed with the new one yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
}

/// The data keys of one moment, the one that seals first.
struct Ring {
    text: String,
    keys: Vec<Aead>,
}

pub struct SealedFiles {
    files: PrivateFiles,
    wrapper: Box<dyn KeyWrapper>,
    ring: Mutex<Arc<Ring>>,
}

/// How often what changes meanwhile is read again.
const TRIES: u32 = 5;

impl SealedFiles {
    pub fn open(files: PrivateFiles, wrapper: Box<dyn KeyWrapper>) -> Result<Self> {
        if files.get(DATA_KEY)?.is_none() {
            let (_, key) = wrapper.make()?;
            let made_at = Some(platform::clock::Clock::System.now());
            let wrapped = WrappedKey { wrapped_by: wrapper.name().to_owned(), key, made_at, before: None };
            files.put_if_absent(DATA_KEY, &serde_json::to_string(&wrapped)?)?;
        }
        // Of two that start at once, one made the key that both use.
        let none = Arc::new(Ring { text: String::new(), keys: Vec::new() });
        let sealed = Self { files, wrapper, ring: Mutex::new(none) };
        sealed.ring()?;
        if let Err(error) = sealed.resume() {
            tracing::warn!(error = format!("{error:#}"), "a change of the sealing keys is not at its end");
        }
        Ok(sealed)
    }

    fn wrapped(&self) -> Result<(String, WrappedKey)> {
        let text = self.files.get(DATA_KEY)?.context("secrets/data-key vanished")?;
        let wrapped: WrappedKey = serde_json::from_str(&text)
            .context("secrets/data-key is not what was written there: take it from the backup")?;
        ensure!(
            wrapped.wrapped_by == self.wrapper.name(),
            "the secrets here are sealed by {:?}, and secrets.provider says {:?}",
            wrapped.wrapped_by,
            self.wrapper.name()
        );
        Ok((text, wrapped))
    }

    /// The keys as they stand: another process may have changed them.
    fn ring(&self) -> Result<Arc<Ring>> {
        let mut known = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tries = 0;
        loop {
            let (text, wrapped) = self.wrapped()?;
            if text == known.text {
                return Ok(known.clone());
            }
            let opened = std::iter::once(&wrapped.key).chain(&wrapped.before);
            let opened = opened.map(|key| Aead::with(&self.wrapper.unwrap(key)?)).collect::<Result<Vec<_>>>();
            match opened {
                Ok(keys) => *known = Arc::new(Ring { text, keys }),
                // Between two readings the master key may have changed, and the data key's seal with it.
                Err(_) if tries < TRIES && self.wrapped()?.0 != text => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn seal(&self, name: &str, secret: &str) -> Result<String> {
        let ring = self.ring()?;
        let key = ring.keys.first().context("there is no data key")?;
        Ok(format!("{MARK}{}", key.seal(name, secret.as_bytes())?))
    }

    /// Ends what somebody began who was killed at it.
    fn resume(&self) -> Result<()> {
        let is_between = || -> Result<bool> {
            let own = self.wrapper.own_key().map(MasterKey::is_changing).transpose()?;
            Ok(own.unwrap_or(false) || self.wrapped()?.1.before.is_some())
        };
        if !is_between()? {
            return Ok(());
        }
        let _lock = self.files.lock()?;
        self.settle()
    }

    /// Takes whatever steps are left. Under the lock.
    fn settle(&self) -> Result<()> {
        let (_, mut wrapped) = self.wrapped()?;
        if wrapped.before.is_some() {
            self.seal_anew()?;
            wrapped.before = None;
            self.files.replace(DATA_KEY, &serde_json::to_string(&wrapped)?)?;
        }
        match self.wrapper.own_key() {
            Some(master) if master.is_changing()? => {
                wrapped.key = master.wrap_anew(&wrapped.key)?;
                self.files.rewrite(DATA_KEY, &serde_json::to_string(&wrapped)?)?;
                master.forget_before()
            }
            _ => Ok(()),
        }
    }

    /// Every secret under the first data key. What none opens ends it: a backup of it may need the key before.
    fn seal_anew(&self) -> Result<()> {
        let ring = self.ring()?;
        let first = ring.keys.first().context("there is no data key")?;
        for kept in self.list()? {
            let name = kept.name.as_str();
            let Some(text) = self.files.get(name)? else { continue };
            let plain = match text.strip_prefix(MARK) {
                None => text,
                Some(sealed) if first.open(name, sealed).is_ok() => continue,
                Some(sealed) => open_with(&ring, name, sealed)?,
            };
            self.files.rewrite(name, &format!("{MARK}{}", first.seal(name, plain.as_bytes())?))?;
        }
        Ok(())
    }

    fn change_data_key(&self, now: OffsetDateTime) -> Result<()> {
        let (_, wrapped) = self.wrapped()?;
        let (_, key) = self.wrapper.make()?;
        let next = WrappedKey { before: Some(wrapped.key), key, made_at: Some(now), ..wrapped };
        self.files.replace(DATA_KEY, &serde_json::to_string(&next)?)?;
        self.settle()
    }
}

fn open_with(ring: &Ring, name: &str, sealed: &str) -> Result<String> {
    let mut outcome = Err(anyhow!("there is no data key"));
    for key in &ring.keys {
        outcome = key.open(name, sealed);
        if outcome.is_ok() {
            break;
        }
    }
    outcome.with_context(|| format!("secrets/{name}"))
}

impl SecretKeeper for SealedFiles {
    fn get(&self, name: &str) -> Result<Option<String>> {
        let mut tries = 0;
        loop {
            let Some(text) = self.files.get(name)? else { return Ok(None) };
            let Some(sealed) = text.strip_prefix(MARK) else { break };
            match open_with(&*self.ring()?, name, sealed) {
                Ok(secret) => return Ok(Some(secret)),
                // Between two readings it may have been sealed anew.
                Err(_) if tries < TRIES && self.files.get(name)?.as_ref() != Some(&text) => tries += 1,
                Err(error) => return Err(error),
            }
        }
        // Of an earlier version, or put there by hand: from now on sealed.
        let lock = self.files.lock()?;
        let Some(text) = self.files.get(name)? else { return Ok(None) };
        if text.starts_with(MARK) {
            drop(lock);
            return self.get(name);
        }
        self.files.rewrite(name, &self.seal(name, &text)?)?;
        Ok(Some(text))
    }

    fn put_if_absent(&self, name: &str, secret: &str) -> Result<()> {
        let _lock = self.files.lock()?;
        self.files.put_if_absent(name, &self.seal(name, secret)?)
    }

    fn replace(&self, name: &str, secret: &str) -> Result<()> {
        let _lock = self.files.lock()?;
        self.files.replace(name, &self.seal(name, secret)?)
    }

    fn list(&self) -> Result<Vec<KeptSecret>> {
        let mut kept = self.files.list()?;
        kept.retain(|secret| !OWN_FILES.contains(&secret.name.as_str()));
        Ok(kept)
    }

    fn sealing_keys(&self) -> Result<Vec<SealingKey>> {
        let (_, wrapped) = self.wrapped()?;
        let written = || self.files.list().map(|kept| kept.into_iter().find(|one| one.name == DATA_KEY));
        let since = match wrapped.made_at {
            Some(at) => Some(at),
            None => written()?.and_then(|kept| kept.since),
        };
        let is_changing = wrapped.before.is_some();
        let data_key = SealingKey { name: DATA_KEY, since, obstacle: None, is_changing };
        let master_key = self.wrapper.own_key().map(MasterKey::as_sealing_key).transpose()?;
        Ok(std::iter::once(data_key).chain(master_key).collect())
    }

    fn change_sealing_key(&self, name: &str, now: OffsetDateTime) -> Result<()> {
        let _lock = self.files.lock()?;
        self.settle()?;
        match (name, self.wrapper.own_key()) {
            (DATA_KEY, _) => self.change_data_key(now),
            (MASTER_KEY, Some(master)) => {
                master.begin_change()?;
                self.settle()
            }
            _ => bail!("there is no sealing key {name:?} here"),
        }
    }
}

impl Debug for SealedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedFiles").field("files", &self.files).finish_non_exhaustive()
    }
}

/// AES-256-GCM. The name goes along: what was sealed under one name does not open under another.
pub struct Aead(RandomizedNonceKey);

impl Aead {
    pub fn with(key: &Key) -> Result<Self> {
        Ok(Self(
            RandomizedNonceKey::new(&AES_256_GCM, key.as_slice())
                .map_err(|_| anyhow!("a key is cut short"))?,
        ))
    }

    pub fn seal(&self, name: &str, plain: &[u8]) -> Result<String> {
        let mut text = plain.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut text);
        let nonce = nonce.map_err(|_| anyhow!("a secret could not be sealed"))?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut text);
        Ok(STANDARD.encode(sealed))
    }

    pub fn open_bytes(&self, name: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>> {
        let changed = || anyhow!("it was changed, or sealed with another key");
        let sealed = STANDARD.decode(sealed).map_err(|_| changed())?;
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(changed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| changed())?;
        let mut text = Zeroizing::new(text.to_vec());
        let length =
            self.0.open_in_place(nonce, Aad::from(name.as_bytes()), &mut text).map_err(|_| changed())?.len();
        text.truncate(length);
        Ok(text)
    }

    fn open(&self, name: &str, sealed: &str) -> Result<String> {
        let plain = self.open_bytes(name, sealed)?;
        String::from_utf8(plain.to_vec()).context("it is no text")
    }
}
