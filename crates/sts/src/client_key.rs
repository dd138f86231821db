//! The public keys with which services prove themselves: JSON Web Keys (RFC 7517), read strictly.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow, bail, ensure};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};

/// A coordinate of P-256 (RFC 7518, 6.2.1.2).
const COORDINATE_BYTES: usize = 32;
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// Smaller ones are refused, as NIST SP 800-56B does.
const SMALLEST_EXPONENT: u64 = 65537;

/// A service's or a provider's public key; its kind says the one algorithm that it verifies.
#[derive(Debug)]
pub struct ClientKey {
    pub kid: Option<String>,
    pub algorithm_name: &'static str,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl ClientKey {
    /// Reads a JSON Web Key: EC on P-256, RSA of 2048 bits and more, or Ed25519 (RFC 8037).
    pub fn read(members: &HashMap<String, String>) -> Result<Self> {
        let member = |name: &str| {
            members.get(name).map(String::as_str).with_context(|| format!("`{name}` is missing"))
        };
        let (algorithm_name, algorithm, key) = match (member("kty")?, members.get("crv").map(String::as_str))
        {
            ("EC", Some("P-256")) => ("ES256", Algorithm::ES256, p256(member("x")?, member("y")?)?),
            ("OKP", Some("Ed25519")) => ("EdDSA", Algorithm::EdDSA, ed25519(member("x")?)?),
            ("RSA", None) => ("RS256", Algorithm::RS256, rsa(member("n")?, member("e")?)?),
            _ => bail!("it is none of EC on P-256, RSA and Ed25519"),
        };
        if let Some(said) = members.get("alg") {
            ensure!(
                said == algorithm_name,
                "`alg` is {said}, and a key of this kind verifies {algorithm_name}"
            );
        }
        if let Some(said) = members.get("use") {
            ensure!(said == "sig", "`use` is {said}, and this key is for signatures: `sig`");
        }
        Ok(Self { kid: members.get("kid").cloned(), algorithm_name, algorithm, key })
    }

    /// Reads a provider's key: one of RSA may be for PS256 as well, if it says so.
    pub fn read_of_provider(members: &HashMap<String, String>) -> Result<Self> {
        let is_pss = members.get("kty").is_some_and(|kty| kty == "RSA")
            && members.get("alg").is_some_and(|alg| alg == "PS256");
        if !is_pss {
            return Self::read(members);
        }
        let mut members = members.clone();
        members.remove("alg");
        Ok(Self { algorithm_name: "PS256", algorithm: Algorithm::PS256, ..Self::read(&members)? })
    }

    /// Whether the signature, in base64url, is this key's over the message.
    pub fn has_signed(&self, message: impl AsRef<[u8]>, signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message.as_ref(), &self.key, self.algorithm).unwrap_or(false)
    }
}

fn bytes(name: &str, text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).with_context(|| format!("`{name}` is not base64url without padding"))
}

fn p256(x: &str, y: &str) -> Result<DecodingKey> {
    let mut point = vec![0x04];
    for (name, text) in [("x", x), ("y", y)] {
        let coordinate = bytes(name, text)?;
        ensure!(coordinate.len() == COORDINATE_BYTES, "`{name}` has not {COORDINATE_BYTES} bytes");
        point.extend(coordinate);
    }
    check_point(&ECDSA_P256_SHA256_FIXED, &point)?;
    Ok(DecodingKey::from_ec_components(x, y)?)
}

fn ed25519(x: &str) -> Result<DecodingKey> {
    check_point(&ED25519, &bytes("x", x)?)?;
    Ok(DecodingKey::from_ed_components(x)?)
}

fn check_point(algorithm: &'static dyn VerificationAlgorithm, point: &[u8]) -> Result<()> {
    ParsedPublicKey::new(algorithm, point).map(drop).map_err(|_| anyhow!("it is no point of its curve"))
}

fn rsa(n: &str, e: &str) -> Result<DecodingKey> {
    let (modulus, exponent) = (bytes("n", n)?, bytes("e", e)?);
    for (name, number) in [("n", &modulus), ("e", &exponent)] {
        // A number with zeros before it would look longer than it is (RFC 7518, 6.3.1.1).
        ensure!(number.first().is_some_and(|first| *first != 0), "`{name}` begins with a zero");
    }
    let unused = modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = modulus.len() * 8 - unused;
    ensure!(
        RSA_BITS.contains(&bits),
        "it has {bits} bits; {} to {} are taken",
        RSA_BITS.start(),
        RSA_BITS.end()
    );
    ensure!(exponent.len() <= 4, "`e` is larger than any that is in use");
    let exponent = exponent.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    ensure!(
        exponent >= SMALLEST_EXPONENT && exponent % 2 == 1,
        "`e` is {exponent}; odd numbers from {SMALLEST_EXPONENT} are taken"
    );
    Ok(DecodingKey::from_rsa_components(n, e)?)
}
