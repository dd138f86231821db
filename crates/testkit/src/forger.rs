//! Somebody who holds a signing key of ours: what they sign is refused for what it says, never for how it is made.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::secrets::SecretStore;
use serde_json::Value;

/// A key to sign with.
pub struct Forger {
    key: EcdsaKeyPair,
}

impl Forger {
    /// With a sealed signing key and the secrets of the data directory that open it.
    pub(crate) fn of(secrets: &SecretStore, kid: &str, sealed: &[u8]) -> Self {
        let secret = secrets.get("key-encryption-key").expect("secrets can be read").expect("there is one");
        let derived = Salt::new(HKDF_SHA256, &[]).extract(secret.as_bytes());
        let mut key = [0; 32];
        let expanded = derived.expand(&[b"cibercase token signing keys 1"], &AES_256_GCM);
        expanded.and_then(|okm| okm.fill(&mut key)).expect("a key is derived");
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("a key has 32 bytes"));
        let (nonce, sealed) = sealed.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("a nonce has 12 bytes");
        let mut private = sealed.to_vec();
        let private = key.open_in_place(nonce, Aad::from(kid), &mut private).expect("the key opens");
        Self::with(private)
    }

    /// With a key of their own, which is none of ours.
    pub fn stranger() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key can be made");
        Self { key }
    }

    /// The public key's two coordinates, as a JSON Web Key spells them.
    pub fn coordinates(&self) -> [String; 2] {
        // A point that is not compressed: a four, and 32 bytes each.
        let point = self.key.public_key().as_ref();
        [&point[1..33], &point[33..65]].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate))
    }

    fn with(private: &[u8]) -> Self {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private);
        Self { key: key.expect("it is a key of P-256") }
    }

    /// A JWT with exactly these texts as header and claims.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let message = unsigned(header, claims);
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).expect("a key signs");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

/// Header and claims as they stand in a JWT, without a signature.
pub fn unsigned(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// What the header and the claims of a JWT say.
pub fn opened(token: &str) -> [Value; 2] {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("a part is base64"));
    [0, 1].map(|_| {
        let part = parts.next().expect("a JWT has three parts");
        serde_json::from_slice(&part).expect("a part is JSON")
    })
}
