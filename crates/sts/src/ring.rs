//! The signing keys, their phases, and the secret they are kept in.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use platform::secrets::SecretStore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

const SECRET: &str = "token-signing-keys";

/// An uncompressed point of P-256: a marker byte, then x and y (SEC 1, 2.3.3).
const POINT_BYTES: usize = 65;

/// Where a key stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPhase {
    /// Published, so that every verifier knows it before it signs.
    Prepared,
    Active,
    /// Signs no more; verifies until its last token has run out.
    Retired,
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

/// One key as the secret keeps it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptKey {
    phase: KeyPhase,
    /// PKCS#8, base64.
    private_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptRing {
    keys: Vec<KeptKey>,
}

/// The keys of this installation, ready for use.
pub struct KeyRing {
    pub(crate) active_kid: String,
    pub(crate) signing: EncodingKey,
    pub(crate) verifying: BTreeMap<String, DecodingKey>,
    pub(crate) published: Vec<PublicKey>,
}

impl KeyRing {
    /// The ring of the data directory, made with one active key when there is none.
    pub fn open(secrets: &SecretStore) -> Result<Self> {
        // Made before it is known to be needed, because making can fail and the store's callback cannot.
        let fresh = fresh_ring()?;
        Self::read(&secrets.get_or_make(SECRET, || fresh)?)
    }

    fn read(text: &str) -> Result<Self> {
        let kept: KeptRing = serde_json::from_str(text).context("the ring of signing keys cannot be read")?;
        let mut active = None;
        let (mut verifying, mut published) = (BTreeMap::new(), Vec::new());
        for key in &kept.keys {
            let private = STANDARD.decode(&key.private_key).context("a signing key is not base64")?;
            let public = public_half(&private)?;
            verifying.insert(public.kid.clone(), DecodingKey::from_ec_components(&public.x, &public.y)?);
            if key.phase == KeyPhase::Active {
                ensure!(active.is_none(), "two signing keys are active");
                active = Some((public.kid.clone(), EncodingKey::from_ec_der(&private)));
            }
            published.push(public);
        }
        let (active_kid, signing) = active.context("no signing key is active")?;
        Ok(Self { active_kid, signing, verifying, published })
    }
}

fn fresh_ring() -> Result<String> {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
        .map_err(|_| anyhow::anyhow!("a signing key could not be made"))?;
    let key = KeptKey { phase: KeyPhase::Active, private_key: STANDARD.encode(document.as_ref()) };
    Ok(serde_json::to_string(&KeptRing { keys: vec![key] })?)
}

fn public_half(private: &[u8]) -> Result<PublicKey> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private)
        .map_err(|_| anyhow::anyhow!("a signing key is not a P-256 key in PKCS#8"))?;
    let point = pair.public_key().as_ref();
    ensure!(point.len() == POINT_BYTES, "a signing key's public point has an unexpected form");
    let (x, y) = point[1..].split_at(POINT_BYTES / 2);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let kid = thumbprint(&x, &y);
    let text = str::to_owned;
    Ok(PublicKey { kty: text("EC"), crv: text("P-256"), x, y, kid, alg: text("ES256"), usage: text("sig") })
}

/// RFC 7638: the SHA-256 of the required members, in the order of their names, without white space.
fn thumbprint(x: &str, y: &str) -> String {
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(phase: KeyPhase) -> KeptKey {
        let kept: KeptRing = serde_json::from_str(&fresh_ring().unwrap()).unwrap();
        KeptKey { phase, ..kept.keys.into_iter().next().unwrap() }
    }

    fn ring(phases: &[KeyPhase]) -> Result<KeyRing> {
        let keys = phases.iter().map(|phase| key(*phase)).collect();
        KeyRing::read(&serde_json::to_string(&KeptRing { keys }).unwrap())
    }

    #[test]
    fn every_phase_is_published_and_verifies_and_only_the_active_key_signs() {
        let ring = ring(&[KeyPhase::Retired, KeyPhase::Active, KeyPhase::Prepared]).unwrap();
        assert_eq!(ring.published.len(), 3);
        assert_eq!(ring.verifying.len(), 3);
        assert_eq!(ring.active_kid, ring.published[1].kid);
    }

    #[test]
    fn a_ring_without_exactly_one_active_key_is_refused() {
        assert!(ring(&[KeyPhase::Retired, KeyPhase::Prepared]).is_err());
        assert!(ring(&[KeyPhase::Active, KeyPhase::Active]).is_err());
        assert!(ring(&[]).is_err());
        assert!(KeyRing::read("{}").is_err());
    }

    #[test]
    fn a_ring_is_kept_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let secrets = SecretStore::open(directory.path()).unwrap();
        let first = KeyRing::open(&secrets).unwrap();
        let second = KeyRing::open(&secrets).unwrap();
        assert_eq!(first.published, second.published);
    }

    #[test]
    fn what_is_published_holds_no_private_member() {
        let ring = ring(&[KeyPhase::Active]).unwrap();
        let json = serde_json::to_value(&ring.published[0]).unwrap();
        let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(!names.contains(&"d"), "{names:?}");
        assert_eq!(json["kid"].as_str().unwrap().len(), 43);
    }
}
