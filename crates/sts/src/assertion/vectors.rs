//! Keys and signatures as Wycheproof's classes of JWK and JWS vectors try them, and the examples of the RFCs.

#![expect(clippy::indexing_slicing, reason = "a test ends where it goes wrong")]

use std::collections::HashMap;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use time::OffsetDateTime;

use super::*;

const AUDIENCE: &str = "https://soc.example.org";
const CLAIMS: &str =
    r#"{"iss":"reader","sub":"reader","aud":"https://soc.example.org","jti":"1","exp":1790000060}"#;
/// The order of P-256 (FIPS 186-4, D.1.2.3).
const N: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// The order of Ed25519's group (RFC 8032, 5.1), little endian.
const L: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
/// RFC 7515, A.3.
const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
/// RFC 8037, A.2.
const OKP: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// RFC 7515, A.2.
const RSA: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
const A2_A3_MESSAGE: &str =
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

fn read(jwk: &str) -> Result<ClientKey, String> {
    let members: HashMap<String, String> = serde_json::from_str(jwk).unwrap();
    ClientKey::read(&members).map_err(|error| format!("{error:#}"))
}

/// A known key with other members; an empty value takes the member away.
fn changed(jwk: &str, changes: &[(&str, &str)]) -> Result<ClientKey, String> {
    let mut members: HashMap<String, String> = serde_json::from_str(jwk).unwrap();
    for (name, value) in changes {
        members.insert((*name).to_owned(), (*value).to_owned());
    }
    members.retain(|_, value| !value.is_empty());
    ClientKey::read(&members).map_err(|error| format!("{error:#}"))
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn message(header: &str) -> String {
    format!("{}.{}", b64(header), b64(CLAIMS))
}

fn holds(assertion: &str, key: &ClientKey) -> bool {
    let now = OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap();
    verify(assertion, "reader", std::slice::from_ref(key), &[AUDIENCE], now).is_some()
}

struct Ec {
    pkcs8: Vec<u8>,
    key: ClientKey,
}

impl Ec {
    fn make() -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let pkcs8 = pkcs8.unwrap().as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap();
        let [x, y] = [1..33, 33..65].map(|part| b64(&pair.public_key().as_ref()[part]));
        Self { pkcs8, key: changed(EC, &[("x", &x), ("y", &y), ("kid", "one")]).unwrap() }
    }

    fn sign(&self, how: &'static EcdsaSigningAlgorithm, message: &str) -> Vec<u8> {
        let pair = EcdsaKeyPair::from_pkcs8(how, &self.pkcs8).unwrap();
        pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
    }

    fn signed(&self, header: &str) -> String {
        let message = message(header);
        format!("{message}.{}", b64(self.sign(&ECDSA_P256_SHA256_FIXED_SIGNING, &message)))
    }
}

#[test]
fn the_examples_of_the_rfcs_hold() {
    for (jwk, message, signature) in [
        (
            EC,
            format!("eyJhbGciOiJFUzI1NiJ9{A2_A3_MESSAGE}"),
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            OKP,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".to_owned(),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
        (
            RSA,
            format!("eyJhbGciOiJSUzI1NiJ9{A2_A3_MESSAGE}"),
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
    ] {
        let key = read(jwk).unwrap();
        assert!(key.has_signed(&message, signature), "{jwk}");
        assert!(!key.has_signed(&message[1..], signature), "{jwk}");
    }
}

#[test]
fn a_key_that_is_not_what_it_says_is_refused_when_it_is_read() {
    let zeros = b64([0; 32]);
    let (p, short, long) = (b64([0xff; 32]), b64([1; 31]), b64([1; 33]));
    let ec: &[(&str, &str)] = &[
        ("kty", "RSA"),
        ("kty", "OKP"),
        ("kty", "oct"),
        ("kty", "ec"),
        ("kty", ""),
        ("crv", "P-384"),
        ("crv", "secp256k1"),
        ("crv", "Ed25519"),
        ("crv", ""),
        ("y", ""),
        ("x", ""),
        // No points of the curve: another, zero, beyond the field, too short, too long.
        ("x", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
        ("x", &zeros),
        ("x", &p),
        ("y", &p),
        ("x", &short),
        ("x", &long),
        // Padding, the other alphabet, bits that stand for nothing, something else.
        ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU="),
        ("y", "x/FEzRu9m36HLN/tue659LNpXW6pCyStikYjKIWI5a0"),
        ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV"),
        ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE\u{a0}"),
        ("alg", "ES384"),
        ("alg", "RS256"),
        ("alg", "HS256"),
        ("alg", "none"),
        ("use", "enc"),
    ];
    for (name, value) in ec {
        assert!(changed(EC, &[(name, value)]).is_err(), "{name} {value:?}");
    }
    for (name, value) in [("x", short.as_str()), ("x", &long), ("x", ""), ("crv", "X25519"), ("alg", "ES256")]
    {
        assert!(changed(OKP, &[(name, value)]).is_err(), "{name} {value:?}");
    }
    let both = changed(EC, &[("x", &zeros), ("y", &zeros)]);
    assert_eq!(both.unwrap_err(), "it is no point of its curve");
}

#[test]
fn a_weak_rsa_key_is_refused_however_it_is_dressed() {
    let members: HashMap<String, String> = serde_json::from_str(RSA).unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(&members["n"]).unwrap();
    let half = b64(&modulus[..128]);
    let dressed = b64([&[0; 128], &modulus[..128]].concat());
    let (zero_before, huge) = (b64([&[0], &modulus[..]].concat()), b64([0xff; 1025]));
    for n in [&half, &dressed, &zero_before, &huge, ""] {
        assert!(changed(RSA, &[("n", n)]).is_err(), "{n}");
    }
    for e in ["AQ", "Aw", "AA", "AQAA", "AAEAAQ", "EQ", "AQAAAAE", ""] {
        assert!(changed(RSA, &[("e", e)]).is_err(), "{e}");
    }
    assert!(changed(RSA, &[("alg", "PS256")]).is_err() && changed(RSA, &[("crv", "P-256")]).is_err());
}

#[test]
fn a_signature_of_es256_is_two_numbers_of_32_bytes_and_nothing_else() {
    let ec = Ec::make();
    let message = message(r#"{"alg":"ES256"}"#);
    let good = ec.sign(&ECDSA_P256_SHA256_FIXED_SIGNING, &message);
    assert!(holds(&format!("{message}.{}", b64(&good)), &ec.key));
    let (r, s) = good.split_at(32);
    let (n, zero, one) = (unhex(N), [0; 32], [&[0; 31][..], &[1]].concat());
    let signatures = [
        ec.sign(&ECDSA_P256_SHA256_ASN1_SIGNING, &message),
        [s, r].concat(),
        [&zero, s].concat(),
        [r, &zero].concat(),
        [zero, zero].concat(),
        [one.as_slice(), &one].concat(),
        [&n, s].concat(),
        [r, &n].concat(),
        [&n[..], &n].concat(),
        [&n, &zero[..]].concat(),
        vec![0xff; 64],
        good[..63].to_vec(),
        good[1..].to_vec(),
        [&good[..], &[0]].concat(),
        [&[0], &good[..]].concat(),
        [&[0][..], r, &[0], s].concat(),
        [&good[..], &good[..]].concat(),
        Vec::new(),
    ];
    for signature in signatures {
        assert!(!holds(&format!("{message}.{}", b64(&signature)), &ec.key), "{signature:02x?}");
    }
    for bit in 0..512 {
        let mut signature = good.clone();
        signature[bit / 8] ^= 1 << (bit % 8);
        assert!(!holds(&format!("{message}.{}", b64(&signature)), &ec.key), "{bit}");
    }
}

#[test]
fn another_padding_or_digest_is_another_algorithm() {
    let pair = rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = pair.public_key();
    let n = b64(public.modulus().big_endian_without_leading_zero());
    let e = b64(public.exponent().big_endian_without_leading_zero());
    let key = changed(RSA, &[("n", &n), ("e", &e)]).unwrap();
    let sign = |how: &'static dyn aws_lc_rs::signature::RsaEncoding, header: &str| {
        let message = message(header);
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(how, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        (message, signature)
    };
    let (message, good) = sign(&RSA_PKCS1_SHA256, r#"{"alg":"RS256"}"#);
    assert!(holds(&format!("{message}.{}", b64(&good)), &key));
    for how in [&RSA_PKCS1_SHA384, &RSA_PKCS1_SHA512, &RSA_PSS_SHA256] {
        for header in [r#"{"alg":"RS256"}"#, r#"{"alg":"RS384"}"#, r#"{"alg":"RS512"}"#, r#"{"alg":"PS256"}"#]
        {
            let (message, signature) = sign(how, header);
            assert!(!holds(&format!("{message}.{}", b64(signature)), &key), "{header} {how:?}");
        }
    }
    let mut one = vec![0; 256];
    one[255] = 1;
    let longer = [&[0], &good[..]].concat();
    for signature in [vec![0; 256], one, vec![0xff; 256], good[1..].to_vec(), longer, Vec::new()] {
        assert!(!holds(&format!("{message}.{}", b64(signature)), &key));
    }
}

#[test]
fn an_ed25519_signature_is_written_in_one_way() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let key = changed(OKP, &[("x", &b64(pair.public_key()))]).unwrap();
    let message = message(r#"{"alg":"EdDSA"}"#);
    let good = pair.sign(message.as_bytes()).as_ref().to_vec();
    assert!(holds(&format!("{message}.{}", b64(&good)), &key));
    // S + L signs the same for whoever does not look (RFC 8032, 5.1.7).
    let (mut malleable, mut carry) = (good.clone(), 0);
    for (byte, add) in malleable[32..].iter_mut().zip(unhex(L)) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    let swapped = [&good[32..], &good[..32]].concat();
    for signature in [malleable, swapped, vec![0; 64], good[..63].to_vec(), [&good[..], &[0]].concat()] {
        assert!(!holds(&format!("{message}.{}", b64(&signature)), &key), "{signature:02x?}");
    }
}

#[test]
fn a_header_chooses_neither_key_nor_algorithm() {
    let ec = Ec::make();
    assert!(holds(
        &ec.signed(r#"{"alg":"ES256","typ":"JWT","kid":"one","jku":"http://127.0.0.1:1/"}"#),
        &ec.key
    ));
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"ES384"}"#,
        r#"{"alg":"ES256K"}"#,
        r#"{"alg":"es256"}"#,
        r#"{"alg":""}"#,
        r#"{"alg":null}"#,
        r#"{"alg":["ES256"]}"#,
        r#"{"alg":"ES256","alg":"ES256"}"#,
        r#"{"alg":"ES256","kid":"two"}"#,
        r#"{"alg":"ES256","kid":1}"#,
        r#"{"alg":"ES256","typ":"at+jwt"}"#,
        r#"{"alg":"ES256","crit":["exp"]}"#,
        r#"{"alg":"ES256","crit":[]}"#,
        r#"{"alg":"ES256","b64":false,"crit":["b64"]}"#,
        r#"{"typ":"JWT"}"#,
        "{}",
        "[]",
        "null",
        "",
        r#"{"alg":"ES256""#,
        r#"{"alg":"ES256"}{"alg":"ES256"}"#,
    ] {
        assert!(!holds(&ec.signed(header), &ec.key), "{header}");
    }
    // Somebody else's key, brought along.
    let other = Ec::make();
    assert!(!holds(&other.signed(&format!(r#"{{"alg":"ES256","jwk":{EC}}}"#)), &ec.key));
}

#[test]
fn what_is_not_three_parts_in_base64url_is_no_assertion() {
    let ec = Ec::make();
    let good = ec.signed(r#"{"alg":"ES256"}"#);
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { unreachable!() };
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    // The last sign of 64 bytes has four bits that stand for nothing.
    let (start, last) = signature.split_at(signature.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = &alphabet[alphabet.find(last).unwrap() + 1..][..1];
    for written in [
        format!("{header}.{payload}.{start}{next}"),
        format!("{header}.{payload}.{}", URL_SAFE.encode(&raw)),
        format!("{header}.{payload}.{}", STANDARD.encode(&raw)),
        format!("{header}.{payload}.{signature}\n"),
        format!("{header}.{payload}. {signature}"),
        format!(" {good}"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{good}.{signature}"),
        format!("{header}.{payload}.{signature}.x.x"),
        format!(r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#),
        "..".to_owned(),
        String::new(),
        format!("{header}.{}.{signature}", "A".repeat(9000)),
    ] {
        assert!(!holds(&written, &ec.key), "{written}");
    }
}
