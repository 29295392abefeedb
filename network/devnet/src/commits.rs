//! Who waits for which transaction to be committed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fabric_protos::protos::TxValidationCode;
use tokio::sync::oneshot;

use crate::ledger::CommittedBlock;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CommitStatus {
    pub(crate) code: TxValidationCode,
    pub(crate) block_number: u64,
}

type Waiting = HashMap<String, Vec<oneshot::Sender<Result<CommitStatus, String>>>>;

/// Waits for commits on one channel.
#[derive(Default)]
pub(crate) struct Commits {
    waiting: Mutex<Waiting>,
}

/// A place in the queue for one transaction; leaves it when dropped.
pub(crate) struct Wait<'commits> {
    commits: &'commits Commits,
    transaction_id: String,
    receiver: oneshot::Receiver<Result<CommitStatus, String>>,
}

impl Commits {
    /// Begins to wait. Whoever does looks into the ledger next: the transaction may be there already.
    pub(crate) fn wait(&self, transaction_id: &str) -> Wait<'_> {
        let (sender, receiver) = oneshot::channel();
        self.lock().entry(transaction_id.to_owned()).or_default().push(sender);
        Wait { commits: self, transaction_id: transaction_id.to_owned(), receiver }
    }

    /// Tells those who wait for a transaction of these blocks.
    pub(crate) fn publish(&self, blocks: &[CommittedBlock]) {
        let mut waiting = self.lock();
        for block in blocks {
            if waiting.is_empty() {
                return;
            }
            let block_number = block.block.header.as_ref().map_or(0, |header| header.number);
            for transaction in &block.transactions {
                for sender in waiting.remove(&transaction.id).unwrap_or_default() {
                    // A receiver that is gone has stopped waiting.
                    let _ = sender.send(Ok(CommitStatus { code: transaction.code, block_number }));
                }
            }
        }
    }

    /// Tells everyone that nothing will be committed any more, and why.
    pub(crate) fn fail(&self, reason: &str) {
        for sender in self.lock().drain().flat_map(|(_, senders)| senders) {
            let _ = sender.send(Err(reason.to_owned()));
        }
    }

    /// The map is consistent after every statement, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wait<'_> {
    /// The transaction's status, or why there will be none.
    pub(crate) async fn status(mut self) -> Result<CommitStatus, String> {
        (&mut self.receiver).await.unwrap_or_else(|_| Err("the network has been stopped".to_owned()))
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.receiver.close();
        let mut waiting = self.commits.lock();
        if let Some(senders) = waiting.get_mut(&self.transaction_id) {
            senders.retain(|sender| !sender.is_closed());
            if senders.is_empty() {
                waiting.remove(&self.transaction_id);
            }
        }
    }
}
