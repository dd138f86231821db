//! What a reviewer tries against whoever calls: each test is one attack, through HTTP, and says how it ends.

#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]

mod bearer;
mod certificates;
mod directory;
mod ending;
mod enumeration;
mod forged;
mod keys;
mod origins;
mod policies;
mod refresh;
mod routes;
mod second_factor;
mod services;
mod shares;

use testkit::{Actor, PASSWORD, TestApp, Value};

const SESSION: &str = "/api/v1/session";
const TOKEN: &str = "/api/v1/auth/token";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// Of both services.
const SECRET: &str = "vbJf0gVzAqTn6oYkqjH2m8sP4wX1dLrE";
const SERVICES: &str = r#"
version: 1
services:
  desk:
    description: Works here and at the desk.
    organizations: ["*"]
    scopes: [tickets:read]
    audiences: [api, "https://desk.example"]
    secret_hash: "sha256:72f7446aa068ae7f44695a5d6327f30d6ca123acec6ad1d71c4844bfb503c286"
  gateway:
    description: Acts for others here.
    organizations: ["*"]
    scopes: [tickets:read]
    secret_hash: "sha256:72f7446aa068ae7f44695a5d6327f30d6ca123acec6ad1d71c4844bfb503c286"
    may_exchange: true
"#;

/// The tokens that somebody gets for their password.
async fn tokens_of(app: &TestApp, actor: &Actor) -> Tokens {
    let form = [("grant_type", "password"), ("username", &actor.email), ("password", PASSWORD)];
    Tokens::of(&app.nobody().post_form(TOKEN, &form).await.expect(200))
}

/// An access token with the refresh token beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tokens {
    access: String,
    refresh: String,
}

impl Tokens {
    fn of(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}
