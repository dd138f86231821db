//! What the verifier refuses, each attack as its own row.

#![expect(clippy::unwrap_used, reason = "a failed expectation ends a test")]

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use platform::secrets::SecretStore;
use serde_json::{Value, json};
use sts::{Claims, NewToken, Refusal, Sts};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use vocab::{SessionId, UserId};

/// The service, and what only somebody with the data directory has: the key to forge with.
struct Fixture {
    sts: Sts,
    key: EcdsaKeyPair,
    user: UserId,
    session: SessionId,
    _directory: TempDir,
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let secrets = SecretStore::open(directory.path()).unwrap();
    let sts = Sts::open(&secrets, "https://soc.example.org").unwrap();
    let ring: Value = serde_json::from_str(&secrets.get("token-signing-keys").unwrap().unwrap()).unwrap();
    let private = STANDARD.decode(ring["keys"][0]["private_key"].as_str().unwrap()).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private).unwrap();
    Fixture { sts, key, user: UserId::new(), session: SessionId::new(), _directory: directory }
}

impl Fixture {
    fn issue(&self) -> String {
        let new = NewToken {
            user: self.user,
            session: self.session,
            client_id: "cibercase",
            scope: "api",
            now: now(),
            lifetime: Duration::seconds(300),
        };
        self.sts.issue(new).unwrap()
    }

    fn verify(&self, token: &str) -> Result<Claims, Refusal> {
        self.sts.verify(token, now())
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.sts.public_keys()[0].kid })
    }

    fn claims(&self) -> Value {
        decode(self.issue().split('.').nth(1).unwrap())
    }

    /// A token with the right key's signature over whatever it says.
    fn forge(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    #[track_caller]
    fn refuses_header(&self, name: &str, value: Value, expected: Refusal) {
        let mut header = self.header();
        header[name] = value;
        assert_eq!(self.verify(&self.forge(&header, &self.claims())), Err(expected), "{header}");
    }

    #[track_caller]
    fn refuses_claim(&self, name: &str, value: Value, expected: Refusal) {
        let mut claims = self.claims();
        claims[name] = value;
        assert_eq!(self.verify(&self.forge(&self.header(), &claims)), Err(expected), "{claims}");
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header), encode(claims))
}

#[test]
fn a_token_of_ours_says_what_was_put_in() {
    let fixture = fixture();
    let claims = fixture.verify(&fixture.issue()).unwrap();
    assert_eq!((claims.user, claims.session), (fixture.user, fixture.session));
    assert_eq!((claims.client_id.as_str(), claims.scope.as_str()), ("cibercase", "api"));
    assert_eq!(claims.expires_at, now() + Duration::seconds(300));
    let header = decode(fixture.issue().split('.').next().unwrap());
    assert_eq!(header, fixture.header());
    // What is forged below is refused for what it says and not for how it is made.
    fixture.verify(&fixture.forge(&fixture.header(), &fixture.claims())).unwrap();
}

#[test]
fn a_token_is_valid_until_its_last_second_and_no_longer() {
    let fixture = fixture();
    let token = fixture.issue();
    assert!(fixture.sts.verify(&token, now() + Duration::seconds(299)).is_ok());
    assert_eq!(fixture.sts.verify(&token, now() + Duration::seconds(300)), Err(Refusal::Expired));
    // The next node's clock may be a little behind.
    assert!(fixture.sts.verify(&token, now() - Duration::seconds(5)).is_ok());
    assert_eq!(fixture.sts.verify(&token, now() - Duration::seconds(6)), Err(Refusal::NotYetValid));
}

#[test]
fn no_algorithm_is_no_signature() {
    let fixture = fixture();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let mut header = fixture.header();
        header["alg"] = json!(alg);
        let message = message(&header, &fixture.claims());
        for token in [format!("{message}."), message.clone(), fixture.forge(&header, &fixture.claims())] {
            assert!(fixture.verify(&token).is_err(), "{token}");
        }
    }
    assert!(fixture.verify(&format!("{}.", message(&fixture.header(), &fixture.claims()))).is_err());
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let fixture = fixture();
    let public = &fixture.sts.public_keys()[0];
    let json = serde_json::to_string(public).unwrap();
    for alg in ["HS256", "HS384", "HS512"] {
        let mut header = fixture.header();
        header["alg"] = json!(alg);
        let message = message(&header, &fixture.claims());
        for secret in [json.as_bytes(), public.x.as_bytes(), &URL_SAFE_NO_PAD.decode(&public.x).unwrap()] {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
            assert_eq!(fixture.verify(&token), Err(Refusal::Header));
        }
    }
    for alg in ["RS256", "PS256", "ES384", "ES512", "EdDSA", "es256", "ES256K"] {
        fixture.refuses_header("alg", json!(alg), Refusal::Header);
    }
}

#[test]
fn a_key_is_found_by_its_exact_id_and_never_by_a_path() {
    let fixture = fixture();
    let kid = fixture.sts.public_keys()[0].kid.clone();
    for other in [
        "../../../../dev/null",
        "/etc/passwd",
        "' or '1'='1",
        "x' union select 'secret",
        "http://localhost/keys",
        "",
        "0",
        &format!("{kid} "),
        &kid.to_lowercase(),
    ] {
        fixture.refuses_header("kid", json!(other), Refusal::UnknownKey);
    }
    for other in [json!(null), json!(1), json!([kid]), json!(format!("{kid}\0")), json!({ "kid": kid })] {
        fixture.refuses_header("kid", other, Refusal::Header);
    }
}

#[test]
fn keys_brought_along_are_not_looked_at() {
    let fixture = fixture();
    // An attacker's own key, offered in every way that headers know.
    let theirs = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    for (name, value) in [
        ("jwk", json!({ "kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA" })),
        ("jku", json!("http://127.0.0.1:9/jwks")),
        ("x5u", json!("http://127.0.0.1:9/cert")),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut header = fixture.header();
        header[name] = value;
        let message = message(&header, &fixture.claims());
        let signature = theirs.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()));
        assert_eq!(fixture.verify(&token), Err(Refusal::Signature), "{name}");
    }
}

#[test]
fn another_kind_of_token_is_not_an_access_token() {
    let fixture = fixture();
    for typ in ["JWT", "jwt", "rt+jwt", "AT+JWT", "application/at+jwt", "dpop+jwt", ""] {
        fixture.refuses_header("typ", json!(typ), Refusal::Header);
    }
    fixture.refuses_header("typ", json!(null), Refusal::Header);
    fixture.refuses_header("crit", json!(["exp"]), Refusal::Header);
}

#[test]
fn claims_have_the_right_kind_or_are_none() {
    let fixture = fixture();
    let exp = fixture.claims()["exp"].clone();
    for (name, value) in [
        ("exp", json!(exp.to_string())),
        ("exp", json!(1.79e9 + 100.5)),
        ("exp", json!(null)),
        ("exp", json!([exp])),
        ("nbf", json!("0")),
        ("iat", json!(true)),
        ("sub", json!(7)),
        ("sub", json!("admin")),
        ("sid", json!(null)),
        ("jti", json!(["x"])),
        ("aud", json!(null)),
        ("iss", json!({})),
    ] {
        fixture.refuses_claim(name, value, Refusal::Claims);
    }
    for name in ["iss", "aud", "sub", "sid", "jti", "exp", "nbf", "iat"] {
        let mut claims = fixture.claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(
            fixture.verify(&fixture.forge(&fixture.header(), &claims)),
            Err(Refusal::Claims),
            "{name}"
        );
    }
    for claims in [json!([]), json!("x"), json!(null)] {
        assert_eq!(fixture.verify(&fixture.forge(&fixture.header(), &claims)), Err(Refusal::Claims));
    }
}

#[test]
fn a_token_from_or_for_somebody_else_is_refused() {
    let fixture = fixture();
    let audience = fixture.sts.audience().to_owned();
    for issuer in
        ["https://evil.example", "https://soc.example.org/", "https://soc.example.org.evil.example", ""]
    {
        fixture.refuses_claim("iss", json!(issuer), Refusal::Issuer);
    }
    for other in ["https://other.example/api", "", &format!("{audience} ")] {
        fixture.refuses_claim("aud", json!(other), Refusal::Audience);
    }
    // One string and no list: a token for us and another is for another.
    fixture.refuses_claim("aud", json!([audience, "https://other.example/api"]), Refusal::Claims);
    fixture.refuses_claim("nbf", json!(now().unix_timestamp() + 1), Refusal::NotYetValid);
    fixture.refuses_claim("exp", json!(now().unix_timestamp()), Refusal::Expired);
    fixture.refuses_claim("exp", json!(i64::MAX), Refusal::Claims);
}

#[test]
fn a_changed_token_is_refused() {
    let fixture = fixture();
    let token = fixture.issue();
    for index in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(fixture.verify(&changed).is_err(), "{index}: {changed}");
    }
}

#[test]
fn another_installations_token_is_refused() {
    let (ours, theirs) = (fixture(), fixture());
    assert_eq!(ours.verify(&theirs.issue()), Err(Refusal::UnknownKey));
}

#[test]
fn what_is_no_token_is_refused_without_a_panic() {
    let fixture = fixture();
    let token = fixture.issue();
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b",
        "é.ñ.ü",
        "=.=.=",
        " ",
        &format!(" {token}"),
        &format!("{token}="),
        &format!("{token}.{token}"),
        &"a.".repeat(100_000),
    ] {
        assert!(fixture.verify(text).is_err());
    }
    let big = json!({ "x": "y".repeat(5000) });
    assert_eq!(fixture.verify(&fixture.forge(&fixture.header(), &big)), Err(Refusal::Malformed));
}

#[test]
fn a_key_id_is_the_thumbprint_of_its_key() {
    let fixture = fixture();
    let key = &fixture.sts.public_keys()[0];
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, key.x, key.y);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, members.as_bytes());
    assert_eq!(key.kid, URL_SAFE_NO_PAD.encode(digest.as_ref()));
}
