//! The export's lines: a header with the checkpoint, then a leaf each, with its record where the reader may see it.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use merkle::Hash;
use serde::{Deserialize, Serialize};

use crate::record::Record;
use crate::store::LeafRow;

pub const FORMAT: &str = "cibercase audit export 1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    pub format: String,
    /// For the eye: who verifies brings the key along from elsewhere.
    pub key: String,
    /// Whether every record is the reader's to see, so that one that is not there is missing.
    pub is_whole: bool,
    pub note: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub index: u64,
    /// Base64.
    leaf: String,
    pub record: Option<Record>,
}

impl Line {
    pub fn of(row: LeafRow) -> Self {
        Self { index: row.index, leaf: STANDARD.encode(row.hash), record: row.record }
    }

    pub fn leaf(&self) -> Result<Hash> {
        let bytes = STANDARD.decode(&self.leaf)?;
        bytes.try_into().ok().with_context(|| format!("the leaf {} has not 32 bytes", self.index))
    }
}
