//! Holding the log against itself and its witness: the first place where something is not as it was signed.

mod database;
mod export;
mod witness;

use std::fmt;

use anyhow::Result;
use merkle::{Frontier, Hash, NodeId, VerifyingKey};
use serde::Serialize;
use uuid::Uuid;

pub use database::verify_database;
pub use export::verify_export;
pub use witness::WitnessCopy;

use crate::record::Record;
use crate::store::Checkpoint;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A record is not the one that was signed.
    RecordChanged,
    /// A leaf stands for no record any more.
    RecordMissing,
    /// A record stands where the sequencer was, and has no leaf: put there behind its back.
    RecordAdded,
    LeafChanged,
    LeafMissing,
    NodeChanged,
    /// The tree has another root than the one signed.
    UnknownRoot,
    /// A checkpoint that the key has not signed.
    BadSignature,
    CheckpointMissing,
    /// The log agrees with itself, and not with what the witness saw.
    HistoryRewritten,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub kind: Kind,
    /// Of the first bad leaf; none for a record that never had one.
    pub index: Option<u64>,
    pub record_id: Option<Uuid>,
    pub text: String,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub is_intact: bool,
    /// Leaves that were found good.
    pub size: u64,
    pub checkpoints: u64,
    /// What the witness knew; none without one.
    pub witnessed: Option<u64>,
    /// Records that are yet to get their leaf.
    pub pending: i64,
    pub finding: Option<Finding>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.finding {
            Some(finding) => writeln!(f, "NOT INTACT: {}", finding.text)?,
            None => writeln!(f, "Intact.")?,
        }
        write!(f, "{} records under {} checkpoints, {} to come", self.size, self.checkpoints, self.pending)?;
        match self.witnessed {
            Some(witnessed) => write!(f, "; the witness knows {witnessed}."),
            None => write!(
                f,
                "; without a witness, a log rewritten whole by who has its key is not told from a true one."
            ),
        }
    }
}

/// A leaf as it is found.
pub struct Entry {
    pub index: u64,
    pub record_id: Uuid,
    pub leaf: Hash,
    pub content: Content,
}

pub enum Content {
    Record(Box<Record>),
    Missing,
    /// Of an organization that is none of the reader's.
    Withheld,
}

/// Goes through the leaves in order.
pub struct Verifier<'a> {
    key: &'a VerifyingKey,
    witness: Option<&'a WitnessCopy>,
    /// The tree of the leaves as they are kept, and that of the leaves as records make them: they part where a leaf and
    /// its record do not agree, and the next checkpoint says which of the two it was made of.
    kept: Frontier,
    made: Frontier,
    suspect: Option<(u64, Uuid)>,
    checkpoints: u64,
    /// Nodes completed since they were last asked for.
    nodes: Vec<(NodeId, Hash)>,
}

impl<'a> Verifier<'a> {
    pub fn new(key: &'a VerifyingKey, witness: Option<&'a WitnessCopy>) -> Self {
        let (kept, made) = (Frontier::default(), Frontier::default());
        Self { key, witness, kept, made, suspect: None, checkpoints: 0, nodes: Vec::new() }
    }

    pub fn size(&self) -> u64 {
        self.kept.size()
    }

    /// The nodes above leaves that were completed since the last call.
    pub fn take_nodes(&mut self) -> Vec<(NodeId, Hash)> {
        std::mem::take(&mut self.nodes)
    }

    /// The next leaf.
    pub fn leaf(&mut self, entry: &Entry) -> Result<Option<Finding>> {
        let index = self.kept.size();
        if entry.index != index {
            return Ok(Some(self.missing_leaf()));
        }
        let found = |kind, text: &str| Some(finding(kind, index, Some(entry.record_id), text));
        let seen = self.witness.and_then(|witness| witness.leaf(index));
        let made = match &entry.content {
            Content::Record(record) => record.leaf()?,
            Content::Withheld => entry.leaf,
            Content::Missing => return Ok(found(Kind::RecordMissing, "its record is missing")),
        };
        let agree = made == entry.leaf;
        match seen {
            Some(seen) if agree && seen != made => {
                let text = "the log agrees with itself, but the witness saw another record here";
                return Ok(found(Kind::HistoryRewritten, text));
            }
            Some(seen) if !agree && seen == made => {
                return Ok(found(Kind::LeafChanged, "its leaf is not the one of its record"));
            }
            Some(_) if !agree => return Ok(found(Kind::RecordChanged, "its record was changed")),
            None if !agree && self.suspect.is_none() => self.suspect = Some((index, entry.record_id)),
            _ => {}
        }
        let (nodes, is_sure) = (&mut self.nodes, self.suspect.is_none());
        self.kept.append(entry.leaf, |node, hash| {
            if node.level > 0 && is_sure {
                nodes.push((node, hash));
            }
        });
        self.made.append(made, |_, _| {});
        Ok(self.against_witness())
    }

    /// A checkpoint of as many leaves as there were.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Option<Finding> {
        let index = checkpoint.size.saturating_sub(1);
        if let Err(error) = checkpoint.opened(self.key) {
            return Some(finding(Kind::BadSignature, index, None, &format!("{error:#}")));
        }
        if let Some((index, id)) = self.suspect {
            let is_leaf = self.made.root() == checkpoint.root;
            let (kind, text) = if is_leaf {
                (Kind::LeafChanged, "its leaf is not the one of its record")
            } else {
                (Kind::RecordChanged, "its record was changed")
            };
            return Some(finding(kind, index, Some(id), text));
        }
        if self.kept.root() != checkpoint.root {
            let text = format!("the checkpoint of {} records has another root", checkpoint.size);
            return Some(finding(Kind::UnknownRoot, index, None, &text));
        }
        self.checkpoints += 1;
        None
    }

    /// A complete node as it is kept.
    pub fn node(&self, (node, hash): (NodeId, Hash), kept: Option<Hash>) -> Option<Finding> {
        let index = node.index << node.level;
        let last = index + (1 << node.level) - 1;
        let text = format!("the node above the leaves {index} to {last} is not made of them");
        (kept != Some(hash)).then(|| finding(Kind::NodeChanged, index, None, &text))
    }

    /// Nothing more comes; `signed` is the size of the last checkpoint, and there are so many leaves.
    pub fn end(&self, signed: u64, leaves: u64) -> Option<Finding> {
        let size = self.kept.size();
        if let Some((index, id)) = self.suspect {
            return Some(finding(
                Kind::RecordChanged,
                index,
                Some(id),
                "its record and its leaf do not agree",
            ));
        }
        if signed > size {
            return Some(self.missing_leaf());
        }
        if let Some(witness) = self.witness.filter(|witness| witness.size() > size) {
            let text = format!("the log ends here, but the witness knows {} records", witness.size());
            return Some(finding(Kind::HistoryRewritten, size, None, &text));
        }
        (signed < leaves).then(|| {
            finding(Kind::CheckpointMissing, signed, None, "no checkpoint covers the leaves from here on")
        })
    }

    pub fn report(&self, pending: i64, finding: Option<Finding>) -> Report {
        let bad = finding.as_ref().and_then(|finding| finding.index);
        Report {
            is_intact: finding.is_none(),
            size: bad.unwrap_or(u64::MAX).min(self.kept.size()),
            checkpoints: self.checkpoints,
            witnessed: self.witness.map(WitnessCopy::size),
            pending,
            finding,
        }
    }

    /// What the witness was told at this size.
    fn against_witness(&self) -> Option<Finding> {
        let size = self.kept.size();
        let root = self.witness?.root(size)?;
        (self.suspect.is_none() && root != self.kept.root()).then(|| {
            let text = format!("the witness was told another root for {size} records");
            finding(Kind::HistoryRewritten, size - 1, None, &text)
        })
    }

    fn missing_leaf(&self) -> Finding {
        finding(Kind::LeafMissing, self.kept.size(), None, "its leaf is missing")
    }
}

fn finding(kind: Kind, index: u64, record_id: Option<Uuid>, text: &str) -> Finding {
    let record = record_id.map(|id| format!(" (record {id})")).unwrap_or_default();
    Finding { kind, index: Some(index), record_id, text: format!("index {index}{record}: {text}") }
}

/// A record that no leaf stands for, though the sequencer has passed its place.
fn added(id: Uuid) -> Finding {
    let text = format!(
        "record {id}: it has no leaf, though later ones do: it was put there behind the sequencer's back"
    );
    Finding { kind: Kind::RecordAdded, index: None, record_id: Some(id), text }
}
