//! One channel's ledger: blocks, state, history, simulation and validation.
//!
//! Every organization of the embedded network commits the same blocks to the same state, so the network keeps one
//! [`Ledger`] for each channel and all peers share it. The block files are the truth; everything else is a
//! projection of them that [`Ledger::open`] brings up to date.
//!
//! ```text
//! <folder>/blocks/00000000.blocks   append-only block files (block_store)
//! <folder>/state.redb               state, history and index (state)
//! <folder>/lock                     held by the process that has the ledger open
//! ```
//!
//! - **Endorse**: take a [`Snapshot`], run a proposal on a [`Simulator`], get the read-write set that a peer would sign.
//! - **Commit**: [`Ledger::append`] validates blocks in Fabric's order, writes them, and only then shows them to anybody.
//! - **Follow**: [`Ledger::subscribe`] tells the height, [`Ledger::block`] reads.
//!
//! All functions block; on an async runtime, use `spawn_blocking` for [`Ledger::append`] and for simulations.

mod block_store;
mod chain;
mod commit;
mod definition;
mod error;
mod lock;
mod open;
mod range_summary;
mod read_write_set;
mod simulator;
mod state;
mod transaction;
mod validation;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use fabric_msp::ChannelConfig;
use fabric_protos::common::{Block, BlockchainInfo, Envelope};
use fabric_protos::protos::{ProcessedTransaction, TxValidationCode};
use prost::Message;
use tokio::sync::watch;

use block_store::BlockStore;
use commit::Committer;
pub use definition::Definition;
pub use error::LedgerError;
pub use lock::FolderLock;
pub use simulator::{Chaincodes, Invocation, SimulationError, SimulationResult, Simulator};
use state::Database;
pub use state::{Snapshot, Version, VersionedValue};
pub use transaction::{TransactionSummary, transactions};

/// What a ledger may use.
#[derive(Debug, Clone)]
pub struct Options {
    /// A new block file begins once the last one is this large, in bytes.
    pub block_file_bytes_max: u64,
    /// Threads that verify the signatures of a block.
    pub verification_threads: usize,
    /// The state is made durable after so many transactions; so many are replayed at most after a crash.
    pub transactions_per_checkpoint: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { block_file_bytes_max: 64 << 20, verification_threads: 2, transactions_per_checkpoint: 10_000 }
    }
}

/// A block as it was committed.
#[derive(Debug, Clone)]
pub struct CommittedBlock {
    /// The block with Fabric's metadata: signatures, validation codes, commit hash.
    pub block: Arc<Block>,
    /// One entry for each envelope, in order.
    pub transactions: Vec<TransactionSummary>,
}

/// Where a transaction is, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLocation {
    /// Number of its block.
    pub block: u64,
    /// Its place in the block, from 0.
    pub index: u32,
    /// Its validation code.
    pub code: TxValidationCode,
}

/// A channel's ledger. Cheap to clone; all clones are the same ledger.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    options: Options,
    store: Arc<BlockStore>,
    database: Database,
    snapshot: RwLock<Arc<Snapshot>>,
    committer: Mutex<Committer>,
    height: watch::Sender<u64>,
    _lock: FolderLock,
}

impl Ledger {
    /// The channel's name.
    #[must_use]
    pub fn channel(&self) -> String {
        self.snapshot().config().channel_id.clone()
    }

    /// The channel configuration as of the last config block.
    #[must_use]
    pub fn config(&self) -> Arc<ChannelConfig> {
        self.snapshot().config().clone()
    }

    /// The last config block's number.
    #[must_use]
    pub fn last_config_block(&self) -> u64 {
        self.snapshot().head.config_block
    }

    /// Number of blocks.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.snapshot().height()
    }

    /// Height, hash of the last block's header and of the one before it, as qscc's `GetChainInfo` answers.
    #[must_use]
    pub fn info(&self) -> BlockchainInfo {
        let snapshot = self.snapshot();
        BlockchainInfo {
            height: snapshot.height(),
            current_block_hash: snapshot.head.hash.clone(),
            previous_block_hash: snapshot.head.previous_hash.clone(),
            bootstrapping_snapshot_info: None,
        }
    }

    /// The state at the present height; it stays as it is while blocks are committed.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Block `number` with its metadata; `None` if there is none yet.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`], or if file or database fail.
    pub fn block(&self, number: u64) -> Result<Option<Arc<Block>>, LedgerError> {
        match self.snapshot().tables.block(number)? {
            Some(location) => self.0.store.read(number, location).map(Some),
            None => Ok(None),
        }
    }

    /// The block whose header has this hash.
    ///
    /// # Errors
    /// As [`Self::block`].
    pub fn block_by_hash(&self, hash: &[u8]) -> Result<Option<Arc<Block>>, LedgerError> {
        match self.snapshot().tables.block_by_hash(hash)? {
            Some(number) => self.block(number),
            None => Ok(None),
        }
    }

    /// Where the transaction is, and its code. If an id occurs more than once, the first: only that one can be valid.
    ///
    /// # Errors
    /// If the database fails.
    pub fn transaction_location(&self, id: &str) -> Result<Option<TransactionLocation>, LedgerError> {
        Ok(self.snapshot().tables.transaction(id)?.map(|(block, index, code)| TransactionLocation {
            block,
            index,
            code: TxValidationCode::try_from(i32::from(code)).unwrap_or(TxValidationCode::InvalidOtherReason),
        }))
    }

    /// The transaction's envelope and code, as qscc's `GetTransactionByID` answers.
    ///
    /// # Errors
    /// As [`Self::block`].
    pub fn transaction(&self, id: &str) -> Result<Option<ProcessedTransaction>, LedgerError> {
        let Some(location) = self.transaction_location(id)? else { return Ok(None) };
        let Some(block) = self.block(location.block)? else { return Ok(None) };
        let envelope = transaction::envelopes(&block).get(location.index as usize);
        let envelope = envelope.and_then(|envelope| Envelope::decode(envelope.as_slice()).ok());
        Ok(Some(ProcessedTransaction { transaction_envelope: envelope, validation_code: location.code as i32 }))
    }

    /// The height as it grows. The blocks themselves come from [`Self::block`]; the recent ones are in memory.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.height.subscribe()
    }

    /// The blocks from `first` to the present height, read one after the other.
    pub fn blocks(&self, first: u64) -> impl Iterator<Item = Result<Arc<Block>, LedgerError>> + use<> {
        let ledger = self.clone();
        (first..self.height()).filter_map(move |number| ledger.block(number).transpose())
    }
}
