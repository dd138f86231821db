//! Signing keys: made, sealed, named.

use anyhow::{Result, anyhow, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::secrets::SecretStore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::seal::{SECRET, Sealer};

/// What the sealing key is derived for; the same secret serves others too.
const PURPOSE: &str = "cibercase token signing keys 1";

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

/// Makes private keys and keeps them sealed: a key that the database never sees opens them.
pub(crate) struct KeySealer(Sealer);

impl KeySealer {
    pub fn open(secrets: &SecretStore) -> Result<Self> {
        Ok(Self(Sealer::open(secrets, PURPOSE)?))
    }

    pub fn adopt(&self, secrets: &[String]) -> Result<()> {
        self.0.adopt(secrets)
    }

    /// The same under the secret of now; none where it is.
    pub fn seal_anew(&self, kid: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>> {
        self.0.seal_anew(kid.as_bytes(), sealed)
    }

    /// A fresh key of P-256.
    pub fn make_key(&self) -> Result<NewKey> {
        let failed = |_| anyhow!("a signing key could not be made");
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let document = document.map_err(failed)?;
        let public = public_half(document.as_ref())?;
        let sealed = self.0.seal(public.kid.as_bytes(), document.as_ref())?;
        Ok(NewKey { public, sealed })
    }

    /// The private key (PKCS#8) that was sealed under this name.
    pub fn open_key(&self, kid: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let private = self.0.unseal(kid.as_bytes(), sealed).map_err(|_| {
            anyhow!("the signing keys of this database are sealed with another secret: every node needs the same {SECRET}")
        })?;
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

    fn sealer(secret: &str) -> KeySealer {
        KeySealer(Sealer::with(&[secret.to_owned()], PURPOSE).unwrap())
    }

    #[test]
    fn a_key_opens_with_its_secret_and_under_its_name_only() {
        let (ours, theirs) = (sealer("ours"), sealer("theirs"));
        let (one, other) = (ours.make_key().unwrap(), ours.make_key().unwrap());
        assert!(ours.open_key(&one.public.kid, &one.sealed).is_ok());
        assert!(theirs.open_key(&one.public.kid, &one.sealed).is_err());
        assert!(ours.open_key(&other.public.kid, &one.sealed).is_err());
    }

    #[test]
    fn what_is_published_holds_no_private_member() {
        let key = sealer("ours").make_key().unwrap();
        let json = serde_json::to_value(&key.public).unwrap();
        let names = json.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
        assert!(!names.contains(&"d"), "{names:?}");
        assert_eq!(json["kid"].as_str().unwrap().len(), 43);
    }
}
