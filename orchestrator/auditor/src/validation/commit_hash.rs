//! The commit hash of Fabric's peers: a chain of hashes over each block's validation codes and writes.

use std::collections::BTreeMap;

use fabric_msp::sha256;
use prost::Message;

use crate::state::{Space, Version};

/// The last write to each key in a block; none for a deleted one.
pub(super) type Updates = BTreeMap<Space, BTreeMap<Vec<u8>, (Version, Option<Vec<u8>>)>>;

/// Fabric's internal message of what is hashed.
#[derive(Clone, PartialEq, Message)]
struct HashedUpdates {
    #[prost(message, repeated, tag = "1")]
    writes: Vec<HashedUpdate>,
}

/// One write. The first of each namespace and collection names them.
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

/// The hash after a block with these validation codes and writes.
pub(super) fn compute(codes: &[u8], updates: &Updates, previous: &[u8]) -> [u8; 32] {
    let mut length = Vec::new();
    prost::encoding::encode_varint(codes.len() as u64, &mut length);
    let updates = hashed_updates(updates).encode_to_vec();
    sha256([length.as_slice(), codes, updates.as_slice(), previous])
}

fn hashed_updates(updates: &Updates) -> HashedUpdates {
    let (mut writes, mut named) = (Vec::new(), None);
    for (Space { namespace, collection }, keys) in updates {
        for (place, (key, (version, value))) in keys.iter().enumerate() {
            let mut write = HashedUpdate {
                key: key.clone(),
                is_delete: value.is_none(),
                value: value.clone().unwrap_or_default(),
                version: encode_version(*version),
                ..HashedUpdate::default()
            };
            if place == 0 {
                write.collection.clone_from(collection);
                if named != Some(namespace) {
                    write.namespace.clone_from(namespace);
                    named = Some(namespace);
                }
            }
            writes.push(write);
        }
    }
    HashedUpdates { writes }
}

/// Block and place, each as a count of bytes and as many bytes, most significant first, without leading zeros.
fn encode_version(version: Version) -> Vec<u8> {
    let mut encoded = Vec::new();
    for number in [version.block, version.transaction] {
        let bytes = number.to_be_bytes();
        let digits = &bytes[number.leading_zeros() as usize / 8..];
        encoded.push(u8::try_from(digits.len()).unwrap_or(u8::MAX));
        encoded.extend_from_slice(digits);
    }
    encoded
}
