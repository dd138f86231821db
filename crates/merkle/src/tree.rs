//! Complete nodes, and how a log grows by one leaf.

use std::ops::Range;

use crate::{Hash, empty_root, node_hash};

/// A complete node: of the leaves `index << level .. (index + 1) << level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    pub level: u8,
    pub index: u64,
}

/// The complete nodes that cover a range of leaves, the first one first. Their right fold is the range's hash where the
/// range is one that a tree is split into.
pub fn nodes(leaves: Range<u64>) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut start = leaves.start;
    while start < leaves.end {
        let most = (leaves.end - start).ilog2();
        let level = if start == 0 { most } else { most.min(start.trailing_zeros()) };
        found.push(NodeId { level: u8::try_from(level).unwrap_or(u8::MAX), index: start >> level });
        start += 1 << level;
    }
    found
}

/// The hash of hashes that stand side by side, each covering more leaves than the next; none for none.
pub(crate) fn fold(hashes: &[Hash]) -> Option<Hash> {
    let (last, rest) = hashes.split_last()?;
    Some(rest.iter().rfold(*last, |right, left| node_hash(left, &right)))
}

/// The end of a log: enough to append to it and to know its root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Of complete nodes, the largest first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a log of `size` leaves, with the hashes of `nodes(0..size)`; none when there are not as many.
    pub fn restore(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn root(&self) -> Hash {
        fold(&self.peaks).unwrap_or_else(empty_root)
    }

    /// Appends a leaf and tells each node that it completes, itself first.
    pub fn append(&mut self, leaf: Hash, mut completed: impl FnMut(NodeId, Hash)) {
        let (mut hash, mut node) = (leaf, NodeId { level: 0, index: self.size });
        completed(node, hash);
        while node.index % 2 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(&left, &hash);
            node = NodeId { level: node.level + 1, index: node.index / 2 };
            completed(node, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }
}
