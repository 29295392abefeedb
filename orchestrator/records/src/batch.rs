//! Which records are anchored together.

use crate::record::RecordId;

/// Records whose root is anchored on a channel together. Only what lies on the chain vouches for the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The channel that the root is anchored on.
    pub channel: String,
    /// Its number on the channel, from 0, without gaps.
    pub number: u64,
    /// The leaves of the tree, ascending.
    pub records: Vec<RecordId>,
}

/// Where a record is anchored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The channel.
    pub channel: String,
    /// The number of the batch.
    pub number: u64,
    /// The place in the batch, from 0.
    pub index: u64,
}
