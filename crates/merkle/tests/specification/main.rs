//! What the trees promise, against the definition of RFC 6962 written out as it stands there.

#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]

mod notes;

use std::collections::HashMap;

use merkle::{
    Broken, Frontier, Hash, NodeId, consistency, empty_root, inclusion, leaf_hash, node_hash, nodes,
    verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

const MOST: u64 = 67;

/// RFC 6962, 2.1: the hash of a list.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&defined(left), &defined(right))
        }
    }
}

/// A log, and every complete node of it.
struct Log {
    leaves: Vec<Hash>,
    nodes: HashMap<NodeId, Hash>,
    frontier: Frontier,
}

impl Log {
    fn of(size: u64) -> Self {
        let mut log = Self { leaves: Vec::new(), nodes: HashMap::new(), frontier: Frontier::default() };
        for number in 0..size {
            let leaf = leaf_hash(&number.to_be_bytes());
            log.leaves.push(leaf);
            let nodes = &mut log.nodes;
            log.frontier.append(leaf, |node, hash| assert_eq!(nodes.insert(node, hash), None, "told once"));
        }
        log
    }

    fn root(&self, size: u64) -> Hash {
        defined(&self.leaves[..size as usize])
    }

    fn node(&self, node: NodeId) -> Option<Hash> {
        self.nodes.get(&node).copied()
    }
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = (0..hexadecimal.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn roots_are_those_that_certificate_transparency_publishes_for_its_eight_records() {
    let records =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root(), empty_root());
    for (record, root) in records.into_iter().zip(roots) {
        frontier.append(leaf_hash(&bytes(record)), |_, _| {});
        assert_eq!(frontier.root().to_vec(), bytes(root), "at {} records", frontier.size());
    }
}

#[test]
fn a_log_grown_leaf_by_leaf_has_the_root_of_the_definition_at_every_size() {
    for size in 0..=MOST {
        let log = Log::of(size);
        assert_eq!(log.frontier.root(), log.root(size), "{size}");
        assert_eq!(log.frontier.size(), size);
    }
}

#[test]
fn a_frontier_is_restored_from_its_nodes_and_goes_on_as_if_it_had_never_stopped() {
    let whole = Log::of(MOST);
    for size in 0..MOST {
        let log = Log::of(size);
        let peaks = nodes(0..size).into_iter().map(|node| log.node(node).unwrap()).collect();
        let mut frontier = Frontier::restore(size, peaks).unwrap();
        for leaf in &whole.leaves[size as usize..] {
            frontier.append(*leaf, |node, hash| assert_eq!(whole.node(node), Some(hash)));
        }
        assert_eq!(frontier, whole.frontier, "from {size}");
        assert_eq!(Frontier::restore(size, vec![empty_root(); size.count_ones() as usize + 1]), None);
    }
}

#[test]
fn every_leaf_of_every_log_is_proved_and_no_other_leaf_place_or_size() {
    for size in 1..=MOST {
        let log = Log::of(size);
        let root = log.root(size);
        for index in 0..size {
            let leaf = log.leaves[index as usize];
            let proof = inclusion(index, size).unwrap().proof(|node| log.node(node)).unwrap();
            assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()), "{index} of {size}");
            let other = leaf_hash(b"another record");
            assert_eq!(verify_inclusion(&other, index, size, &proof, &root), Err(Broken::Root));
            for wrong in (0..size).filter(|wrong| *wrong != index) {
                assert!(verify_inclusion(&leaf, wrong, size, &proof, &root).is_err(), "{wrong} for {index}");
            }
            let longer = [&proof[..], &[root]].concat();
            assert!(verify_inclusion(&leaf, index, size, &longer, &root).is_err());
            if let Some((_, shorter)) = proof.split_last() {
                assert!(verify_inclusion(&leaf, index, size, shorter, &root).is_err());
            }
        }
        assert_eq!(inclusion(size, size), None);
        assert_eq!(verify_inclusion(&root, size, size, &[], &root), Err(Broken::Shape));
    }
    assert_eq!(verify_inclusion(&empty_root(), 0, 0, &[], &empty_root()), Err(Broken::Shape));
}

#[test]
fn every_older_log_is_proved_to_be_the_beginning_of_every_later_one_and_no_other_is() {
    let log = Log::of(MOST);
    for new in 0..=MOST {
        for old in 0..=new {
            let (before, now) = (log.root(old), log.root(new));
            let proof = consistency(old, new).unwrap().proof(|node| log.node(node)).unwrap();
            assert_eq!(verify_consistency(old, new, &proof, &before, &now), Ok(()), "{old} in {new}");
            let forged = leaf_hash(b"another history");
            assert!(verify_consistency(old, new, &proof, &forged, &now).is_err(), "{old} in {new}");
            if old > 0 {
                assert!(verify_consistency(old, new, &proof, &before, &forged).is_err(), "{old} in {new}");
            }
            let longer = [&proof[..], &[now]].concat();
            assert!(verify_consistency(old, new, &longer, &before, &now).is_err(), "{old} in {new}");
            if let Some((_, shorter)) = proof.split_last() {
                assert!(verify_consistency(old, new, shorter, &before, &now).is_err(), "{old} in {new}");
            }
        }
        assert_eq!(consistency(new + 1, new), None);
        assert_eq!(verify_consistency(new + 1, new, &[], &empty_root(), &log.root(new)), Err(Broken::Shape));
    }
}

#[test]
fn a_node_never_passes_as_a_record() {
    let (left, right) = (leaf_hash(b"a"), leaf_hash(b"b"));
    assert_ne!(leaf_hash(&[left, right].concat()), node_hash(&left, &right));
    assert_ne!(leaf_hash(&[&[1], &left[..], &right[..]].concat()), node_hash(&left, &right));
}

proptest! {
    #[test]
    fn a_record_changed_in_one_bit_is_found_by_the_root(size in 1_u64..40, at in any::<prop::sample::Index>(), bit in 0_usize..256) {
        let log = Log::of(size);
        let mut leaves = log.leaves.clone();
        let index = at.index(leaves.len());
        leaves[index][bit / 8] ^= 1 << (bit % 8);
        prop_assert_ne!(defined(&leaves), log.root(size));
        let proof = inclusion(index as u64, size).unwrap().proof(|node| log.node(node)).unwrap();
        let verdict = verify_inclusion(&leaves[index], index as u64, size, &proof, &log.root(size));
        prop_assert_eq!(verdict, Err(Broken::Root));
    }

    #[test]
    fn no_proof_whatever_its_size_and_hashes_makes_it_panic(
        old in any::<u64>(), new in any::<u64>(), hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70)
    ) {
        let root = empty_root();
        prop_assert!(verify_inclusion(&root, old, new, &hashes, &leaf_hash(b"other")).is_err());
        if old > 0 {
            prop_assert!(verify_consistency(old, new, &hashes, &root, &leaf_hash(b"other")).is_err());
        }
    }

    #[test]
    fn proofs_of_huge_logs_are_planned_in_few_nodes(size in 1..=u64::MAX / 2, at in any::<u64>()) {
        let plan = inclusion(at % size, size).unwrap();
        prop_assert!(plan.nodes().count() <= 64 * 2);
        prop_assert!(consistency(at % size, size).unwrap().nodes().count() <= 64 * 3);
    }
}
