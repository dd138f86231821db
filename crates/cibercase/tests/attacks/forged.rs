//! Access tokens that nobody issued (RFC 8725). The forger has our signing key wherever that helps the attack.

use std::net::TcpListener;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use testkit::{Actor, Forger, TestApp, Value, json, opened, unsigned};

use super::{SESSION, Tokens, tokens_of};

/// Somebody with a good token, and a forger with the key that signed it.
struct Scene {
    app: TestApp,
    ana: Actor,
    tokens: Tokens,
    forger: Forger,
    header: Value,
    claims: Value,
}

async fn scene() -> Scene {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let tokens = tokens_of(&app, &ana).await;
    let forger = app.forger().await;
    let [header, claims] = opened(&tokens.access);
    let scene = Scene { app, ana, tokens, forger, header, claims };
    // The forger's own work passes, so that what is refused below is refused for what it says.
    let same = scene.forger.sign(&scene.header.to_string(), &scene.claims.to_string());
    scene.ana.with_bearer(&same).get(SESSION).await.expect(200);
    scene
}

impl Scene {
    async fn refuses(&self, token: &str) {
        let answer = self.ana.with_bearer(token).get(SESSION).await;
        answer.expect_problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer error="invalid_token""#), "{token}");
    }

    async fn refuses_header(&self, name: &str, value: Value) {
        let mut header = self.header.clone();
        header[name] = value;
        self.refuses(&self.forger.sign(&header.to_string(), &self.claims.to_string())).await;
    }

    async fn refuses_claim(&self, name: &str, value: Value) {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.refuses(&self.forger.sign(&self.header.to_string(), &claims.to_string())).await;
    }

    fn header_with(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        header.to_string()
    }
}

#[tokio::test]
async fn no_algorithm_in_any_spelling_is_no_signature() {
    let scene = scene().await;
    let claims = scene.claims.to_string();
    for spelling in ["none", "None", "NONE", "nOnE"] {
        let header = scene.header_with("alg", json!(spelling));
        let message = unsigned(&header, &claims);
        for token in [format!("{message}."), format!("{message}.AA"), scene.forger.sign(&header, &claims)] {
            scene.refuses(&token).await;
        }
    }
    // Right algorithm, empty signature; and a signature of zeros (CVE-2022-21449).
    let message = unsigned(&scene.header.to_string(), &claims);
    scene.refuses(&format!("{message}.")).await;
    scene.refuses(&format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 64]))).await;
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let scene = scene().await;
    let keys = scene.app.nobody().get("/sts/jwks").await.expect(200);
    let public = &keys["keys"][0];
    let point = |name: &str| URL_SAFE_NO_PAD.decode(public[name].as_str().unwrap()).unwrap();
    // SubjectPublicKeyInfo of a key of P-256 (RFC 5480), as DER and as PEM.
    let mut der = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04".to_vec();
    der.extend(point("x").into_iter().chain(point("y")));
    let base64 = STANDARD.encode(&der);
    let lines = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n");
    let secrets =
        [public.to_string().into_bytes(), der, pem.clone().into_bytes(), pem.trim().into(), point("x")];
    for (name, algorithm) in
        [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
    {
        let message = unsigned(&scene.header_with("alg", json!(name)), &scene.claims.to_string());
        for secret in &secrets {
            let tag = hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes());
            scene.refuses(&format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))).await;
        }
    }
    for other in ["RS256", "RS512", "PS256", "ES384", "ES512", "ES256K", "EdDSA", "es256", ""] {
        scene.refuses_header("alg", json!(other)).await;
    }
}

#[tokio::test]
async fn a_key_id_is_looked_up_and_never_followed() {
    let scene = scene().await;
    let kid = scene.header["kid"].as_str().unwrap().to_owned();
    for other in [
        "../../../../../../dev/null",
        "/proc/self/environ",
        "..\\..\\secrets\\api-secret",
        "' or '1'='1' --",
        "x' union select 'c2VjcmV0' --",
        "|id",
        "http://127.0.0.1:1/keys",
        "",
        &format!("{kid} "),
        &kid.to_ascii_lowercase(),
        &"k".repeat(3000),
        &"k".repeat(100_000),
    ] {
        scene.refuses_header("kid", json!(other)).await;
    }
    for other in [json!(null), json!(0), json!([kid]), json!({ "kid": kid }), json!(format!("{kid}\0"))] {
        scene.refuses_header("kid", other).await;
    }
    scene.ana.with_bearer(&scene.tokens.access).get(SESSION).await.expect(200);
}

#[tokio::test]
async fn keys_that_a_token_brings_or_points_to_are_not_looked_at() {
    let scene = scene().await;
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", canary.local_addr().unwrap());
    let stranger = Forger::stranger();
    let jwk = json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": scene.header["kid"],
        "x": URL_SAFE_NO_PAD.encode([1; 32]), "y": URL_SAFE_NO_PAD.encode([2; 32]) });
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("x5c", json!(["MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"])),
        ("x5t#S256", json!("AAAA")),
    ] {
        scene.refuses(&stranger.sign(&scene.header_with(name, value), &scene.claims.to_string())).await;
    }
    let reached = canary.accept();
    assert_eq!(reached.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody came for a key");
}

#[tokio::test]
async fn another_kind_of_token_is_no_access_token() {
    let scene = scene().await;
    for typ in [json!("JWT"), json!("rt+jwt"), json!("AT+JWT"), json!("id+jwt"), json!(""), json!(null)] {
        scene.refuses_header("typ", typ).await;
    }
    scene.refuses_header("crit", json!(["exp"])).await;
    scene.refuses_header("crit", json!([])).await;
    scene.refuses(&scene.tokens.refresh).await;
    scene.refuses(scene.ana.cookie()).await;
    scene.ana.with_cookie(&scene.tokens.access).get(SESSION).await.expect(401);
    scene.ana.with_cookie(&scene.tokens.refresh).get(SESSION).await.expect(401);
    let form = [("grant_type", "refresh_token"), ("refresh_token", scene.tokens.access.as_str())];
    let answer = scene.app.nobody().post_form(super::TOKEN, &form).await;
    assert_eq!(answer.expect(400)["error"], "invalid_grant");
}

#[tokio::test]
async fn a_claim_that_is_missing_or_of_another_kind_is_no_claim() {
    let scene = scene().await;
    let exp = scene.claims["exp"].as_i64().unwrap();
    for value in [json!(exp.to_string()), json!("9"), json!(null), json!([exp]), json!(exp as f64 + 0.5)] {
        scene.refuses_claim("exp", value).await;
    }
    for (name, value) in [
        ("nbf", json!("0")),
        ("iat", json!(true)),
        ("sub", json!("admin")),
        ("sub", json!(7)),
        ("sid", json!(null)),
        ("jti", json!({})),
        ("exp", json!(0)),
        ("exp", json!(-1)),
        ("exp", json!(i64::MAX)),
        ("nbf", json!(exp + 1000)),
    ] {
        scene.refuses_claim(name, value).await;
    }
    for name in ["iss", "aud", "sub", "client_id", "jti", "iat", "exp"] {
        let mut claims = scene.claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        scene.refuses(&scene.forger.sign(&scene.header.to_string(), &claims.to_string())).await;
    }
    for claims in ["[]", "null", "\"x\"", "{", "{}"] {
        scene.refuses(&scene.forger.sign(&scene.header.to_string(), claims)).await;
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_or_for_another_audience_is_refused() {
    let scene = scene().await;
    let (issuer, audience) = (scene.claims["iss"].clone(), scene.claims["aud"].as_str().unwrap().to_owned());
    for other in ["https://evil.example", "", &format!("{}/", issuer.as_str().unwrap())] {
        scene.refuses_claim("iss", json!(other)).await;
    }
    scene.refuses_claim("iss", json!([issuer])).await;
    for other in [json!("urn:another:api"), json!(""), json!(format!("{audience}/")), json!([]), json!(null)]
    {
        scene.refuses_claim("aud", other).await;
    }
    // For us and for somebody else: that one could bring it here.
    scene.refuses_claim("aud", json!([audience, "https://other.example"])).await;
    let elsewhere = TestApp::start(vec![]).await;
    let eva = elsewhere.an_administrator().await;
    scene.refuses(&tokens_of(&elsewhere, &eva).await.access).await;
}

#[tokio::test]
async fn a_claim_that_stands_there_twice_is_refused() {
    let scene = scene().await;
    let (header, claims) = (scene.header.to_string(), scene.claims.to_string());
    for (name, value) in
        [("sub", scene.claims["sub"].clone()), ("exp", json!(9_999_999_999_i64)), ("aud", json!("x"))]
    {
        let first = claims.replacen('{', &format!("{{\"{name}\":{value},"), 1);
        let last = format!("{},\"{name}\":{value}}}", claims.strip_suffix('}').unwrap());
        scene.refuses(&scene.forger.sign(&header, &first)).await;
        scene.refuses(&scene.forger.sign(&header, &last)).await;
    }
    for value in ["\"none\"", "\"ES256\""] {
        let twice = header.replacen('{', &format!("{{\"alg\":{value},"), 1);
        scene.refuses(&scene.forger.sign(&twice, &claims)).await;
    }
}

#[tokio::test]
async fn a_token_written_otherwise_is_another_token() {
    let scene = scene().await;
    let [header, claims, signature] = scene.tokens.access.split('.').collect::<Vec<_>>()[..] else {
        unreachable!("a JWT has three parts")
    };
    let flipped = scene.forger.sign(&scene.header.to_string(), "{\"sub\":\"x\"}");
    for token in [
        format!("{header}.{claims}.{signature}="),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!("{header}.{claims}"),
        format!("{claims}.{header}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{header}.{claims}.{}", flipped.rsplit('.').next().unwrap()),
        "..".to_owned(),
        "a.b.c".to_owned(),
        "a.".repeat(30_000),
    ] {
        scene.refuses(&token).await;
    }
}
