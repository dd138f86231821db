//! What people and programs ask of the tree.

mod export;
mod followers;
mod proofs;
mod witness;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use merkle::Hash;
use platform::Routes;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::store::Checkpoint;

pub fn routes() -> Routes {
    proofs::routes().merge(export::routes()).merge(followers::routes()).merge(witness::routes())
}

/// What the log said of itself, signed.
#[derive(Serialize, ToSchema)]
struct AuditCheckpoint {
    /// Records under it.
    size: u64,
    /// Base64.
    root: String,
    /// The signed note (C2SP `tlog-checkpoint`).
    note: String,
    #[serde(with = "time::serde::rfc3339")]
    made_at: OffsetDateTime,
}

impl From<Checkpoint> for AuditCheckpoint {
    fn from(checkpoint: Checkpoint) -> Self {
        let Checkpoint { size, root, note, made_at } = checkpoint;
        Self { size, root: text(&root), note, made_at }
    }
}

fn text(hash: &Hash) -> String {
    STANDARD.encode(hash)
}
