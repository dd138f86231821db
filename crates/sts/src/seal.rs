//! Sealing secrets for the database with AES-256-GCM, under a key that the database never sees.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, Result, anyhow, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use platform::secrets::{SecretStore, random_hex};

/// The secret that seals; the variable is for installations whose nodes share no directory.
pub const SECRET: &str = "key-encryption-key";
const VARIABLE: &str = "CIBERCASE_KEY_ENCRYPTION_KEY";
/// As many characters as 32 bytes have in hexadecimal; less is no secret for AES-256.
const SHORTEST_SECRET: usize = 64;

/// Seals and opens secrets of one purpose; what was sealed for another one does not open (RFC 5869).
pub struct Sealer {
    purpose: String,
    /// The one that seals first; the other opens as well, while the secret changes.
    keys: RwLock<Arc<[RandomizedNonceKey]>>,
}

impl Sealer {
    /// With the secret of the environment, or else of the data directory.
    pub fn open(secrets: &SecretStore, purpose: &str) -> Result<Self> {
        let values = match of_environment() {
            Some(secret) => {
                ensure!(
                    secret.len() >= SHORTEST_SECRET,
                    "{VARIABLE} has fewer than {SHORTEST_SECRET} characters"
                );
                vec![secret]
            }
            None => secrets.versions_or_make(SECRET, || random_hex(32))?.secrets(),
        };
        Self::with(&values, purpose)
    }

    pub(crate) fn with(secrets: &[String], purpose: &str) -> Result<Self> {
        Ok(Self { purpose: purpose.to_owned(), keys: RwLock::new(derived(secrets, purpose)?) })
    }

    /// Seals with the first of these from now on, and opens with all of them.
    pub fn adopt(&self, secrets: &[String]) -> Result<()> {
        let keys = derived(secrets, &self.purpose)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Seals `text` under a name: a nonce, then what is sealed, then the tag.
    pub fn seal(&self, name: &[u8], text: &[u8]) -> Result<Vec<u8>> {
        let keys = self.keys();
        let mut sealed = text.to_vec();
        // The name goes along: what was moved to another row does not open.
        let nonce = first(&keys)?.seal_in_place_append_tag(Aad::from(name), &mut sealed);
        let mut whole = nonce.map_err(|_| anyhow!("a secret cannot be sealed"))?.as_ref().to_vec();
        whole.append(&mut sealed);
        Ok(whole)
    }

    /// What was sealed under this name.
    pub fn unseal(&self, name: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let mut outcome = Err(anyhow!("there is no key"));
        for key in self.keys().iter() {
            outcome = opened(key, name, sealed);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// The same under the first secret; none where that opens it already.
    pub fn seal_anew(&self, name: &[u8], sealed: &[u8]) -> Result<Option<Vec<u8>>> {
        if opened(first(&self.keys())?, name, sealed).is_ok() {
            return Ok(None);
        }
        self.seal(name, &self.unseal(name, sealed)?).map(Some)
    }

    fn keys(&self) -> Arc<[RandomizedNonceKey]> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The secret that the environment has; it is changed there and not by us.
pub fn of_environment() -> Option<String> {
    platform::config::variable(VARIABLE)
}

fn first(keys: &[RandomizedNonceKey]) -> Result<&RandomizedNonceKey> {
    keys.first().context("there is no key that seals")
}

fn derived(secrets: &[String], purpose: &str) -> Result<Arc<[RandomizedNonceKey]>> {
    let failed = |_| anyhow!("a key cannot be derived");
    let derive = |secret: &String| {
        let derived = Salt::new(HKDF_SHA256, &[]).extract(secret.as_bytes());
        let mut key = [0; 32];
        derived
            .expand(&[purpose.as_bytes()], &AES_256_GCM)
            .and_then(|okm| okm.fill(&mut key))
            .map_err(failed)?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(failed)
    };
    secrets.iter().map(derive).collect()
}

fn opened(key: &RandomizedNonceKey, name: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).context("what is sealed is cut short")?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| anyhow!("a nonce has twelve bytes"))?;
    let mut text = sealed.to_vec();
    let opened = key
        .open_in_place(nonce, Aad::from(name), &mut text)
        .map_err(|_| anyhow!("it is sealed with another secret: every node needs the same {SECRET}"))?;
    Ok(opened.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(secret: &str, purpose: &str) -> Sealer {
        Sealer::with(&[secret.to_owned()], purpose).unwrap()
    }

    #[test]
    fn while_the_secret_changes_both_open_and_the_first_seals() {
        let (old, new) = (sealer("old", "letters"), sealer("new", "letters"));
        let changing = sealer("old", "letters");
        let sealed = changing.seal(b"ana", b"dear ana").unwrap();
        changing.adopt(&["new".to_owned(), "old".to_owned()]).unwrap();
        assert_eq!(changing.unseal(b"ana", &sealed).unwrap(), b"dear ana");
        let anew = changing.seal_anew(b"ana", &sealed).unwrap().unwrap();
        assert_eq!(new.unseal(b"ana", &anew).unwrap(), b"dear ana");
        assert!(old.unseal(b"ana", &anew).is_err());
        assert_eq!(changing.seal_anew(b"ana", &anew).unwrap(), None);
        assert!(changing.seal_anew(b"eva", &sealed).is_err());
    }

    #[test]
    fn what_is_sealed_opens_with_its_secret_its_purpose_and_its_name_only() {
        let ours = sealer("ours", "letters");
        let sealed = ours.seal(b"ana", b"dear ana").unwrap();
        assert_eq!(ours.unseal(b"ana", &sealed).unwrap(), b"dear ana");
        assert!(ours.unseal(b"eva", &sealed).is_err());
        assert!(ours.unseal(b"ana", &sealed[..11]).is_err());
        assert!(sealer("theirs", "letters").unseal(b"ana", &sealed).is_err());
        assert!(sealer("ours", "keys").unseal(b"ana", &sealed).is_err());
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(ours.unseal(b"ana", &changed).is_err(), "{index}");
        }
    }
}
