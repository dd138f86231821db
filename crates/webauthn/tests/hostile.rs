//! Whatever is sent, it is read or refused.
#![expect(clippy::unwrap_used, reason = "a failed expectation ends a test")]

use proptest::prelude::*;
use webauthn::{Assertion, Enrolment, Key, Refusal, RelyingParty};

const ORIGIN: &str = "https://soc.example.org";
const CHALLENGE: &[u8] = b"0123456789abcdef0123456789abcdef";
const CHALLENGE_TEXT: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

fn party() -> RelyingParty {
    RelyingParty::of(ORIGIN).unwrap()
}

fn client_data(kind: &str, origin: &str, more: &str) -> String {
    format!("{{\"type\":\"{kind}\",\"challenge\":\"{CHALLENGE_TEXT}\",\"origin\":\"{origin}\"{more}}}")
}

fn key() -> Key {
    Key { id: vec![1], public_key: vec![], counter: 0, is_verified: false, may_be_copied: false }
}

/// The host name's hash, flags and counter.
fn data(flags: u8, counter: u32, rest: &[u8]) -> Vec<u8> {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"soc.example.org");
    [hash.as_ref(), &[flags], &counter.to_be_bytes(), rest].concat()
}

fn assert(client_data: &str, authenticator_data: &[u8], key: &Key) -> Result<webauthn::Shown, Refusal> {
    Assertion { client_data: client_data.as_bytes(), authenticator_data, signature: &[] }.check(
        &party(),
        CHALLENGE,
        key,
    )
}

#[test]
fn what_the_browser_says_is_held_against_what_was_asked() {
    let check =
        |text: &str, expected| assert_eq!(assert(text, &data(1, 0, &[]), &key()), Err(expected), "{text}");
    check(&client_data("webauthn.create", ORIGIN, ""), Refusal::WrongKind);
    check(&client_data("webauthn.get", "https://soc.example.org.evil.example", ""), Refusal::WrongOrigin);
    check(&client_data("webauthn.get", "http://soc.example.org", ""), Refusal::WrongOrigin);
    check(&client_data("webauthn.get", ORIGIN, ",\"crossOrigin\":true"), Refusal::WrongOrigin);
    check(
        &client_data("webauthn.get", ORIGIN, ",\"origin\":\"https://soc.example.org\""),
        Refusal::Malformed,
    );
    check("[]", Refusal::Malformed);
    check("", Refusal::Malformed);
    // Members that we do not know are none of our business: what is wrong here is the key.
    check(&client_data("webauthn.get", ORIGIN, ",\"later\":[1]"), Refusal::Malformed);
}

#[test]
fn what_the_authenticator_says_is_whole() {
    let text = client_data("webauthn.get", ORIGIN, "");
    let check = |bytes: &[u8], expected| assert_eq!(assert(&text, bytes, &key()), Err(expected), "{bytes:?}");
    check(&[], Refusal::Malformed);
    check(&data(1, 0, &[])[..36], Refusal::Malformed);
    check(&data(0, 0, &[]), Refusal::NotPresent);
    check(&data(1, 0, &[0]), Refusal::Malformed);
    // Copied, though it says that it never is.
    check(&data(1 | 1 << 4, 0, &[]), Refusal::Malformed);
    check(&data(1 | 1 << 3, 0, &[]), Refusal::BackupChanged);
    // Extensions are said to follow, and do not.
    check(&data(1 | 1 << 7, 0, &[]), Refusal::Malformed);
    // A key whose id is longer than what is there, and one of no length.
    check(&data(1 | 1 << 6, 0, &[[0; 16].as_slice(), &[255, 255]].concat()), Refusal::Malformed);
    check(&data(1 | 1 << 6, 0, &[0; 18]), Refusal::Malformed);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        client in prop::collection::vec(any::<u8>(), 0..200),
        object in prop::collection::vec(any::<u8>(), 0..400),
        cose in prop::collection::vec(any::<u8>(), 0..100),
        flags in any::<u8>(),
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let (made, got) = (client_data("webauthn.create", ORIGIN, ""), client_data("webauthn.get", ORIGIN, ""));
        let party = party();
        for client_data in [client.as_slice(), made.as_bytes()] {
            let enrolment = Enrolment { client_data, attestation_object: &object };
            prop_assert!(enrolment.check(&party, CHALLENGE).is_err());
        }
        let key = Key { public_key: cose, ..key() };
        let data = data(flags, 0, &rest);
        let shown = Assertion { client_data: got.as_bytes(), authenticator_data: &data, signature: &object };
        prop_assert!(shown.check(&party, CHALLENGE, &key).is_err());
    }
}
