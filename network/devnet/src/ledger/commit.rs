//! Takes blocks: validates them, writes them to the block files, then to the state, then shows them.

use std::sync::{Arc, PoisonError};

use fabric_protos::common::Block;
use fabric_protos::protos::TxValidationCode;
use prost::Message;

use super::block_store::Location;
use super::state::{Head, Writer};
use super::transaction::{envelopes, id, transactions};
use super::validation::{self, Outcome, commit_hash};
use super::{CommittedBlock, Inner, Ledger, LedgerError, Snapshot, chain};

/// What belongs to whoever appends; one at a time.
pub(crate) struct Committer {
    /// Why no more blocks are taken.
    stopped: Option<String>,
    /// Transactions since the state was last made durable.
    since_checkpoint: usize,
}

impl Committer {
    pub(crate) fn new() -> Self {
        Self { stopped: None, since_checkpoint: 0 }
    }
}

impl Ledger {
    /// Validates `blocks` (as the orderers signed them, in order, beginning with number `height()`), writes them with one
    /// sync for all, applies the valid transactions to the state, and tells the subscribers. When it returns, the blocks
    /// are on disk; until then nobody sees them.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] if a block does not fit: then none of `blocks` is taken, and others may follow. After any
    /// other error the ledger can be read, but takes no more blocks until it is opened again: [`LedgerError::Stopped`].
    pub fn append(&self, blocks: Vec<Block>) -> Result<Vec<CommittedBlock>, LedgerError> {
        let mut committer = self.0.committer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = &committer.stopped {
            return Err(LedgerError::Stopped { reason: reason.clone() });
        }
        let committed = self.0.commit(&mut committer, blocks);
        if let Err(error) = &committed
            && !matches!(error, LedgerError::Refused { .. })
        {
            tracing::error!(%error, "the ledger takes no more blocks");
            committer.stopped = Some(error.to_string());
        }
        committed
    }
}

impl Inner {
    fn commit(&self, committer: &mut Committer, blocks: Vec<Block>) -> Result<Vec<CommittedBlock>, LedgerError> {
        let mut head = self.snapshot.read().unwrap_or_else(PoisonError::into_inner).head.clone();
        let transaction = self.database.begin()?;
        let mut writer = Writer::open(&transaction)?;
        let mut validated = Vec::with_capacity(blocks.len());
        for block in blocks {
            let block = self.validate(block, &mut head, &mut writer)?;
            validated.push((head.height - 1, block));
        }
        let encoded: Vec<_> = validated.iter().map(|(number, block)| (*number, block.encode_to_vec())).collect();
        let locations = self.store.append(&encoded)?;
        for ((_, block), location) in validated.iter().zip(locations) {
            index_block(&mut writer, block, location)?;
        }
        drop(writer);
        let committed: Vec<_> = validated
            .into_iter()
            .map(|(_, block)| CommittedBlock { transactions: transactions(&block), block: Arc::new(block) })
            .collect();
        committer.since_checkpoint += committed.iter().map(|block| block.transactions.len()).sum::<usize>();
        let durable = committer.since_checkpoint >= self.options.transactions_per_checkpoint;
        self.database.commit(transaction, durable)?;
        if durable {
            committer.since_checkpoint = 0;
        }
        self.show(head, &committed)?;
        Ok(committed)
    }

    /// Checks and validates the block that follows `head`, writes what it changes, and moves `head` on.
    fn validate(&self, block: Block, head: &mut Head, writer: &mut Writer<'_>) -> Result<Block, LedgerError> {
        let number = head.height;
        chain::check(&block, head)?;
        let outcome = validation::validate(&block, number, &head.config, writer, self.options.verification_threads)?;
        let codes: Vec<u8> = outcome.codes.iter().map(|code| code_byte(*code)).collect();
        let commit_hash = commit_hash::compute(&codes, &outcome.updates, &head.commit_hash);
        let block = chain::with_results(block, codes, &commit_hash);
        apply(writer, &block, number, &outcome)?;
        let header = chain::header(&block)?;
        *head = Head {
            height: number + 1,
            hash: chain::header_hash(header),
            previous_hash: header.previous_hash.clone(),
            commit_hash,
            config_block: head.config_block,
            config: head.config.clone(),
        };
        Ok(block)
    }

    /// Lets everybody see what was committed.
    fn show(&self, head: Head, committed: &[CommittedBlock]) -> Result<(), LedgerError> {
        let height = head.height;
        for (number, block) in (height - committed.len() as u64..).zip(committed) {
            self.store.remember(number, block.block.clone());
        }
        let snapshot = Snapshot { head, tables: self.database.tables()?, store: self.store.clone() };
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        self.height.send_replace(height);
        Ok(())
    }
}

/// Writes to the state what a block changes, and its transactions to the index.
pub(crate) fn apply(writer: &mut Writer<'_>, block: &Block, number: u64, outcome: &Outcome) -> Result<(), LedgerError> {
    writer.apply(&outcome.updates)?;
    for (namespace, key, version) in &outcome.history {
        writer.add_history(namespace, key, *version)?;
    }
    for ((index, envelope), code) in (0..).zip(envelopes(block)).zip(&outcome.codes) {
        writer.add_transaction(&id(envelope), number, index, code_byte(*code))?;
    }
    Ok(())
}

/// Writes to the index where a block is.
pub(crate) fn index_block(writer: &mut Writer<'_>, block: &Block, location: Location) -> Result<(), LedgerError> {
    let header = chain::header(block)?;
    writer.add_block(header.number, &chain::header_hash(header), location)
}

/// A code as the block's metadata have it.
fn code_byte(code: TxValidationCode) -> u8 {
    u8::try_from(code as i32).unwrap_or(u8::MAX)
}
