//! Follows a ledger block by block.

use std::sync::Arc;

use fabric_protos::common::Block;
use tokio::sync::watch;

use crate::ledger::{Ledger, LedgerError};

/// Reads blocks in order and waits for those to come.
pub(crate) struct Follower {
    ledger: Ledger,
    height: watch::Receiver<u64>,
    next: u64,
}

impl Follower {
    /// Begins with block `first`, which need not be there yet.
    pub(crate) fn new(ledger: &Ledger, first: u64) -> Self {
        Self { ledger: ledger.clone(), height: ledger.subscribe(), next: first }
    }

    /// The next block; none once the ledger is closed. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Option<Arc<Block>>, LedgerError> {
        let next = self.next;
        if self.height.wait_for(|height| *height > next).await.is_err() {
            return Ok(None);
        }
        let ledger = self.ledger.clone();
        // An old block is read from disk.
        let Ok(block) = tokio::task::spawn_blocking(move || ledger.block(next)).await else { return Ok(None) };
        let block = block?;
        self.next += 1;
        Ok(block)
    }
}
