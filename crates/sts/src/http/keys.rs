//! The public keys, for whoever verifies our tokens elsewhere, and their change by hand.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use platform::error::Problem;
use platform::{App, Json, Permit, Public, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::key::{KeyPhase, PublicKey};
use crate::phases;
use crate::service::Sts;
use crate::store::{self, KeyRow};

platform::permission! {
    pub KeysRotate = "keys:rotate",
}

const OF_ALL: &str = "Keys belong to the whole installation: this is for who administers all of it.";

pub fn routes() -> Routes {
    operations![get_jwks, rotate_keys]
}

/// A set of public keys (RFC 7517).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct KeySet {
    pub keys: Vec<PublicKey>,
}

/// The public keys that verify our access tokens, the next one included.
#[utoipa::path(get, path = "/sts/jwks", tag = "tokens", responses((status = 200, body = KeySet)))]
async fn get_jwks(_caller: Public, State(app): State<App>) -> Result<impl IntoResponse> {
    let keys = app.service::<Sts>().tokens(&app).await?.public_keys().to_vec();
    // Whoever keeps them has asked again before the next key signs.
    let kept = app.config.tokens.publish_seconds / 2;
    let cache = format!("public, max-age={kept}, must-revalidate");
    Ok(([(header::CACHE_CONTROL, cache)], Json(KeySet { keys })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// Somebody else may have the keys: none of them, the next included, is believed any more.
    #[serde(default)]
    is_compromised: bool,
}

/// A signing key and when it entered its phases.
#[derive(Serialize, ToSchema)]
struct SigningKey {
    kid: String,
    phase: KeyPhase,
    #[serde(with = "time::serde::rfc3339")]
    prepared_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    activated_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    tainted_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    revoked_at: Option<OffsetDateTime>,
}

#[derive(Serialize, ToSchema)]
struct SigningKeys {
    /// The latest first; of those revoked long ago, not all.
    items: Vec<SigningKey>,
}

/// Lets the next key sign; the one before verifies until its last token has run out.
#[utoipa::path(post, path = "/sts/rotate-keys", tag = "tokens", request_body = Rotation, responses(
    (status = 200, body = SigningKeys),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "key_too_young",
        headers(("Retry-After" = i64, description = "Seconds until the next key may sign."))),
))]
async fn rotate_keys(
    permit: Permit<KeysRotate>,
    State(app): State<App>,
    Json(rotation): Json<Rotation>,
) -> Result<Json<SigningKeys>> {
    permit.expect_installation(OF_ALL)?;
    let (sts, tx) = (app.service::<Sts>(), permit.begin(&app).await?);
    if rotation.is_compromised {
        phases::replace(&app, &sts, tx, &permit.actor).await?;
    } else {
        phases::rotate(&app, &sts, tx, &permit.actor).await?;
    }
    let mut tx = permit.read(&app).await?;
    let items = store::recent(&mut tx).await?.into_iter().map(SigningKey::from).collect();
    Ok(Json(SigningKeys { items }))
}

impl From<KeyRow> for SigningKey {
    fn from(row: KeyRow) -> Self {
        Self {
            kid: row.kid,
            phase: row.phase,
            prepared_at: row.prepared_at,
            activated_at: row.activated_at,
            tainted_at: row.tainted_at,
            revoked_at: row.revoked_at,
        }
    }
}
