//! Registered services, and how they ask.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::body::Body;
use axum::http::{Method, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use platform::clock::Clock;
use testkit::{Actor, Answer, PASSWORD, Setup, TestApp, Value, json, unsigned};

pub const TOKEN: &str = "/sts/token";
pub const SECRET: &str = "vbJf0gVzAqTn6oYkqjH2m8sP4wX1dLrE";
/// printf %s "$SECRET" | sha256sum
pub const HASH: &str = "72f7446aa068ae7f44695a5d6327f30d6ca123acec6ad1d71c4844bfb503c286";
pub const TICKETS: &str = "/api/v1/tickets";
pub const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub fn file(key: &EcdsaKeyPair) -> String {
    let [x, y] = [1..33, 33..65].map(|part| URL_SAFE_NO_PAD.encode(&key.public_key().as_ref()[part]));
    format!(
        r#"
version: 1
services:
  ticket-bot:
    description: Files tickets.
    organizations: [acme]
    scopes: [tickets:read, tickets:create, tickets:write]
    audiences: [api, "https://desk.example"]
    secret_hash: "sha256:{HASH}"
  gateway:
    description: Acts for people and services.
    organizations: ["*"]
    scopes: [tickets:read, alerts:read]
    secret_hash: "sha256:{HASH}"
    may_exchange: true
  signer:
    description: Proves itself with a key.
    organizations: [acme]
    scopes: [tickets:read]
    public_keys:
      - {{kty: EC, crv: P-256, x: "{x}", y: "{y}", kid: one}}
  desk:
    description: Takes tokens of others.
    organizations: ["*"]
    scopes: [alerts:read]
    audiences: ["https://desk.example"]
    secret_hash: "sha256:{HASH}"
  night-bot:
    description: Works at night.
    organizations: [acme]
    scopes: [tickets:read]
    secret_hash: "sha256:{HASH}"
    restrictions:
      networks: [10.0.0.0/8]
"#
    )
}

pub struct Scene {
    pub app: TestApp,
    pub clock: Clock,
    pub key: EcdsaKeyPair,
}

pub async fn scene() -> Scene {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let clock = Clock::manual(super::now());
    let mut setup = Setup { clock: clock.clone(), services_file: file(&key), ..Setup::default() };
    setup.config.public_url = "https://soc.example.org".to_owned();
    Scene { app: TestApp::start_with(modules(), setup).await, clock, key }
}

pub fn modules() -> Vec<platform::Module> {
    vec![alerts::module(), assets::module(), notifications::module(), tickets::module()]
}

pub type Form<'a> = Vec<(&'a str, &'a str)>;

pub fn credentials(id: &str) -> Form<'_> {
    vec![("client_id", id), ("client_secret", SECRET)]
}

pub fn own(id: &str) -> Form<'_> {
    [vec![("grant_type", "client_credentials")], credentials(id)].concat()
}

pub fn exchange<'a>(id: &'a str, subject: &'a str) -> Form<'a> {
    let form =
        vec![("grant_type", EXCHANGE), ("subject_token", subject), ("subject_token_type", ACCESS_TOKEN)];
    [form, credentials(id)].concat()
}

pub fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap().to_owned()
}

#[track_caller]
pub fn expect_error(answer: &Answer, status: u16, error: &str) {
    let body = answer.expect(status);
    assert_eq!(body["error"], error, "{}", answer.text());
    assert!(body["error_description"].is_string());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

impl Scene {
    pub async fn post(&self, path: &str, form: &Form<'_>) -> Answer {
        self.app.nobody().post_form(path, form).await
    }

    pub async fn token(&self, form: &Form<'_>) -> String {
        text(&self.post(TOKEN, form).await.expect(200), "access_token")
    }

    /// Somebody's own access token: cookies insist on TLS here.
    pub async fn person(&self, actor: &Actor) -> String {
        let form = [("grant_type", "password"), ("username", actor.email.as_str()), ("password", PASSWORD)];
        text(&self.app.nobody().post_form("/api/v1/auth/token", &form).await.expect(200), "access_token")
    }

    pub fn caller(&self, token: &str) -> Actor {
        self.app.nobody().with_bearer(token)
    }

    pub fn assertion(&self, change: impl FnOnce(&mut Value, &mut Value)) -> String {
        let mut header = json!({ "alg": "ES256", "typ": "JWT", "kid": "one" });
        let at = self.clock.now().unix_timestamp();
        let mut claims = json!({ "iss": "signer", "sub": "signer", "aud": "https://soc.example.org/sts/token",
            "jti": "first", "exp": at + 60, "iat": at });
        change(&mut header, &mut claims);
        let message = unsigned(&header.to_string(), &claims.to_string());
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    pub async fn assert(&self, assertion: &str) -> Answer {
        let form = vec![
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ];
        self.post(TOKEN, &form).await
    }

    pub async fn basic(&self, value: &str, form: &Form<'_>) -> Answer {
        let pairs = form.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let request = self.app.nobody().request(Method::POST, TOKEN);
        let request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(value)));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.app.nobody().send(request.body(Body::from(pairs.join("&"))).unwrap()).await
    }
}
