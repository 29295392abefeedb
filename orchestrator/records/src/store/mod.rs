//! The port to a store of records.

mod embedded;
mod mongo;
mod patient;

pub use embedded::EmbeddedStore;
pub use mongo::MongoStore;
pub use patient::Patient;

use crate::{
    batch::{Batch, Place},
    codec::CodecError,
    record::{Record, RecordId},
};
use async_trait::async_trait;

/// Why a store cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store is not there, or does not answer. The same request can be made again later.
    #[error("STORE_UNAVAILABLE: {0}")]
    Unavailable(String),
    /// The disk has no room left.
    #[error("STORE_FULL: {0}")]
    Full(String),
    /// Another program uses the store's files.
    #[error("STORE_IN_USE: {0}")]
    InUse(String),
    /// What lies in the store is not what this program wrote.
    #[error("STORE_DAMAGED: {0}")]
    Damaged(String),
    /// A record cannot be stored.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A batch with other records has this number already.
    #[error("BATCH_EXISTS: batch {number} of channel {channel} has other records")]
    BatchExists {
        /// The channel.
        channel: String,
        /// The number.
        number: u64,
    },
}

/// What a store has under an identifier. It is not compared with the identifier: that is for whoever verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Missing,
    /// Bytes that are no compressed record, and why.
    Damaged(String),
    /// A record.
    Record(Record),
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Size {
    /// Records.
    pub records: u64,
    /// Canonical bytes of all records.
    pub bytes_raw: u64,
    /// Bytes of all records as they are stored.
    pub bytes_stored: u64,
}

/// A store of records and batches. One program writes, any number read. What a call has returned from is on the disk.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps records that are to be anchored on a channel. Those that are there already stay as they are.
    ///
    /// # Errors
    /// [`StoreError`]; then some of them may be kept. The same call made again keeps the rest.
    async fn put(&self, channel: &str, records: &[Record]) -> Result<(), StoreError>;

    /// What there is under each identifier, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn get(&self, ids: &[RecordId]) -> Result<Vec<Found>, StoreError>;

    /// Records in the order in which they came: at most `limit` from this place on, each with its place.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn since(&self, place: u64, limit: usize) -> Result<Vec<(u64, RecordId)>, StoreError>;

    /// All records of a channel that are in no batch yet, ascending.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn pending(&self, channel: &str) -> Result<Vec<RecordId>, StoreError>;

    /// Keeps a batch; its records are pending no longer.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn put_batch(&self, batch: &Batch) -> Result<(), StoreError>;

    /// A batch, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn batch(&self, channel: &str, number: u64) -> Result<Option<Batch>, StoreError>;

    /// How many batches a channel has. They are numbered from 0.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn batches(&self, channel: &str) -> Result<u64, StoreError>;

    /// Where a record is anchored; none while it is pending, or not there.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn place(&self, id: &RecordId) -> Result<Option<Place>, StoreError>;

    /// How far a reader of a channel's events has come, as it has put it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn checkpoint(&self, reader: &str) -> Result<Option<String>, StoreError>;

    /// Keeps how far a reader has come.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn save_checkpoint(&self, reader: &str, position: &str) -> Result<(), StoreError>;

    /// The positions of all readers, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn checkpoints(&self) -> Result<Vec<(String, String)>, StoreError>;

    /// The channels that there are batches or pending records of, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn channels(&self) -> Result<Vec<String>, StoreError>;

    /// How much there is.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn size(&self) -> Result<Size, StoreError>;
}
