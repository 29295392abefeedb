//! The writes of a key over time, read from the blocks.

use std::collections::VecDeque;
use std::sync::Arc;

use fabric_protos::queryresult::KeyModification;

use super::{LedgerError, Version};
use crate::ledger::block_store::{BlockStore, Location};
use crate::ledger::transaction::Endorsed;

/// Reads a key's modifications, newest first.
pub(crate) struct History {
    pub(crate) store: Arc<BlockStore>,
    pub(crate) namespace: String,
    pub(crate) key: String,
    /// The writing transactions and where their blocks are, newest first.
    pub(crate) writes: VecDeque<(Version, Location)>,
}

impl History {
    fn read(&self, version: Version, location: Location) -> Result<KeyModification, LedgerError> {
        let block = self.store.read(version.block, location)?;
        let missing = || LedgerError::State(format!("the history of {} names a transaction without it", self.key));
        let envelope = usize::try_from(version.transaction)
            .ok()
            .and_then(|index| block.data.as_ref()?.data.get(index))
            .ok_or_else(missing)?;
        let transaction = Endorsed::decode(envelope).ok_or_else(missing)?;
        let write = transaction
            .read_write_set
            .iter()
            .filter(|set| set.namespace == self.namespace)
            .flat_map(|set| &set.public.writes)
            .find(|write| write.key == self.key)
            .ok_or_else(missing)?;
        Ok(KeyModification {
            tx_id: transaction.header.tx_id,
            is_delete: write.is_delete || write.value.is_empty(),
            value: write.value.clone(),
            timestamp: transaction.header.timestamp,
        })
    }
}

impl Iterator for History {
    type Item = Result<KeyModification, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (version, location) = self.writes.pop_front()?;
        Some(self.read(version, location))
    }
}
