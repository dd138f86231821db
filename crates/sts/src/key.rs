//! Signing keys: made, sealed, named.

use anyhow::{Context, Result, anyhow, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::secrets::{SecretStore, random_hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// The secret that seals keys; the variable is for installations whose nodes share no directory.
const SECRET: &str = "key-encryption-key";
const VARIABLE: &str = "CIBERCASE_KEY_ENCRYPTION_KEY";
/// As many characters as 32 bytes have in hexadecimal; less is no secret for AES-256.
const SHORTEST_SECRET: usize = 64;
/// What the sealing key is derived for, so that the secret may serve others too (RFC 5869).
const PURPOSE: &[u8] = b"cibercase token signing keys 1";

/// An uncompressed point of P-256: a marker byte, then x and y (SEC 1, 2.3.3).
const POINT_BYTES: usize = 65;

vocab::text_enum! {
    /// Where a key stands in its life.
    pub enum KeyPhase {
        /// Published, so that every verifier knows it before it signs.
        Prepared = "prepared",
        Active = "active",
        /// Signs no more; verifies until its last token has run out.
        Tainted = "tainted",
        /// Neither published nor believed.
        Revoked = "revoked",
    }
}

/// The public half as JSON Web Key (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicKey {
    pub kty: String,
    pub crv: String,
    pub x: String,
    pub y: String,
    pub kid: String,
    pub alg: String,
    #[serde(rename = "use")]
    pub usage: String,
}

impl PublicKey {
    pub(crate) fn of(x: String, y: String) -> Self {
        let kid = thumbprint(&x, &y);
        let text = str::to_owned;
        Self { kty: text("EC"), crv: text("P-256"), x, y, kid, alg: text("ES256"), usage: text("sig") }
    }
}

/// A new key: its public half, and the private one (PKCS#8) sealed.
pub(crate) struct NewKey {
    pub public: PublicKey,
    pub sealed: Vec<u8>,
}

/// Seals private keys with AES-256-GCM under a key that the database never sees.
pub(crate) struct Sealer(RandomizedNonceKey);

impl Sealer {
    /// With the secret of the environment, or else of the data directory.
    pub fn open(secrets: &SecretStore) -> Result<Self> {
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
        Self::with(&secret)
    }

    fn with(secret: &str) -> Result<Self> {
        let failed = |_| anyhow!("a key cannot be derived");
        let derived = Salt::new(HKDF_SHA256, &[]).extract(secret.as_bytes());
        let mut key = [0; 32];
        derived.expand(&[PURPOSE], &AES_256_GCM).and_then(|okm| okm.fill(&mut key)).map_err(failed)?;
        Ok(Self(RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(failed)?))
    }

    /// A fresh key of P-256.
    pub fn make_key(&self) -> Result<NewKey> {
        let failed = |_| anyhow!("a signing key could not be made");
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let document = document.map_err(failed)?;
        let public = public_half(document.as_ref())?;
        let mut sealed = document.as_ref().to_vec();
        // The name goes along: a sealed key moved to another row does not open.
        let nonce = self.0.seal_in_place_append_tag(Aad::from(public.kid.as_bytes()), &mut sealed);
        let mut text = nonce.map_err(failed)?.as_ref().to_vec();
        text.append(&mut sealed);
        Ok(NewKey { public, sealed: text })
    }

    /// The private key (PKCS#8) that was sealed under this name.
    pub fn open_key(&self, kid: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let (nonce, sealed) =
            sealed.split_at_checked(NONCE_LEN).context("a sealed signing key is cut short")?;
        let nonce =
            Nonce::try_assume_unique_for_key(nonce).map_err(|_| anyhow!("a nonce has twelve bytes"))?;
        let mut text = sealed.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::from(kid.as_bytes()), &mut text).map_err(|_| {
            anyhow!("the signing keys of this database are sealed with another secret: every node needs the same {SECRET}")
        })?;
        let private = opened.to_vec();
        ensure!(public_half(&private)?.kid == kid, "a signing key has another key's name");
        Ok(private)
    }
}

fn public_half(private: &[u8]) -> Result<PublicKey> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private)
        .map_err(|_| anyhow!("a signing key is not a P-256 key in PKCS#8"))?;
    let point = pair.public_key().as_ref();
    ensure!(point.len() == POINT_BYTES, "a signing key's public point has an unexpected form");
    let (x, y) = point[1..].split_at(POINT_BYTES / 2);
    Ok(PublicKey::of(URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y)))
}

/// RFC 7638: the SHA-256 of the required members, in the order of their names, without white space.
fn thumbprint(x: &str, y: &str) -> String {
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_with_its_secret_and_under_its_name_only() {
        let (ours, theirs) = (Sealer::with("ours").unwrap(), Sealer::with("theirs").unwrap());
        let (one, other) = (ours.make_key().unwrap(), ours.make_key().unwrap());
        assert!(ours.open_key(&one.public.kid, &one.sealed).is_ok());
        assert!(theirs.open_key(&one.public.kid, &one.sealed).is_err());
        assert!(ours.open_key(&other.public.kid, &one.sealed).is_err());
        assert!(ours.open_key(&one.public.kid, &one.sealed[..11]).is_err());
        for index in 0..one.sealed.len() {
            let mut changed = one.sealed.clone();
            changed[index] ^= 1;
            assert!(ours.open_key(&one.public.kid, &changed).is_err(), "{index}");
        }
    }

    #[test]
    fn what_is_published_holds_no_private_member() {
        let key = Sealer::with("ours").unwrap().make_key().unwrap();
        let json = serde_json::to_value(&key.public).unwrap();
        let names = json.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
        assert!(!names.contains(&"d"), "{names:?}");
        assert_eq!(json["kid"].as_str().unwrap().len(), 43);
    }
}
