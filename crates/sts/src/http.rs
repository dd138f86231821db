//! The public keys, for whoever verifies our tokens elsewhere.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use platform::{App, Json, Module, Public, operations};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ring::PublicKey;
use crate::token::Sts;

/// A prepared key stands here for longer than this before it signs.
const CACHE: &str = "public, max-age=300, must-revalidate";

pub fn module() -> Module {
    Module { name: "sts", routes: operations![get_jwks], jobs: Vec::new(), permissions: &[] }
}

/// A set of public keys (RFC 7517).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct KeySet {
    pub keys: Vec<PublicKey>,
}

/// The public keys that verify our access tokens.
#[utoipa::path(get, path = "/sts/jwks", tag = "session", responses((status = 200, body = KeySet)))]
async fn get_jwks(_caller: Public, State(app): State<App>) -> impl IntoResponse {
    let keys = app.service::<Sts>().public_keys().to_vec();
    ([(header::CACHE_CONTROL, CACHE)], Json(KeySet { keys }))
}
