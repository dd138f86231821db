//! The latest checkpoint, and proofs that lead to it.

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use merkle::{Hash, verify_inclusion};
use platform::{App, Error, Json, Path, Permit, Query, Result, Routes, Tx, operations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{AuditCheckpoint, text};
use crate::store::{self, LeafRow};
use crate::{AuditLog, AuditRead};

pub fn routes() -> Routes {
    operations![get_audit_checkpoint, get_audit_proof, get_audit_consistency]
}

/// How the log stands.
#[derive(Serialize, ToSchema)]
struct AuditLogState {
    /// The log's name, the beginning of the key's hash and the key, as verifiers read it (C2SP `signed-note`).
    key: String,
    /// None before the first record.
    checkpoint: Option<AuditCheckpoint>,
}

/// The latest checkpoint of the audit log, and the key that verifies it.
#[utoipa::path(get, path = "/api/v1/audit/checkpoint", tag = "audit",
    responses((status = 200, body = AuditLogState)))]
async fn get_audit_checkpoint(
    permit: Permit<AuditRead>,
    State(app): State<App>,
) -> Result<Json<AuditLogState>> {
    let mut tx = permit.read(&app).await?;
    let checkpoint = store::last_checkpoint(&mut tx).await?.map(AuditCheckpoint::from);
    let key = app.service::<AuditLog>().key.public().to_string();
    Ok(Json(AuditLogState { key, checkpoint }))
}

vocab::text_enum! {
    /// What is known of a record.
    pub enum ProofState {
        /// It is the one that was signed.
        Proven = "proven",
        /// It is to get its leaf within a second or two.
        Pending = "pending",
        /// It is not the one that was signed, or its tree is not.
        Broken = "broken",
    }
}

/// The proof that a record is under the latest checkpoint (RFC 6962, 2.1.1).
#[derive(Serialize, ToSchema)]
struct AuditProof {
    record_id: Uuid,
    state: ProofState,
    /// The record's canonical bytes, base64: their leaf is SHA-256 of a byte 0 and these.
    record_bytes: String,
    /// The leaf's place; this and all below are none while it is pending.
    index: Option<u64>,
    /// The leaf as it is kept, base64.
    leaf: Option<String>,
    /// The hashes that lead from the leaf to the root, base64.
    proof: Vec<String>,
    checkpoint: Option<AuditCheckpoint>,
}

/// Proves a record of the audit log.
#[utoipa::path(get, path = "/api/v1/audit/{id}/proof", tag = "audit", params(("id" = Uuid, Path)),
    responses((status = 200, body = AuditProof)))]
async fn get_audit_proof(
    permit: Permit<AuditRead>,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<AuditProof>> {
    let mut tx = permit.read(&app).await?;
    let record = store::record(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let record_bytes = STANDARD.encode(record.bytes()?);
    let mut proof = AuditProof {
        record_id: id,
        state: ProofState::Pending,
        record_bytes,
        index: None,
        leaf: None,
        proof: Vec::new(),
        checkpoint: None,
    };
    if let Some(leaf) = store::leaf_of(&mut tx, id).await? {
        prove(&mut tx, &app, &mut proof, &leaf, record.leaf()?).await?;
    }
    Ok(Json(proof))
}

async fn prove(tx: &mut Tx, app: &App, proof: &mut AuditProof, leaf: &LeafRow, made: Hash) -> Result<()> {
    proof.state = ProofState::Broken;
    (proof.index, proof.leaf) = (Some(leaf.index), Some(text(&leaf.hash)));
    let Some(checkpoint) = store::last_checkpoint(tx).await? else { return Ok(()) };
    let is_signed = checkpoint.opened(app.service::<AuditLog>().key.public()).is_ok();
    if let Some(plan) = merkle::inclusion(leaf.index, checkpoint.size)
        && let Some(hashes) = store::proof_of(tx, &plan).await?
    {
        let leads = verify_inclusion(&made, leaf.index, checkpoint.size, &hashes, &checkpoint.root);
        if is_signed && made == leaf.hash && leads.is_ok() {
            proof.state = ProofState::Proven;
        }
        proof.proof = hashes.iter().map(text).collect();
    }
    proof.checkpoint = Some(checkpoint.into());
    Ok(())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConsistencyQuery {
    /// The size of the older checkpoint.
    from: u64,
    /// The size of the later one; without it, the latest.
    #[serde(default)]
    #[param(nullable = false)]
    to: Option<u64>,
}

/// The proof that a log is the beginning of a later one (RFC 6962, 2.1.2).
#[derive(Serialize, ToSchema)]
struct AuditConsistency {
    from: u64,
    to: u64,
    /// Base64.
    proof: Vec<String>,
}

/// Proves that an older checkpoint's records are the first of a later one's.
#[utoipa::path(get, path = "/api/v1/audit/consistency", tag = "audit", params(ConsistencyQuery),
    responses((status = 200, body = AuditConsistency)))]
async fn get_audit_consistency(
    permit: Permit<AuditRead>,
    State(app): State<App>,
    Query(query): Query<ConsistencyQuery>,
) -> Result<Json<AuditConsistency>> {
    let mut tx = permit.read(&app).await?;
    let last = store::last_checkpoint(&mut tx).await?.map_or(0, |last| last.size);
    let (from, to) = (query.from, query.to.unwrap_or(last));
    if to > last {
        return Err(Error::invalid_field("to", format!("is larger than the log, which has {last} records")));
    }
    let plan = merkle::consistency(from, to)
        .ok_or_else(|| Error::invalid_field("from", format!("is larger than {to}")))?;
    let proof = store::proof_of(&mut tx, &plan).await?;
    let proof = proof.ok_or_else(|| anyhow::anyhow!("nodes of the audit log's tree are missing"))?;
    Ok(Json(AuditConsistency { from, to, proof: proof.iter().map(text).collect() }))
}
