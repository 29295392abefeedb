//! The tree against the vectors of Certificate Transparency's reference implementation, against `ct-merkle`, and against lies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use records::merkle::{Hash, Proof, Tree};
use sha2::{Digest, Sha256};

/// The leaves of Certificate Transparency's test tree.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// Its roots at sizes 1 to 8.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Some of its paths: index, size, hashes.
const PATHS: [(u64, usize, &[&str]); 5] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

fn leaves(size: usize) -> Vec<Vec<u8>> {
    LEAVES[..size].iter().map(|leaf| hex::decode(leaf).unwrap()).collect()
}

fn hash(text: &str) -> Hash {
    hex::decode(text).unwrap().try_into().unwrap()
}

#[test]
fn roots_and_paths_are_those_of_certificate_transparency() {
    let empty = Tree::new(leaves(0));
    assert_eq!(hex::encode(empty.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert!(empty.proof(0).is_none());
    for (size, root) in (1..).zip(ROOTS) {
        let leaves = leaves(size);
        let tree = Tree::new(&leaves);
        assert_eq!(hex::encode(tree.root()), root, "{size} leaves");
        for (index, leaf) in (0..).zip(&leaves) {
            assert!(tree.proof(index).unwrap().proves(leaf, &hash(root)));
        }
        assert!(tree.proof(size as u64).is_none());
    }
    for (index, size, path) in PATHS {
        let proof = Tree::new(leaves(size)).proof(index).unwrap();
        assert_eq!(proof.path, path.iter().copied().map(hash).collect::<Vec<_>>(), "leaf {index} of {size}");
    }
}

#[test]
fn a_proof_among_a_million_records_is_below_a_kilobyte() {
    let ids: Vec<[u8; 32]> = (0u64..1_000_000)
        .map(|number| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&number.to_le_bytes());
            id
        })
        .collect();
    let tree = Tree::new(&ids);
    let root = tree.root();
    for index in [0, 1, 499_999, 524_288, 999_998, 999_999] {
        let proof = tree.proof(index).unwrap();
        let bytes = proof.to_bytes();
        assert!(bytes.len() <= 646, "{} bytes", bytes.len());
        let id = &ids[usize::try_from(index).unwrap()];
        assert!(Proof::from_bytes(&bytes).unwrap().proves(id, &root));
        // As it is written into a file for people.
        let json = serde_json::to_string(&proof).unwrap();
        assert_eq!(serde_json::from_str::<Proof>(&json).unwrap(), proof);
    }
}

proptest! {
    #[test]
    fn agrees_with_another_implementation(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..200)) {
        let tree = Tree::new(&leaves);
        let mut other = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        leaves.iter().for_each(|leaf| other.push(leaf.clone()));
        prop_assert_eq!(tree.root().to_vec(), other.root().as_bytes().to_vec());
        for (index, leaf) in leaves.iter().enumerate() {
            let proof = tree.proof(index as u64).unwrap();
            prop_assert!(proof.proves(leaf, &tree.root()));
            prop_assert_eq!(proof.path.concat(), other.prove_inclusion(index).as_bytes().to_vec());
        }
    }

    /// Whatever is changed in a proof, it proves nothing any more.
    #[test]
    fn a_changed_proof_proves_nothing(size in 1usize..70, pick in any::<prop::sample::Index>(), change in 0usize..7, bit in 0usize..256) {
        let leaves: Vec<Hash> = (0..size).map(|number| Sha256::digest(number.to_le_bytes()).into()).collect();
        let tree = Tree::new(&leaves);
        let index = pick.index(size);
        let mut proof = tree.proof(index as u64).unwrap();
        let (mut leaf, mut root) = (leaves[index], tree.root());
        prop_assert!(proof.proves(&leaf, &root));
        let flip = |hash: &mut Hash| hash[bit / 8] ^= 1 << (bit % 8);
        match change {
            0 => flip(&mut leaf),
            1 => flip(&mut root),
            2 => match proof.path.first_mut() { Some(hash) => flip(hash), None => proof.path.push(leaf) },
            3 => proof.path.push(leaf),
            4 => if proof.path.pop().is_none() { flip(&mut root) },
            5 => proof.index = size as u64 + bit as u64,
            _ => proof.size = 0,
        }
        prop_assert!(!proof.proves(&leaf, &root));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(proof) = Proof::from_bytes(&bytes) {
            prop_assert_eq!(proof.to_bytes(), bytes);
            proof.proves(b"leaf", &[0; 32]);
        }
    }
}
