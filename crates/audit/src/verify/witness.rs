//! What a witness has kept, read to be held against the log.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use merkle::{Checkpoint, Hash, VerifyingKey};

use crate::witness::file::{CHECKPOINTS, LEAVES, split_notes};

/// Leaves and roots as a witness saw them.
#[derive(Debug, Default)]
pub struct WitnessCopy {
    leaves: Vec<u8>,
    roots: BTreeMap<u64, Hash>,
}

impl WitnessCopy {
    /// Reads a witness's directory, or a file of notes alone. Every note must be signed by the key.
    pub fn read(path: &Path, key: &VerifyingKey) -> Result<Self> {
        let (leaves, notes) = if path.is_dir() {
            (read_if_there(&path.join(LEAVES))?, read_if_there(&path.join(CHECKPOINTS))?)
        } else {
            (Vec::new(), fs::read(path).with_context(|| format!("cannot read {}", path.display()))?)
        };
        let notes = String::from_utf8(notes).context("the witness's notes are no text")?;
        let mut roots = BTreeMap::new();
        for note in split_notes(&notes).0 {
            let text = key.open(note).context("the witness has a note of another key")?;
            let said = Checkpoint::read(text)?;
            let before = roots.insert(said.size, said.root);
            ensure!(
                before.is_none_or(|before| before == said.root),
                "the witness was told two roots for {} records",
                said.size
            );
        }
        Ok(Self { leaves, roots })
    }

    pub fn leaf(&self, index: u64) -> Option<Hash> {
        let (leaves, _) = self.leaves.as_chunks::<32>();
        leaves.get(usize::try_from(index).ok()?).copied()
    }

    pub fn root(&self, size: u64) -> Option<Hash> {
        self.roots.get(&size).copied()
    }

    /// Of the last note.
    pub fn size(&self) -> u64 {
        self.roots.last_key_value().map_or(0, |(size, _)| *size)
    }
}

fn read_if_there(path: &Path) -> Result<Vec<u8>> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
