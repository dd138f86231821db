//! Tokens of our own (RFC 6749, 4.4), by certificate or by secret.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use serde::Deserialize;
use tokio::time::Instant;

use crate::Error;
use crate::call::{Pool, exchange};
use crate::settings::Settings;

/// A token is renewed when this much of its life has passed.
const RENEWED: f64 = 0.8;

pub struct Token {
    pub text: String,
    pub renew_at: Instant,
    pub expires_at: Instant,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

/// Asks for a token.
pub async fn fetch(settings: &Settings, pool: &Pool) -> Result<Token, Error> {
    let asked_at = Instant::now();
    let request = Request::post(format!("{}/sts/token", settings.sts_url))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(form(settings)))?;
    let answer = exchange(pool, request, settings.answer_bytes).await?;
    if answer.status() != StatusCode::OK {
        let said = String::from_utf8_lossy(answer.body()).chars().take(200).collect::<String>();
        return Err(Error::Token(format!("{} {said}", answer.status())));
    }
    let answer: Answer =
        serde_json::from_slice(answer.body()).map_err(|error| Error::Token(error.to_string()))?;
    let life = Duration::from_secs(answer.expires_in);
    Ok(Token {
        text: answer.access_token,
        renew_at: asked_at + life.mul_f64(RENEWED),
        expires_at: asked_at + life,
    })
}

fn form(settings: &Settings) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials").append_pair("client_id", &settings.service);
    if let Some(secret) = &settings.secret {
        form.append_pair("client_secret", secret);
    }
    form.finish()
}
