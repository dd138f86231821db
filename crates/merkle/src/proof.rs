//! Proofs: which nodes make one, and whether one holds.

use std::ops::Range;

use crate::tree::fold;
use crate::{Hash, NodeId, empty_root, node_hash, nodes};

/// The nodes that a proof is made of: each of its hashes from one or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    hashes: Vec<Vec<NodeId>>,
}

impl Plan {
    /// The nodes it needs.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.hashes.iter().flatten().copied()
    }

    /// The proof, when every node is there.
    pub fn proof(&self, mut node: impl FnMut(NodeId) -> Option<Hash>) -> Option<Vec<Hash>> {
        let hashes = self.hashes.iter().map(|parts| {
            let parts = parts.iter().map(|id| node(*id)).collect::<Option<Vec<_>>>()?;
            fold(&parts)
        });
        hashes.collect()
    }

    fn of(mut ranges: Vec<Range<u64>>) -> Self {
        ranges.reverse();
        Self { hashes: ranges.into_iter().map(nodes).collect() }
    }
}

/// Plans the proof that leaf `index` is in the log of `size` leaves; none when it cannot be.
pub fn inclusion(index: u64, size: u64) -> Option<Plan> {
    if index >= size {
        return None;
    }
    let (mut tree, mut beside) = (0..size, Vec::new());
    while tree.end - tree.start > 1 {
        let middle = split(&tree);
        let (left, right) = (tree.start..middle, middle..tree.end);
        let (within, other) = if index < middle { (left, right) } else { (right, left) };
        beside.push(other);
        tree = within;
    }
    Some(Plan::of(beside))
}

/// Plans the proof that the log of `old` leaves is the beginning of the one of `new`; none when it cannot be.
pub fn consistency(old: u64, new: u64) -> Option<Plan> {
    if old > new {
        return None;
    }
    if old == 0 {
        return Some(Plan::default());
    }
    let (mut tree, mut beside) = (0..new, Vec::new());
    while tree.end != old {
        let middle = split(&tree);
        let (left, right) = (tree.start..middle, middle..tree.end);
        let (within, other) = if old <= middle { (left, right) } else { (right, left) };
        beside.push(other);
        tree = within;
    }
    // The old root itself need not be told.
    if tree.start > 0 {
        beside.push(tree);
    }
    Some(Plan::of(beside))
}

/// Where a tree's left part ends: it has the largest power of two that leaves something for the right one.
fn split(tree: &Range<u64>) -> u64 {
    let length = tree.end - tree.start;
    tree.start + (1 << (length - 1).ilog2())
}

/// What a proof does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The sizes and the number of hashes do not fit together.
    Shape,
    /// It leads to another root than the one given: of the older log, or of the present one.
    OldRoot,
    Root,
}

/// Whether `leaf` stands at `index` under the root of `size` leaves.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), Broken> {
    let mut place = Place { node: index, last: size.checked_sub(1).ok_or(Broken::Shape)? };
    if place.node > place.last {
        return Err(Broken::Shape);
    }
    let mut hash = *leaf;
    for other in proof {
        hash = if place.is_right()? { node_hash(other, &hash) } else { node_hash(&hash, other) };
        place.rise();
    }
    (place.last == 0).then_some(()).ok_or(Broken::Shape)?;
    (hash == *root).then_some(()).ok_or(Broken::Root)
}

/// Whether the `old` leaves under `old_root` are the first of the `new` ones under `new_root`.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> Result<(), Broken> {
    if old == 0 || old >= new {
        let is_shaped = old <= new && proof.is_empty();
        is_shaped.then_some(()).ok_or(Broken::Shape)?;
        let expected = if old == 0 { empty_root() } else { *new_root };
        return (expected == *old_root).then_some(()).ok_or(Broken::OldRoot);
    }
    let mut place = Place { node: old - 1, last: new - 1 };
    while place.node % 2 == 1 {
        place.rise();
    }
    // A complete old log is a node by itself, and its root the first hash.
    let (first, rest) = match (old.is_power_of_two(), proof.split_first()) {
        (true, _) => (old_root, proof),
        (false, Some(parts)) => parts,
        (false, None) => return Err(Broken::Shape),
    };
    let (mut before, mut now) = (*first, *first);
    for other in rest {
        if place.is_right()? {
            before = node_hash(other, &before);
            now = node_hash(other, &now);
        } else {
            now = node_hash(&now, other);
        }
        place.rise();
    }
    (place.last == 0).then_some(()).ok_or(Broken::Shape)?;
    (before == *old_root).then_some(()).ok_or(Broken::OldRoot)?;
    (now == *new_root).then_some(()).ok_or(Broken::Root)
}

/// Where a proof has got to: a node of its level, and the level's last one.
struct Place {
    node: u64,
    last: u64,
}

impl Place {
    /// Whether the next hash stands to the left of what is known. A last node without a right neighbour rises until it
    /// has a left one.
    fn is_right(&mut self) -> Result<bool, Broken> {
        if self.last == 0 {
            return Err(Broken::Shape);
        }
        if self.node.is_multiple_of(2) && self.node < self.last {
            return Ok(false);
        }
        while self.node.is_multiple_of(2) && self.node > 0 {
            self.rise();
        }
        Ok(true)
    }

    fn rise(&mut self) {
        self.node /= 2;
        self.last /= 2;
    }
}
