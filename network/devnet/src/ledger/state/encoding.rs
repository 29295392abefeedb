//! Keys and values as they lie in the database.
//!
//! - state: `space 0x00 key` -> version (block 8 bytes, transaction 4, little endian), length of the metadata (4, little
//!   endian), metadata, value. A space's name has no zero byte, so that spaces do not mix.
//! - history: `space 0x00`, length of the key (4, big endian), key, block (8, big endian), transaction (4, big endian).

use std::ops::Range;

use super::{LedgerError, Version, VersionedValue};

const SEPARATOR: u8 = 0;
const VERSION_BYTES: usize = 12;

/// The state's key for `key` in `space`.
pub(crate) fn state_key(space: &str, key: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(space.len() + 1 + key.len());
    encoded.extend_from_slice(space.as_bytes());
    encoded.push(SEPARATOR);
    encoded.extend_from_slice(key);
    encoded
}

/// The state's keys for the keys from `start` to `end` (exclusive; empty: all) in `space`.
pub(crate) fn state_range(space: &str, start: &[u8], end: &[u8]) -> Range<Vec<u8>> {
    let end = if end.is_empty() { after_space(space) } else { state_key(space, end) };
    state_key(space, start)..end
}

/// The first key behind those of `space`.
pub(crate) fn after_space(space: &str) -> Vec<u8> {
    let mut encoded = space.as_bytes().to_vec();
    encoded.push(SEPARATOR + 1);
    encoded
}

/// Splits a key of the state into space and key.
pub(crate) fn split_state_key(encoded: &[u8]) -> Option<(&[u8], &[u8])> {
    let separator = encoded.iter().position(|byte| *byte == SEPARATOR)?;
    Some((&encoded[..separator], &encoded[separator + 1..]))
}

/// The state's value for a key.
pub(crate) fn state_value(value: &VersionedValue) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(VERSION_BYTES + 4 + value.metadata.len() + value.value.len());
    encoded.extend_from_slice(&value.version.block.to_le_bytes());
    encoded.extend_from_slice(&narrow(value.version.transaction).to_le_bytes());
    encoded.extend_from_slice(&narrow(value.metadata.len() as u64).to_le_bytes());
    encoded.extend_from_slice(&value.metadata);
    encoded.extend_from_slice(&value.value);
    encoded
}

/// Reads what [`state_value`] wrote.
pub(crate) fn decode_state_value(encoded: &[u8]) -> Result<VersionedValue, LedgerError> {
    decode(encoded).ok_or_else(|| LedgerError::State("a value is not in the ledger's format".to_owned()))
}

fn decode(encoded: &[u8]) -> Option<VersionedValue> {
    let (block, rest) = encoded.split_first_chunk::<8>()?;
    let (transaction, rest) = rest.split_first_chunk::<4>()?;
    let (metadata_bytes, rest) = rest.split_first_chunk::<4>()?;
    let (metadata, value) = rest.split_at_checked(u32::from_le_bytes(*metadata_bytes) as usize)?;
    Some(VersionedValue {
        version: Version {
            block: u64::from_le_bytes(*block),
            transaction: u64::from(u32::from_le_bytes(*transaction)),
        },
        value: value.to_vec(),
        metadata: metadata.to_vec(),
    })
}

/// The history's key for a write.
pub(crate) fn history_key(space: &str, key: &[u8], version: Version) -> Vec<u8> {
    let mut encoded = history_prefix(space, key);
    encoded.extend_from_slice(&version.block.to_be_bytes());
    encoded.extend_from_slice(&narrow(version.transaction).to_be_bytes());
    encoded
}

/// The beginning that the history's keys of one key have in common.
pub(crate) fn history_prefix(space: &str, key: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(space.len() + 1 + 4 + key.len() + VERSION_BYTES);
    encoded.extend_from_slice(space.as_bytes());
    encoded.push(SEPARATOR);
    encoded.extend_from_slice(&narrow(key.len() as u64).to_be_bytes());
    encoded.extend_from_slice(key);
    encoded
}

/// The version at the end of a key of the history.
pub(crate) fn history_version(encoded: &[u8]) -> Option<Version> {
    let (rest, transaction) = encoded.split_last_chunk::<4>()?;
    let (_, block) = rest.split_last_chunk::<8>()?;
    Some(Version { block: u64::from_be_bytes(*block), transaction: u64::from(u32::from_be_bytes(*transaction)) })
}

/// Places in a block and lengths of keys and metadata are far below 2^32: a block is at most 4 GiB.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
