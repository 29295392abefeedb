//! Waits for commits by following a peer's filtered blocks.

use crate::contract::Network;
use crate::error::{CommitError, Error, Failure, StepError};
use crate::events::Blocks;
use fabric_protos::protos::{FilteredBlock, TxValidationCode};
use futures_util::StreamExt as _;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Outcomes of transactions, from the moment at which it was opened.
#[derive(Debug)]
pub(super) struct Commits {
    awaited: Arc<Awaited>,
    reader: JoinHandle<()>,
}

/// A transaction's outcome: its block and validation code, or why the blocks cannot be followed any longer.
type Outcome = Result<(u64, TxValidationCode), Failure>;

#[derive(Debug, Default)]
struct Awaited(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    transactions: HashMap<String, oneshot::Sender<Outcome>>,
    /// Set when the stream has broken: nothing will be heard again.
    failure: Option<Failure>,
}

impl Commits {
    pub(super) async fn open(network: &Network) -> Result<Self, Error> {
        // From the last block that there is, so that none is missed until the stream stands. Not from the next: a peer
        // of Fabric answers with its first block, and on a channel that nobody else writes to there would be none.
        let last = network.chain_info().await?.height.saturating_sub(1);
        let blocks = network.blocks::<FilteredBlock>().start_block(last).open().await?;
        let awaited = Arc::new(Awaited::default());
        let reader = tokio::spawn(read(blocks, Arc::clone(&awaited)));
        Ok(Commits { awaited, reader })
    }

    /// Announces a transaction before it is submitted.
    pub(super) fn expect(&self, transaction_id: &str) -> Expected {
        let (sender, outcome) = oneshot::channel();
        self.awaited.with(|state| match &state.failure {
            Some(failure) => drop(sender.send(Err(failure.clone()))),
            None => drop(state.transactions.insert(transaction_id.to_owned(), sender)),
        });
        Expected { transaction_id: transaction_id.to_owned(), outcome }
    }
}

impl Drop for Commits {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// A transaction that was announced.
pub(super) struct Expected {
    transaction_id: String,
    outcome: oneshot::Receiver<Outcome>,
}

impl Expected {
    /// Waits until the transaction is committed and valid, but not for ever.
    pub(super) async fn valid(self, timeout: Duration) -> Result<(), Error> {
        let failure = match tokio::time::timeout(timeout, self.outcome).await {
            Ok(Ok(Ok((_, TxValidationCode::Valid)))) => return Ok(()),
            Ok(Ok(Ok((block_number, code)))) => {
                return Err(Error::Commit(CommitError { transaction_id: self.transaction_id, block_number, code }));
            }
            Ok(Ok(Err(failure))) => failure,
            Ok(Err(_)) => Failure::Ended("the reader of blocks was stopped".into()),
            Err(_) => Failure::Ended(format!("not committed within {timeout:?}")),
        };
        Err(Error::CommitStatus(StepError { transaction_id: self.transaction_id, failure }))
    }
}

impl Awaited {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn read(mut blocks: Blocks<FilteredBlock>, awaited: Arc<Awaited>) {
    while let Some(block) = blocks.next().await {
        match block {
            Ok(block) => awaited.with(|state| {
                for transaction in block.filtered_transactions {
                    let Some(sender) = state.transactions.remove(&transaction.txid) else { continue };
                    let code = TxValidationCode::try_from(transaction.tx_validation_code);
                    let code = code.unwrap_or(TxValidationCode::InvalidOtherReason);
                    // Whoever announced it may have given up.
                    let _ = sender.send(Ok((block.number, code)));
                }
            }),
            Err(error) => awaited.with(|state| {
                let failure = Failure::Ended(error.to_string());
                for (_, sender) in state.transactions.drain() {
                    let _ = sender.send(Err(failure.clone()));
                }
                state.failure = Some(failure);
            }),
        }
    }
}
