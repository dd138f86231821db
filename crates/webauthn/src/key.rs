//! Public keys as authenticators give them (COSE, RFC 9052 and 9053), and their signatures.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

use crate::{Refusal, cbor};

const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;
/// What keys are asked for, the preferred first; the last is for the TPMs of Windows.
pub const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];

const KIND: i64 = 1;
const ALGORITHM: i64 = 3;
/// Of elliptic curves; an RSA key has its modulus and exponent here.
const CURVE_OR_MODULUS: i64 = -1;
const X_OR_EXPONENT: i64 = -2;
const Y: i64 = -3;
const OCTET_PAIR: i64 = 1;
const TWO_COORDINATES: i64 = 2;
const RSA: i64 = 3;
const P256: i64 = 1;
const CURVE_ED25519: i64 = 6;
const COORDINATE_BYTES: usize = 32;

#[derive(Debug)]
pub enum PublicKey {
    /// Uncompressed (SEC 1, 2.3.3).
    Es256([u8; 1 + 2 * COORDINATE_BYTES]),
    EdDsa(Vec<u8>),
    Rs256 {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

impl PublicKey {
    pub fn read(cose: &[u8]) -> Result<Self, Refusal> {
        let (map, rest) = cbor::read(cose)?;
        if !rest.is_empty() {
            return Err(Refusal::Malformed);
        }
        match (cbor::integer(&map, KIND)?, cbor::integer(&map, ALGORITHM)?) {
            (TWO_COORDINATES, ES256) if cbor::integer(&map, CURVE_OR_MODULUS)? == P256 => {
                let (x, y) = (cbor::bytes(&map, X_OR_EXPONENT)?, cbor::bytes(&map, Y)?);
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                let is_whole = x.len() == COORDINATE_BYTES && y.len() == COORDINATE_BYTES;
                let point = point.try_into().ok().filter(|_| is_whole);
                Ok(Self::Es256(point.ok_or(Refusal::Malformed)?))
            }
            (OCTET_PAIR, EDDSA) if cbor::integer(&map, CURVE_OR_MODULUS)? == CURVE_ED25519 => {
                let x = cbor::bytes(&map, X_OR_EXPONENT)?;
                if x.len() == COORDINATE_BYTES { Ok(Self::EdDsa(x)) } else { Err(Refusal::Malformed) }
            }
            (RSA, RS256) => {
                let modulus = cbor::bytes(&map, CURVE_OR_MODULUS)?;
                Ok(Self::Rs256 { modulus, exponent: cbor::bytes(&map, X_OR_EXPONENT)? })
            }
            _ => Err(Refusal::UnknownAlgorithm),
        }
    }

    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        let verdict =
            match self {
                Self::Es256(point) => {
                    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
                }
                Self::EdDsa(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
                Self::Rs256 { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }
                    .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            };
        verdict.map_err(|_| Refusal::WrongSignature)
    }
}
