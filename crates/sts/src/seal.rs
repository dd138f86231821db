//! Sealing secrets for the database with AES-256-GCM, under a key that the database never sees.

use anyhow::{Context, Result, anyhow, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use platform::secrets::{SecretStore, random_hex};

/// The secret that seals; the variable is for installations whose nodes share no directory.
pub(crate) const SECRET: &str = "key-encryption-key";
const VARIABLE: &str = "CIBERCASE_KEY_ENCRYPTION_KEY";
/// As many characters as 32 bytes have in hexadecimal; less is no secret for AES-256.
const SHORTEST_SECRET: usize = 64;

/// Seals and opens secrets of one purpose; what was sealed for another one does not open (RFC 5869).
pub struct Sealer(RandomizedNonceKey);

impl Sealer {
    /// With the secret of the environment, or else of the data directory.
    pub fn open(secrets: &SecretStore, purpose: &str) -> Result<Self> {
        let secret = match platform::config::variable(VARIABLE) {
            Some(secret) => {
                ensure!(
                    secret.len() >= SHORTEST_SECRET,
                    "{VARIABLE} has fewer than {SHORTEST_SECRET} characters"
                );
                secret
            }
            None => secrets.get_or_make(SECRET, || random_hex(32))?,
        };
        Self::with(&secret, purpose)
    }

    pub(crate) fn with(secret: &str, purpose: &str) -> Result<Self> {
        let failed = |_| anyhow!("a key cannot be derived");
        let derived = Salt::new(HKDF_SHA256, &[]).extract(secret.as_bytes());
        let mut key = [0; 32];
        derived
            .expand(&[purpose.as_bytes()], &AES_256_GCM)
            .and_then(|okm| okm.fill(&mut key))
            .map_err(failed)?;
        Ok(Self(RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(failed)?))
    }

    /// Seals `text` under a name: a nonce, then what is sealed, then the tag.
    pub fn seal(&self, name: &[u8], text: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = text.to_vec();
        // The name goes along: what was moved to another row does not open.
        let nonce = self.0.seal_in_place_append_tag(Aad::from(name), &mut sealed);
        let mut whole = nonce.map_err(|_| anyhow!("a secret cannot be sealed"))?.as_ref().to_vec();
        whole.append(&mut sealed);
        Ok(whole)
    }

    /// What was sealed under this name.
    pub fn unseal(&self, name: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).context("what is sealed is cut short")?;
        let nonce =
            Nonce::try_assume_unique_for_key(nonce).map_err(|_| anyhow!("a nonce has twelve bytes"))?;
        let mut text = sealed.to_vec();
        let opened = self
            .0
            .open_in_place(nonce, Aad::from(name), &mut text)
            .map_err(|_| anyhow!("it is sealed with another secret: every node needs the same {SECRET}"))?;
        Ok(opened.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_secret_its_purpose_and_its_name_only() {
        let ours = Sealer::with("ours", "letters").unwrap();
        let sealed = ours.seal(b"ana", b"dear ana").unwrap();
        assert_eq!(ours.unseal(b"ana", &sealed).unwrap(), b"dear ana");
        assert!(ours.unseal(b"eva", &sealed).is_err());
        assert!(ours.unseal(b"ana", &sealed[..11]).is_err());
        assert!(Sealer::with("theirs", "letters").unwrap().unseal(b"ana", &sealed).is_err());
        assert!(Sealer::with("ours", "keys").unwrap().unseal(b"ana", &sealed).is_err());
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(ours.unseal(b"ana", &changed).is_err(), "{index}");
        }
    }
}
