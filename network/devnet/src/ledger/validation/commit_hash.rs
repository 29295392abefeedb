//! The commit hash of Fabric's peers: a chain of hashes over validation codes and writes, kept in the block's metadata,
//! by which peers can see that they agree on the state.

use fabric_protos::common::Metadata;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::ledger::state::{Updates, Version};

/// Fabric's internal message of the writes that are hashed.
#[derive(Clone, PartialEq, Message)]
struct HashedUpdates {
    #[prost(message, repeated, tag = "1")]
    writes: Vec<HashedUpdate>,
}

/// One write. Namespace and collection are given with the first write of each only.
#[derive(Clone, PartialEq, Message)]
struct HashedUpdate {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(string, tag = "2")]
    collection: String,
    #[prost(bytes = "vec", tag = "3")]
    key: Vec<u8>,
    #[prost(bool, tag = "4")]
    is_delete: bool,
    #[prost(bytes = "vec", tag = "5")]
    value: Vec<u8>,
    #[prost(bytes = "vec", tag = "6")]
    version: Vec<u8>,
}

/// The hash after a block with these validation codes (the bytes of `TRANSACTIONS_FILTER`) and writes.
pub(crate) fn compute(codes: &[u8], updates: &Updates, previous: &[u8]) -> Vec<u8> {
    let mut length = Vec::new();
    prost::encoding::encode_varint(codes.len() as u64, &mut length);
    Sha256::new()
        .chain_update(length)
        .chain_update(codes)
        .chain_update(hashed_updates(updates).encode_to_vec())
        .chain_update(previous)
        .finalize()
        .to_vec()
}

/// The metadata entry that holds the hash.
pub(crate) fn encode(hash: &[u8]) -> Vec<u8> {
    Metadata { value: hash.to_vec(), signatures: Vec::new() }.encode_to_vec()
}

/// The hash in a metadata entry; empty if there is none.
pub(crate) fn decode(metadata: &[u8]) -> Vec<u8> {
    Metadata::decode(metadata).map(|metadata| metadata.value).unwrap_or_default()
}

fn hashed_updates(updates: &Updates) -> HashedUpdates {
    let mut writes = Vec::new();
    let mut namespace = "";
    for (space, updates) in updates.spaces() {
        // The channel configuration, which has the empty namespace, is not hashed.
        if space.namespace.is_empty() {
            continue;
        }
        for (index, (key, update)) in updates.iter().enumerate() {
            let mut write = HashedUpdate {
                key: key.clone(),
                is_delete: update.value.is_none(),
                value: update.value.clone().unwrap_or_default(),
                version: encode_version(update.version),
                ..HashedUpdate::default()
            };
            if index == 0 {
                write.collection.clone_from(&space.collection);
                if namespace != space.namespace {
                    write.namespace.clone_from(&space.namespace);
                    namespace = &space.namespace;
                }
            }
            writes.push(write);
        }
    }
    HashedUpdates { writes }
}

/// Block and place, each as a count of bytes and as many bytes, big endian, without leading zeros.
fn encode_version(version: Version) -> Vec<u8> {
    let mut encoded = Vec::new();
    for number in [version.block, version.transaction] {
        let zeros = number.leading_zeros() as usize / 8;
        let bytes = &number.to_be_bytes()[zeros..];
        encoded.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
        encoded.extend_from_slice(bytes);
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_no_leading_zeros() {
        assert_eq!(encode_version(Version { block: 0, transaction: 0 }), [0, 0]);
        assert_eq!(encode_version(Version { block: 256, transaction: 7 }), [2, 1, 0, 1, 7]);
    }
}
