//! The state, with versions and history.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::read_write_set::ReadWriteSet;
use crate::crypto::sha256;

/// Where a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) block: u64,
    pub(super) transaction: u64,
}

/// A value in the state.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: Vec<u8>,
    /// Key-level endorsement policy.
    pub(super) policy: Option<Vec<u8>>,
    pub(super) version: Version,
}

/// A change of a key.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) transaction_id: String,
    pub(super) timestamp_ns: u64,
    /// `None`: deleted.
    pub(super) value: Option<Vec<u8>>,
}

/// Chaincode and key.
pub(super) type Location = (String, String);

#[derive(Clone, Default)]
pub(super) struct State {
    entries: BTreeMap<Location, Entry>,
    history: BTreeMap<Location, Vec<Change>>,
}

impl State {
    pub(super) fn get(&self, chaincode: &str, key: &str) -> Option<&Entry> {
        self.entries.get(&(chaincode.to_owned(), key.to_owned()))
    }

    /// The entries of a chaincode from `start` up to before `end` (empty: to the last).
    pub(super) fn range(&self, chaincode: &str, start: &str, end: &str) -> impl Iterator<Item = (&str, &Entry)> {
        let location = |key: &str| (chaincode.to_owned(), key.to_owned());
        let last = if end.is_empty() { Bound::Unbounded } else { Bound::Excluded(location(end)) };
        // An end before the start is an empty range in Fabric and a panic in a map.
        let empty = !end.is_empty() && end <= start;
        let first = if empty { last.clone() } else { Bound::Included(location(start)) };
        let entries = if empty { None } else { Some(self.entries.range((first, last))) };
        let chaincode = chaincode.to_owned();
        entries
            .into_iter()
            .flatten()
            .take_while(move |((found, _), _)| *found == chaincode)
            .map(|((_, key), entry)| (key.as_str(), entry))
    }

    pub(super) fn history(&self, chaincode: &str, key: &str) -> &[Change] {
        self.history.get(&(chaincode.to_owned(), key.to_owned())).map_or(&[], Vec::as_slice)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &str, &[u8])> {
        self.entries.iter().map(|((chaincode, key), entry)| (chaincode.as_str(), key.as_str(), entry.value.as_slice()))
    }

    /// Applies the writes of a valid transaction.
    pub(super) fn apply(&mut self, set: &ReadWriteSet, version: Version, transaction_id: &str, timestamp_ns: u64) {
        for (location, value) in &set.writes {
            let change = Change { transaction_id: transaction_id.to_owned(), timestamp_ns, value: value.clone() };
            self.history.entry(location.clone()).or_default().push(change);
            match value {
                Some(value) => {
                    let policy = self.entries.get(location).and_then(|entry| entry.policy.clone());
                    self.entries.insert(location.clone(), Entry { value: value.clone(), policy, version });
                }
                None => drop(self.entries.remove(location)),
            }
        }
        for (location, policy) in &set.policies {
            // Fabric ignores the metadata of a key without a value.
            if let Some(entry) = self.entries.get_mut(location) {
                entry.policy = Some(policy.clone());
                entry.version = version;
            }
        }
    }
}

/// Digest of a state: SHA-256 over chaincode, key and value of each entry, sorted, each preceded by its length in 8 bytes,
/// big-endian.
///
/// Transaction ids, versions and times are not in it, so the same transactions give the same digest.
#[must_use]
pub fn state_digest<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str, &'a [u8])>) -> [u8; 32] {
    let mut bytes = Vec::new();
    for (chaincode, key, value) in entries {
        for part in [chaincode.as_bytes(), key.as_bytes(), value] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
    }
    sha256(&bytes)
}
