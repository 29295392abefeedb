//! The Merkle tree of RFC 6962 (section 2.1; the same in RFC 9162) over a batch's records, and proofs that a record is in it.
//!
//! It is written here and not taken from a crate because it holds hashes only (a batch's records need not be in memory),
//! takes the tree's size as part of what is proved, and answers a malformed proof with `false` or an error, never with a panic.
//! The tests compare it with the vectors of Certificate Transparency and with the crate `ct-merkle`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Leaves and inner nodes are hashed under different prefixes, so that neither can be taken for the other.
const LEAF: [u8; 1] = [0];
const NODE: [u8; 1] = [1];

/// A tree of 2^64 leaves has this many levels; no path is longer.
const PATH_LENGTH_MAX: usize = 64;

/// The hash of a leaf with this data.
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update(LEAF).chain_update(data).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update(NODE).chain_update(left).chain_update(right).finalize().into()
}

/// A tree with all its nodes, from which any leaf's proof can be taken.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The leaves' hashes first, the root alone last. A node without a neighbour moves up as it is, which gives RFC 6962's shape.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree over the leaves' data, in their order.
    pub fn new<Data: AsRef<[u8]>>(leaves: impl IntoIterator<Item = Data>) -> Self {
        let mut level: Vec<Hash> = leaves.into_iter().map(|data| leaf_hash(data.as_ref())).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => node_hash(left, right),
                    lone => lone.first().copied().unwrap_or_default(),
                })
                .collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self { levels }
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The root; that of an empty tree is the hash of nothing.
    pub fn root(&self) -> Hash {
        let root = self.levels.last().and_then(|level| level.first());
        root.copied().unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// The proof that the leaf at `index` is in the tree, if there is one.
    pub fn proof(&self, index: u64) -> Option<Proof> {
        let mut position = usize::try_from(index).ok()?;
        self.levels.first()?.get(position)?;
        let mut path = Vec::with_capacity(self.levels.len());
        for level in &self.levels {
            path.extend(level.get(position ^ 1));
            position /= 2;
        }
        // In the last level the root has no neighbour, so nothing was added for it.
        Some(Proof { index, size: self.size(), path })
    }
}

/// Proof that a leaf is at a place in a tree of a size: the neighbours on the way from the leaf to the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The leaf's place, from 0.
    pub index: u64,
    /// The number of leaves in the tree.
    pub size: u64,
    /// The neighbours' hashes, the leaf's own first; in JSON as hexadecimal.
    #[serde(with = "hashes")]
    pub path: Vec<Hash>,
}

/// Bytes that are not a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not an inclusion proof")]
pub struct MalformedProof;

impl Proof {
    /// Whether the leaf with this data is where the proof says in the tree with this root (RFC 9162, 2.1.3.2).
    pub fn proves(&self, data: &[u8], root: &Hash) -> bool {
        if self.index >= self.size {
            return false;
        }
        let (mut position, mut last) = (self.index, self.size - 1);
        let mut hash = leaf_hash(data);
        for neighbour in &self.path {
            if last == 0 {
                return false;
            }
            if position & 1 == 1 || position == last {
                hash = node_hash(neighbour, &hash);
                // A node that moved up alone has no neighbour on these levels.
                while position & 1 == 0 && position != 0 {
                    position >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(&hash, neighbour);
            }
            position >>= 1;
            last >>= 1;
        }
        last == 0 && hash == *root
    }

    /// The proof as bytes: index and size as LEB128, then the path's hashes. 646 bytes at a million leaves.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(20 + 32 * self.path.len());
        for mut number in [self.index, self.size] {
            while number >= 0x80 {
                bytes.push((number & 0x7f) as u8 | 0x80);
                number >>= 7;
            }
            bytes.push((number & 0x7f) as u8);
        }
        self.path.iter().for_each(|hash| bytes.extend_from_slice(hash));
        bytes
    }

    /// The proof of such bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedProof> {
        let (index, bytes) = varint(bytes).ok_or(MalformedProof)?;
        let (size, bytes) = varint(bytes).ok_or(MalformedProof)?;
        let (path, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || path.len() > PATH_LENGTH_MAX {
            return Err(MalformedProof);
        }
        Ok(Self { index, size, path: path.to_vec() })
    }
}

/// A minimal LEB128 number and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        let part = u64::from(byte & 0x7f);
        if place == 9 && part > 1 {
            return None;
        }
        number |= part << (7 * place);
        if byte & 0x80 == 0 {
            let minimal = *byte != 0 || place == 0;
            return minimal.then(|| (number, &bytes[place + 1..]));
        }
    }
    None
}

/// Hashes as hexadecimal strings.
mod hashes {
    use super::Hash;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(path: &[Hash], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(path.iter().map(hex::encode))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hash>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let hash = |text: &String| {
            let mut hash = Hash::default();
            hex::decode_to_slice(text, &mut hash).map(|()| hash).map_err(D::Error::custom)
        };
        texts.iter().map(hash).collect()
    }
}
