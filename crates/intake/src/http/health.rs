//! How this process's intake is doing.

use axum::extract::State;
use platform::{App, Json, Permit, Result, Routes, operations};
use serde::Serialize;
use utoipa::ToSchema;

use crate::HealthRead;
use crate::pipeline::Intake;

pub fn routes() -> Routes {
    operations![get_intake_health]
}

/// The state of this process's intake.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntakeHealth {
    pub spool: SpoolHealth,
    /// `ok` or `away`.
    pub database: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SpoolHealth {
    pub items: u64,
    pub bytes: u64,
    pub limit_bytes: u64,
}

/// The state of this process's intake.
#[utoipa::path(get, path = "/api/v1/intake/health", tag = "intake", responses((status = 200, body = IntakeHealth)))]
async fn get_intake_health(
    _permit: Permit<HealthRead>,
    State(app): State<App>,
) -> Result<Json<IntakeHealth>> {
    let spool = &app.service::<Intake>().spool;
    let is_there = sqlx::query!("select 1 as one").fetch_one(app.db.pool()).await.is_ok();
    Ok(Json(IntakeHealth {
        spool: SpoolHealth { items: spool.items(), bytes: spool.bytes(), limit_bytes: spool.limit() },
        database: if is_there { "ok" } else { "away" },
    }))
}
