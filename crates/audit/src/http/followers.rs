//! Who is told of the log: witnesses, a SIEM.

use axum::extract::State;
use platform::{App, Json, Permit, Result, Routes, operations};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::store::{self, Follower, FollowerKind};
use crate::{AuditLog, AuditRead};

pub fn routes() -> Routes {
    operations![list_audit_followers]
}

/// One who is told of the log.
#[derive(Serialize, ToSchema)]
struct AuditFollower {
    /// A witness's directory or address, or the SIEM's address.
    name: String,
    kind: FollowerKind,
    /// How many records' leaves (of a SIEM: how many records) they have.
    size: u64,
    /// How many are signed that they do not have yet.
    behind: u64,
    /// When they last took something.
    #[serde(with = "time::serde::rfc3339::option")]
    told_at: Option<OffsetDateTime>,
    /// Why they take nothing now.
    problem: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    failing_since: Option<OffsetDateTime>,
}

#[derive(Serialize, ToSchema)]
struct AuditFollowers {
    /// How many records are signed.
    size: u64,
    items: Vec<AuditFollower>,
}

/// Lists who is told of the audit log, and how they fare. Of whom the settings name, to those who read every organization.
#[utoipa::path(get, path = "/api/v1/audit/followers", tag = "audit",
    responses((status = 200, body = AuditFollowers)))]
async fn list_audit_followers(
    permit: Permit<AuditRead>,
    State(app): State<App>,
) -> Result<Json<AuditFollowers>> {
    let mut tx = permit.read(&app).await?;
    let size = store::extent(&mut tx).await?.signed;
    let mut items = Vec::new();
    if permit.is_everywhere() {
        let mut known = store::followers(&mut tx).await?;
        let log = app.service::<AuditLog>();
        for (kind, name) in log.followers() {
            let found = known.iter().position(|one| one.kind == kind && one.name == name);
            items.push(follower(found.map(|at| known.swap_remove(at)), kind, name, size));
        }
    }
    Ok(Json(AuditFollowers { size, items }))
}

fn follower(known: Option<Follower>, kind: FollowerKind, name: &str, signed: u64) -> AuditFollower {
    let size = known.as_ref().map_or(0, |known| known.size);
    let (told_at, problem, failing_since) =
        known.map_or((None, None, None), |known| (known.told_at, known.problem, known.failing_since));
    AuditFollower {
        name: name.to_owned(),
        kind,
        size,
        behind: signed.saturating_sub(size),
        told_at,
        problem,
        failing_since,
    }
}
