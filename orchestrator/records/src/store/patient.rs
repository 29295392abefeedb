//! A store that answers in time or is taken for gone.

use super::{Found, Size, Store, StoreError};
use crate::{
    batch::{Batch, Place},
    record::{Record, RecordId},
};
use async_trait::async_trait;
use std::time::Duration;

/// A store elsewhere, whose connection may stay open though nobody answers any more. What it did not answer in time may
/// have been done: every request can be made again.
#[derive(Clone)]
pub struct Patient<S> {
    store: S,
    patience: Duration,
}

impl<S> Patient<S> {
    /// Waits this long for every answer.
    pub fn new(store: S, patience: Duration) -> Self {
        Self { store, patience }
    }

    async fn wait<T>(&self, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let late = |_| StoreError::Unavailable(format!("no answer within {} ms", self.patience.as_millis()));
        tokio::time::timeout(self.patience, answer).await.map_err(late)?
    }
}

#[async_trait]
impl<S: Store> Store for Patient<S> {
    async fn put(&self, channel: &str, records: &[Record]) -> Result<(), StoreError> {
        self.wait(self.store.put(channel, records)).await
    }

    async fn get(&self, ids: &[RecordId]) -> Result<Vec<Found>, StoreError> {
        self.wait(self.store.get(ids)).await
    }

    async fn since(&self, place: u64, limit: usize) -> Result<Vec<(u64, RecordId)>, StoreError> {
        self.wait(self.store.since(place, limit)).await
    }

    async fn pending(&self, channel: &str) -> Result<Vec<RecordId>, StoreError> {
        self.wait(self.store.pending(channel)).await
    }

    async fn put_batch(&self, batch: &Batch) -> Result<(), StoreError> {
        self.wait(self.store.put_batch(batch)).await
    }

    async fn batch(&self, channel: &str, number: u64) -> Result<Option<Batch>, StoreError> {
        self.wait(self.store.batch(channel, number)).await
    }

    async fn batches(&self, channel: &str) -> Result<u64, StoreError> {
        self.wait(self.store.batches(channel)).await
    }

    async fn place(&self, id: &RecordId) -> Result<Option<Place>, StoreError> {
        self.wait(self.store.place(id)).await
    }

    async fn checkpoint(&self, reader: &str) -> Result<Option<String>, StoreError> {
        self.wait(self.store.checkpoint(reader)).await
    }

    async fn save_checkpoint(&self, reader: &str, position: &str) -> Result<(), StoreError> {
        self.wait(self.store.save_checkpoint(reader, position)).await
    }

    async fn checkpoints(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.wait(self.store.checkpoints()).await
    }

    async fn channels(&self) -> Result<Vec<String>, StoreError> {
        self.wait(self.store.channels()).await
    }

    async fn size(&self) -> Result<Size, StoreError> {
        self.wait(self.store.size()).await
    }
}
