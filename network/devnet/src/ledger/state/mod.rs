//! The state of a channel: the latest value of every key, where each was written, and the index of the blocks.
//!
//! It is a projection of the blocks on redb. Blocks are on disk before the state takes them, so the state is committed
//! without a sync, made durable now and then ([`Database::commit`]), and brought up to date from the blocks at the start.

mod database;
mod encoding;
mod history;
mod snapshot;
mod updates;

pub(crate) use database::{Database, Tables, Writer};
pub use snapshot::Snapshot;
pub(crate) use snapshot::{Head, StateRange};
pub(crate) use updates::{Space, Update, Updates};

use super::error::LedgerError;

/// The transaction that wrote a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Number of its block.
    pub block: u64,
    /// Its place in the block, from 0.
    pub transaction: u64,
}

/// A key's value with what Fabric keeps beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedValue {
    /// The transaction that wrote value or metadata last.
    pub version: Version,
    /// The value, not empty.
    pub value: Vec<u8>,
    /// The key's metadata, `kvrwset.KVMetadataWrite` with entries only; empty if it has none.
    pub metadata: Vec<u8>,
}

/// Reads the state as of some height: a [`Snapshot`], or the writer that is about to commit the next blocks.
///
/// `space` is a namespace, or the name that [`Space::name`] gives to a collection's hashes.
pub(crate) trait StateRead {
    /// The key's value.
    fn get(&self, space: &str, key: &[u8]) -> Result<Option<VersionedValue>, LedgerError>;

    /// Keys from `start` up to but not including `end` (empty: to the end of the space), in order.
    fn range(&self, space: &str, start: &[u8], end: &[u8]) -> Result<StateRange<'_>, LedgerError>;
}
