//! Files whose secrets are sealed with a data key, which another key seals in turn (envelope encryption).

use std::fmt::{self, Debug};

use anyhow::{Context, Result, anyhow, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use platform::secrets::{KeptSecret, PrivateFiles, SecretKeeper};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What a sealed file begins with; the number is of this way of sealing.
const MARK: &str = "sealed:1:";
const DATA_KEY: &str = "data-key";
/// Files beside the secrets that are none.
pub const OWN_FILES: [&str; 2] = [DATA_KEY, crate::local::MASTER_KEY];

pub const KEY_BYTES: usize = 32;
pub type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Seals the data key. What it hands out is kept beside the secrets.
pub trait KeyWrapper {
    /// What the configuration calls it.
    fn name(&self) -> &'static str;
    /// A new data key, and the same sealed.
    fn make(&self) -> Result<(Key, String)>;
    fn unwrap(&self, sealed: &str) -> Result<Key>;
}

#[derive(Serialize, Deserialize)]
struct WrappedKey {
    wrapped_by: String,
    key: String,
}

pub struct SealedFiles {
    files: PrivateFiles,
    key: Aead,
}

impl SealedFiles {
    pub fn open(files: PrivateFiles, wrapper: &dyn KeyWrapper) -> Result<Self> {
        if files.get(DATA_KEY)?.is_none() {
            let (_, key) = wrapper.make()?;
            let wrapped = WrappedKey { wrapped_by: wrapper.name().to_owned(), key };
            files.put_if_absent(DATA_KEY, &serde_json::to_string(&wrapped)?)?;
        }
        // Of two that start at once, one made the key that both use.
        let text = files.get(DATA_KEY)?.context("secrets/data-key vanished while it was being made")?;
        let wrapped: WrappedKey = serde_json::from_str(&text)
            .context("secrets/data-key is not what was written there: take it from the backup")?;
        ensure!(
            wrapped.wrapped_by == wrapper.name(),
            "the secrets here are sealed by {:?}, and secrets.provider says {:?}",
            wrapped.wrapped_by,
            wrapper.name()
        );
        let key = wrapper.unwrap(&wrapped.key)?;
        Ok(Self { files, key: Aead::with(&key)? })
    }
}

impl SecretKeeper for SealedFiles {
    fn get(&self, name: &str) -> Result<Option<String>> {
        let Some(text) = self.files.get(name)? else { return Ok(None) };
        if let Some(sealed) = text.strip_prefix(MARK) {
            let secret = self.key.open(name, sealed).with_context(|| format!("secrets/{name}"))?;
            return Ok(Some(secret));
        }
        // Of an earlier version, or put there by hand: from now on sealed.
        self.files.replace(name, &self.sealed(name, &text)?)?;
        Ok(Some(text))
    }

    fn put_if_absent(&self, name: &str, secret: &str) -> Result<()> {
        self.files.put_if_absent(name, &self.sealed(name, secret)?)
    }

    fn list(&self) -> Result<Vec<KeptSecret>> {
        let mut kept = self.files.list()?;
        kept.retain(|secret| !OWN_FILES.contains(&secret.name.as_str()));
        Ok(kept)
    }
}

impl SealedFiles {
    fn sealed(&self, name: &str, secret: &str) -> Result<String> {
        Ok(format!("{MARK}{}", self.key.seal(name, secret.as_bytes())?))
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
