//! Being a witness of other installations' logs: their last checkpoint is kept, and nothing is taken that contradicts it.

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use merkle::{Hash, empty_root, verify_consistency};
use platform::audit::{self, Deed};
use platform::db::Scope;
use platform::error::Problem;
use platform::{Actor, App, Error, Json, Permit, Public, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::AuditCheckpoint;
use crate::store;
use crate::{AuditLog, AuditRead};

const NOTE_BYTES: usize = 4096;
/// No tree is higher.
const PROOF_HASHES: usize = 64;

pub fn routes() -> Routes {
    operations![witness_checkpoint, list_witnessed_logs]
}

/// A checkpoint of another installation's log.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfferedCheckpoint {
    /// As its log signed it (C2SP `tlog-checkpoint`).
    #[schema(max_length = 4096)]
    note: String,
    /// How many records the witness knows.
    old_size: u64,
    /// That those are the first of the checkpoint's (RFC 6962, 2.1.2), base64.
    #[schema(max_items = 64)]
    proof: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct WitnessedCheckpoint {
    /// How many records the witness knows now.
    size: u64,
}

/// Shows a checkpoint of a log to this installation as its witness. Who it is from is said by its signature: the settings name
/// the keys of the logs that are witnessed.
#[utoipa::path(post, path = "/api/v1/audit/witness", tag = "audit", request_body = OfferedCheckpoint,
    responses((status = 200, body = WitnessedCheckpoint),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "`log_unknown`"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`checkpoint_stale`: the witness knows another number of records, `context.size`; \
                           `log_inconsistent`: the log does not grow out of what the witness knows")))]
async fn witness_checkpoint(
    caller: Public,
    State(app): State<App>,
    Json(offered): Json<OfferedCheckpoint>,
) -> Result<Json<WitnessedCheckpoint>> {
    let said = opened(&app, &offered.note)?;
    let proof = proof(&offered.proof)?;
    let mut tx = app.db.begin(Scope::System).await?;
    let known = store::witnessed(&mut tx, &said.origin).await?;
    let (size, root) = known.map_or((0, empty_root()), |known| (known.size, known.root));
    // A smaller one may be an old one that anybody shows again; a log that has shrunk learns here what it once was.
    if offered.old_size != size || said.size < size {
        let detail = format!("The witness knows {size} records of this log.");
        let context = serde_json::json!({ "size": size });
        return Err(Error::conflict("checkpoint_stale", detail).with_context(context));
    }
    if verify_consistency(size, said.size, &proof, &root, &said.root).is_err() {
        let mut deed = Deed::new("audit_log.contradicted", "audit_log", Uuid::nil())
            .called(&said.origin)
            .with(serde_json::json!({ "known_size": size, "offered_size": said.size, "note": offered.note }));
        deed.object_id = None;
        let actor = Actor { ip: caller.ip, request_id: caller.request_id, ..Actor::system() };
        audit::record(&mut tx, &actor, deed).await?;
        tx.commit().await?;
        let detail = format!("It does not grow out of the {size} records that the witness knows.");
        return Err(Error::conflict("log_inconsistent", detail));
    }
    if said.size > size {
        store::keep_witnessed(&mut tx, &said, &offered.note, app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(Json(WitnessedCheckpoint { size: said.size }))
}

/// What a log that the settings name has signed.
fn opened(app: &App, note: &str) -> Result<merkle::Checkpoint> {
    if note.len() > NOTE_BYTES {
        return Err(Error::invalid_field("note", format!("is longer than {NOTE_BYTES} bytes")));
    }
    let origin = note.lines().next().unwrap_or_default();
    let log = app.service::<AuditLog>();
    let key = log.witness_of.iter().find(|key| key.name() == origin);
    let text = key.and_then(|key| key.open(note).ok()).ok_or_else(|| {
        let detail = "This installation is no witness of a log that has signed this: name its key in audit.witness_of.";
        Error::problem(StatusCode::FORBIDDEN, "log_unknown", detail)
    })?;
    let said = merkle::Checkpoint::read(text).ok().filter(|said| said.origin == origin);
    said.ok_or_else(|| Error::invalid_field("note", "is no checkpoint"))
}

fn proof(texts: &[String]) -> Result<Vec<Hash>> {
    let hash = |text: &String| STANDARD.decode(text).ok()?.try_into().ok();
    let hashes = (texts.len() <= PROOF_HASHES).then(|| texts.iter().map(hash).collect::<Option<Vec<_>>>());
    hashes
        .flatten()
        .ok_or_else(|| Error::invalid_field("proof", "is not at most 64 hashes of 32 bytes in base64"))
}

#[derive(Serialize, ToSchema)]
struct WitnessedLog {
    /// The log's name.
    origin: String,
    /// The last that was shown; `made_at` is when.
    checkpoint: AuditCheckpoint,
}

#[derive(Serialize, ToSchema)]
struct WitnessedLogs {
    items: Vec<WitnessedLog>,
}

/// Lists the logs of other installations that this one is a witness of, with the last checkpoint of each, to those who read every
/// organization.
#[utoipa::path(get, path = "/api/v1/audit/witnessed", tag = "audit", responses((status = 200, body = WitnessedLogs)))]
async fn list_witnessed_logs(
    permit: Permit<AuditRead>,
    State(app): State<App>,
) -> Result<Json<WitnessedLogs>> {
    let mut items = Vec::new();
    if permit.is_everywhere() {
        let mut tx = permit.read(&app).await?;
        let all = store::all_witnessed(&mut tx).await?;
        items.extend(all.into_iter().map(|(origin, kept)| WitnessedLog { origin, checkpoint: kept.into() }));
    }
    Ok(Json(WitnessedLogs { items }))
}
