//! Merkle trees over an append-only log (RFC 6962, RFC 9162), pure: what was once said of the log can be held against it.
//!
//! Words: a *leaf* is the hash of a record; a *node* covers a power of two of leaves and never changes once complete; the
//! *frontier* is the few complete nodes that a log's end needs to grow; the *root* stands for all leaves; an *inclusion
//! proof* shows that a leaf is under a root, a *consistency proof* that an older root's leaves all are; a *checkpoint* is
//! a root with its size and origin, signed as a note that others keep (C2SP `tlog-checkpoint`, `signed-note`).
//! Invariant: nothing here reads or writes; who keeps nodes hands them in.

mod checkpoint;
mod note;
mod proof;
mod tree;

use sha2::{Digest, Sha256};

pub use checkpoint::{Checkpoint, NotACheckpoint};
pub use note::{BadNote, SigningKey, VerifyingKey};
pub use proof::{Broken, Plan, consistency, inclusion, verify_consistency, verify_inclusion};
pub use tree::{Frontier, NodeId, nodes};

pub type Hash = [u8; 32];

/// Hashes a record. Its prefix keeps a node from passing as a record.
pub fn leaf_hash(record: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(record).finalize().into()
}

pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a log without records.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}
