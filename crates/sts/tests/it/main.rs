//! What the verifier refuses, each attack as its own row.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation ends a test")]

mod exchange;
mod keys;
mod scene;
mod services;
mod wycheproof;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::config::Config;
use serde_json::{Value, json};
use sts::{Claims, NewToken, Refusal, Sts, Subject, Tokens};
use testkit::{Forger, Setup, TestApp, opened, unsigned};
use time::{Duration, OffsetDateTime};
use vocab::{SessionId, UserId};

/// The verifier, and what only somebody with the data directory and the database has: the key to forge with.
struct Fixture {
    tokens: Tokens,
    audience: String,
    forger: Forger,
    user: UserId,
    session: SessionId,
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

async fn fixture() -> Fixture {
    let config = Config { public_url: "https://soc.example.org".to_owned(), ..Setup::default().config };
    let app = TestApp::start_with(vec![], Setup { config, ..Setup::default() }).await;
    let sts = app.service::<Sts>();
    Fixture {
        tokens: sts.tokens(&app).await.unwrap(),
        audience: sts.audience().to_owned(),
        forger: app.forger().await,
        user: UserId::new(),
        session: SessionId::new(),
    }
}

impl Fixture {
    fn issue(&self) -> String {
        let new = NewToken {
            subject: Subject::Person { user: self.user, session: self.session },
            audience: &self.audience,
            client_id: "cibercase",
            scope: "api",
            act: None,
            bound_to: None,
            now: now(),
            lifetime: Duration::seconds(300),
        };
        self.tokens.issue(&new).unwrap().0
    }

    fn verify(&self, token: &str) -> Result<Claims, Refusal> {
        self.tokens.verify(token, None, now())
    }

    fn kid(&self) -> String {
        self.header()["kid"].as_str().unwrap().to_owned()
    }

    fn header(&self) -> Value {
        opened(&self.issue())[0].clone()
    }

    fn claims(&self) -> Value {
        opened(&self.issue())[1].clone()
    }

    /// A token with the right key's signature over whatever it says.
    fn forge(&self, header: &Value, claims: &Value) -> String {
        self.forger.sign(&header.to_string(), &claims.to_string())
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

fn message(header: &Value, claims: &Value) -> String {
    unsigned(&header.to_string(), &claims.to_string())
}

#[tokio::test]
async fn a_token_of_ours_says_what_was_put_in() {
    let fixture = fixture().await;
    let claims = fixture.verify(&fixture.issue()).unwrap();
    assert_eq!(claims.subject, Subject::Person { user: fixture.user, session: fixture.session });
    assert_eq!((claims.client_id.as_str(), claims.scope.as_str()), ("cibercase", "api"));
    assert_eq!(claims.expires_at, now() + Duration::seconds(300));
    assert_eq!(fixture.header()["typ"], "at+jwt");
    assert!(fixture.tokens.believes(&claims.kid, claims.token));
    // What is forged below is refused for what it says and not for how it is made.
    fixture.verify(&fixture.forge(&fixture.header(), &fixture.claims())).unwrap();
}

#[tokio::test]
async fn a_token_is_valid_until_its_last_second_and_no_longer() {
    let fixture = fixture().await;
    let token = fixture.issue();
    assert!(fixture.tokens.verify(&token, None, now() + Duration::seconds(299)).is_ok());
    assert_eq!(fixture.tokens.verify(&token, None, now() + Duration::seconds(300)), Err(Refusal::Expired));
    // The next node's clock may be a little behind.
    assert!(fixture.tokens.verify(&token, None, now() - Duration::seconds(5)).is_ok());
    assert_eq!(fixture.tokens.verify(&token, None, now() - Duration::seconds(6)), Err(Refusal::NotYetValid));
}

#[tokio::test]
async fn no_algorithm_is_no_signature() {
    let fixture = fixture().await;
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

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let fixture = fixture().await;
    let kid = fixture.kid();
    let public = fixture.tokens.public_keys().iter().find(|key| key.kid == kid).unwrap();
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

#[tokio::test]
async fn a_key_is_found_by_its_exact_id_and_never_by_a_path() {
    let fixture = fixture().await;
    let kid = fixture.kid();
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

#[tokio::test]
async fn keys_brought_along_are_not_looked_at() {
    let fixture = fixture().await;
    // An attacker's own key, offered in every way that headers know.
    let theirs = Forger::stranger();
    for (name, value) in [
        ("jwk", json!({ "kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA" })),
        ("jku", json!("http://127.0.0.1:9/jwks")),
        ("x5u", json!("http://127.0.0.1:9/cert")),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut header = fixture.header();
        header[name] = value;
        let token = theirs.sign(&header.to_string(), &fixture.claims().to_string());
        assert_eq!(fixture.verify(&token), Err(Refusal::Signature), "{name}");
    }
}

#[tokio::test]
async fn another_kind_of_token_is_not_an_access_token() {
    let fixture = fixture().await;
    for typ in ["JWT", "jwt", "rt+jwt", "AT+JWT", "application/at+jwt", "dpop+jwt", ""] {
        fixture.refuses_header("typ", json!(typ), Refusal::Header);
    }
    fixture.refuses_header("typ", json!(null), Refusal::Header);
    fixture.refuses_header("crit", json!(["exp"]), Refusal::Header);
}

#[tokio::test]
async fn claims_have_the_right_kind_or_are_none() {
    let fixture = fixture().await;
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

#[tokio::test]
async fn a_token_from_or_for_somebody_else_is_refused() {
    let fixture = fixture().await;
    let audience = fixture.audience.clone();
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

#[tokio::test]
async fn a_changed_token_is_refused() {
    let fixture = fixture().await;
    let token = fixture.issue();
    for index in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(fixture.verify(&changed).is_err(), "{index}: {changed}");
    }
}

#[tokio::test]
async fn another_installations_token_is_refused() {
    let (ours, theirs) = (fixture().await, fixture().await);
    assert_eq!(ours.verify(&theirs.issue()), Err(Refusal::UnknownKey));
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_a_panic() {
    let fixture = fixture().await;
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

#[tokio::test]
async fn a_key_id_is_the_thumbprint_of_its_key() {
    let fixture = fixture().await;
    let key = &fixture.tokens.public_keys()[0];
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, key.x, key.y);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, members.as_bytes());
    assert_eq!(key.kid, URL_SAFE_NO_PAD.encode(digest.as_ref()));
}
