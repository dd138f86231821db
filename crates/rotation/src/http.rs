//! Secrets and their ages over HTTP; never a secret.

use axum::extract::State;
use platform::error::Problem;
use platform::{App, Json, Path, Permit, Result, Routes, operations};
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::KeptSecretView;
use crate::{overview, steps};

platform::permission! {
    pub SecretsRead = "secrets:read",
    pub SecretsRotate = "secrets:rotate",
}

const OF_ALL: &str = "Secrets belong to the whole installation: this is for who administers all of it.";

pub fn routes() -> Routes {
    operations![list_secrets, rotate_secret]
}

#[derive(Serialize, ToSchema)]
struct SecretList {
    /// By name.
    items: Vec<KeptSecretView>,
}

/// Lists the secrets of the installation with their ages, and when each is to be changed.
#[utoipa::path(get, path = "/api/v1/secrets", tag = "secrets", responses(
    (status = 200, body = SecretList),
    (status = 403, body = Problem, content_type = "application/problem+json"),
))]
async fn list_secrets(permit: Permit<SecretsRead>, State(app): State<App>) -> Result<Json<SecretList>> {
    permit.expect_installation(OF_ALL)?;
    Ok(Json(SecretList { items: overview::overview(&app).await? }))
}

/// Changes a secret now. One with steps is prepared, and the platform takes the others within a quarter of an hour.
#[utoipa::path(post, path = "/api/v1/secrets/{name}/rotate", tag = "secrets",
    params(("name" = String, Path, max_length = 64)), responses(
    (status = 200, body = SecretList),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "key_too_young, secret_is_changing or secret_not_changeable"),
))]
async fn rotate_secret(
    permit: Permit<SecretsRotate>,
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<SecretList>> {
    permit.expect_installation(OF_ALL)?;
    steps::rotate(&app, &permit.actor, &name).await?;
    Ok(Json(SecretList { items: overview::overview(&app).await? }))
}
