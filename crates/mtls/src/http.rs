//! What is known of services' certificates, over HTTP.

use axum::extract::State;
use platform::error::Problem;
use platform::{App, Error, Json, Permit, Query, Result, Routes, operations};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::model::Readiness;
use crate::{MtlsRead, readiness};

const DAYS: i64 = 7;

pub fn routes() -> Routes {
    operations![get_mtls_readiness]
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReadinessQuery {
    /// How far back to look; 7 when left out.
    #[param(minimum = 1, maximum = 90)]
    days: Option<i64>,
}

/// Says whether strict mutual TLS would refuse anybody who is let in now, and whom.
#[utoipa::path(get, path = "/api/v1/mtls/readiness", tag = "tokens", params(ReadinessQuery), responses(
    (status = 200, body = Readiness),
    (status = 403, body = Problem, content_type = "application/problem+json"),
))]
async fn get_mtls_readiness(
    permit: Permit<MtlsRead>,
    State(app): State<App>,
    Query(query): Query<ReadinessQuery>,
) -> Result<Json<Readiness>> {
    permit
        .expect_installation("Services belong to the whole installation: this is for who reads all of it.")?;
    let days = query.days.unwrap_or(DAYS);
    if !readiness::is_allowed(days) {
        return Err(Error::invalid_field("days", "is between 1 and 90"));
    }
    let mut tx = permit.read(&app).await?;
    Ok(Json(readiness::readiness(&app, &mut tx, days).await?))
}
