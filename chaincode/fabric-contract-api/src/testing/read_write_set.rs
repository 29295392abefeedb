//! What a simulated transaction read and would write.

use std::collections::BTreeMap;

use super::state::{Location, Version};

/// Reads, scanned ranges and writes of one transaction, over all the chaincodes that it touched.
#[derive(Clone, Default)]
pub(super) struct ReadWriteSet {
    /// Version of each key that was read; `None`: it was not there.
    pub(super) reads: BTreeMap<Location, Option<Version>>,
    pub(super) ranges: Vec<ScannedRange>,
    /// New value of each key; `None`: deleted.
    pub(super) writes: BTreeMap<Location, Option<Vec<u8>>>,
    /// New key-level endorsement policies.
    pub(super) policies: BTreeMap<Location, Vec<u8>>,
    /// Whether a query by pages was made, after which Fabric refuses writes.
    pub(super) paged: bool,
}

/// A range as far as it was read.
#[derive(Clone)]
pub(super) struct ScannedRange {
    pub(super) chaincode: String,
    pub(super) start: String,
    pub(super) end: String,
    /// Whether it was read to its end; otherwise the last result bounds it.
    pub(super) exhausted: bool,
    pub(super) results: Vec<(String, Version)>,
}

impl ReadWriteSet {
    pub(super) fn written_keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.writes.keys().map(|(chaincode, key)| (chaincode.as_str(), key.as_str()))
    }

    /// Keys whose policy changes.
    pub(super) fn protected_keys(&self) -> impl Iterator<Item = Location> {
        self.policies.keys().cloned()
    }
}
