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

/// Waits for commits on one channel.
#[derive(Default)]
pub(crate) struct Commits {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// By transaction id.
    senders: HashMap<String, Vec<oneshot::Sender<Result<CommitStatus, String>>>>,
    /// Why nothing will be committed any more, once that is so.
    ended: Option<String>,
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
        let mut waiting = self.lock();
        match &waiting.ended {
            // The receiver is here, so it gets this.
            Some(reason) => drop(sender.send(Err(reason.clone()))),
            None => waiting.senders.entry(transaction_id.to_owned()).or_default().push(sender),
        }
        drop(waiting);
        Wait { commits: self, transaction_id: transaction_id.to_owned(), receiver }
    }

    /// Tells those who wait for a transaction of these blocks.
    pub(crate) fn publish(&self, blocks: &[CommittedBlock]) {
        let mut waiting = self.lock();
        for block in blocks {
            if waiting.senders.is_empty() {
                return;
            }
            let block_number = block.block.header.as_ref().map_or(0, |header| header.number);
            for transaction in &block.transactions {
                for sender in waiting.senders.remove(&transaction.id).unwrap_or_default() {
                    // A receiver that is gone has stopped waiting.
                    let _ = sender.send(Ok(CommitStatus { code: transaction.code, block_number }));
                }
            }
        }
    }

    /// Tells everyone that nothing will be committed any more, and why.
    pub(crate) fn fail(&self, reason: &str) {
        let mut waiting = self.lock();
        waiting.ended = Some(reason.to_owned());
        for sender in waiting.senders.drain().flat_map(|(_, senders)| senders) {
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
        if let Some(senders) = waiting.senders.get_mut(&self.transaction_id) {
            senders.retain(|sender| !sender.is_closed());
            if senders.is_empty() {
                waiting.senders.remove(&self.transaction_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fabric_protos::common::{Block, BlockHeader, HeaderType};

    use super::*;
    use crate::ledger::TransactionSummary;

    fn block(number: u64, id: &str, code: TxValidationCode) -> CommittedBlock {
        let header = BlockHeader { number, ..BlockHeader::default() };
        let kind = Some(HeaderType::EndorserTransaction);
        CommittedBlock {
            block: Arc::new(Block { header: Some(header), ..Block::default() }),
            transactions: vec![TransactionSummary { id: id.to_owned(), kind, code, event: None }],
        }
    }

    #[tokio::test]
    async fn the_first_status_of_a_transaction_counts() {
        let commits = Commits::default();
        let (one, two) = (commits.wait("a"), commits.wait("a"));
        let first = block(3, "a", TxValidationCode::Valid);
        commits.publish(&[first, block(4, "a", TxValidationCode::DuplicateTxid)]);
        let expected = CommitStatus { code: TxValidationCode::Valid, block_number: 3 };
        assert_eq!(one.status().await, Ok(expected));
        assert_eq!(two.status().await, Ok(expected));
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let commits = Commits::default();
        drop(commits.wait("gone"));
        assert!(commits.lock().senders.is_empty());
        let waiting = commits.wait("a");
        commits.fail("disk full");
        assert_eq!(waiting.status().await, Err("disk full".to_owned()));
        assert_eq!(commits.wait("b").status().await, Err("disk full".to_owned()));
    }
}
