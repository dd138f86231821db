//! Every signature of Wycheproof's sets for the algorithms that keys of others have here, by keys that are given as JSON Web Keys.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sts::ClientKey;
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

fn key(members: &[(&str, String)]) -> ClientKey {
    let members = members.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    ClientKey::read_of_provider(&members.collect::<HashMap<_, _>>()).unwrap()
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Counts the signatures, and lists those that are taken and must not be, or the other way round.
#[derive(Default)]
struct Judge {
    count: usize,
    wrong: Vec<usize>,
}

impl Judge {
    fn look(&mut self, id: usize, key: &ClientKey, signed: (&[u8], &[u8]), result: TestResult) {
        let has_signed = key.has_signed(signed.0, &text(signed.1));
        let is_wrong = match result {
            TestResult::Valid => !has_signed,
            TestResult::Invalid => has_signed,
            TestResult::Acceptable => false,
        };
        self.count += 1;
        self.wrong.extend(is_wrong.then_some(id));
    }

    fn end(self, at_least: usize) {
        assert!(self.wrong.is_empty(), "{:?}", self.wrong);
        assert!(self.count >= at_least, "only {}", self.count);
    }
}

#[test]
fn es256_takes_what_is_valid_and_nothing_else() {
    let mut judge = Judge::default();
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let Some(jwk) = &group.jwk else { continue };
        // Numbers are written in as many bytes as the curve has (RFC 7518, 6.2.1.2).
        let coordinate = |number: &[u8]| text([vec![0; 32 - number.len().min(32)], number.to_vec()].concat());
        let (x, y) = (coordinate(jwk.affine_x.as_slice()), coordinate(jwk.affine_y.as_slice()));
        let key = key(&[("kty", jwk.kty.clone()), ("crv", "P-256".to_owned()), ("x", x), ("y", y)]);
        for test in &group.tests {
            judge.look(test.tc_id, &key, (test.msg.as_ref(), test.sig.as_ref()), test.result);
        }
    }
    judge.end(200);
}

#[test]
fn eddsa_takes_what_is_valid_and_nothing_else() {
    let mut judge = Judge::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let x = text(group.jwk.x.as_slice());
        let key = key(&[("kty", group.jwk.kty.clone()), ("crv", "Ed25519".to_owned()), ("x", x)]);
        for test in &group.tests {
            judge.look(test.tc_id, &key, (test.msg.as_ref(), test.sig.as_ref()), test.result);
        }
    }
    judge.end(140);
}

#[test]
fn rs256_takes_what_is_valid_and_nothing_else() {
    let mut judge = Judge::default();
    for group in
        rsa_pkcs1_verify::TestSet::load(rsa_pkcs1_verify::TestName::Rsa2048Sha256).unwrap().test_groups
    {
        let Some(jwk) = &group.jwk else { continue };
        // No key with so small an exponent is taken at all.
        if jwk.e.as_slice() == [3] {
            continue;
        }
        let (n, e) = (text(jwk.n.as_slice()), text(jwk.e.as_slice()));
        let key = key(&[("kty", jwk.kty.clone()), ("alg", jwk.alg.clone()), ("n", n), ("e", e)]);
        for test in &group.tests {
            judge.look(test.tc_id, &key, (test.msg.as_ref(), test.sig.as_ref()), test.result);
        }
    }
    judge.end(200);
}

#[test]
fn ps256_takes_what_is_valid_and_nothing_else() {
    let mut judge = Judge::default();
    let set = rsa_pss_verify::TestSet::load(rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen32);
    for group in set.unwrap().test_groups {
        let Some(jwk) = &group.jwk else { continue };
        let (n, e) = (text(jwk.n.as_slice()), text(jwk.e.as_slice()));
        let key = key(&[("kty", jwk.kty.clone()), ("alg", jwk.alg.clone()), ("n", n), ("e", e)]);
        for test in &group.tests {
            judge.look(test.tc_id, &key, (test.msg.as_ref(), test.sig.as_ref()), test.result);
        }
    }
    judge.end(100);
}
