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
//! - **Commit**: [`Ledger::append`] validates a block in Fabric's order, writes it, and only then shows it to anybody.
//! - **Follow**: [`Ledger::subscribe`] tells the height, [`Ledger::block`] reads.
//!
//! All functions block; callers on an async runtime use `spawn_blocking` for [`Ledger::append`] and for simulations.

mod block_store;
mod definition;
mod error;
mod lock;
mod simulator;
mod state;
mod transaction;
mod validation;

pub use definition::Definition;
pub use error::LedgerError;
pub use lock::FolderLock;
pub use simulator::{Chaincodes, Invocation, SimulationResult, Simulator};
pub use state::{HistoryEntry, Snapshot, VersionedValue, Version};
pub use transaction::{TransactionSummary, transactions};

/// What a ledger may use.
pub struct Options {
    /// A new block file begins once the current one is larger than this, in bytes.
    pub block_file_bytes_max: u64,
    /// Threads that verify the signatures of a block.
    pub verification_threads: usize,
    /// The state is made durable after this many transactions; so many at most are replayed after a crash.
    pub transactions_per_checkpoint: usize,
}

/// A block as it was committed.
#[derive(Debug, Clone)]
pub struct CommittedBlock {
    /// The block with Fabric's metadata: signatures, validation codes, commit hash.
    pub block: Arc<common::Block>,
    /// One entry for each envelope, in order.
    pub transactions: Vec<TransactionSummary>,
}

/// Where a transaction is.
pub struct TransactionLocation { pub block: u64, pub index: u32, pub code: TxValidationCode }

/// A channel's ledger. Cheap to clone; all clones are the same ledger.
#[derive(Clone)]
pub struct Ledger;

impl Ledger {
    /// Opens the ledger in `folder`, or makes it from `genesis` (a config block, number 0) if there is none yet.
    /// `genesis` is ignored when the ledger has blocks; a ledger without blocks and without `genesis` is an error.
    ///
    /// Cuts off a last block that was not written whole, and replays blocks that the state has not seen.
    pub fn open(folder: &Path, genesis: Option<&common::Block>, options: &Options) -> Result<Self, LedgerError>;

    /// The channel's name.
    pub fn channel(&self) -> &str;
    /// The channel configuration as of the last config block.
    pub fn config(&self) -> Arc<ChannelConfig>; // fabric_msp's channel configuration
    /// The last config block's number (for `SIGNATURES` metadata `last_config` of new blocks).
    pub fn last_config_block(&self) -> u64;
    /// Number of blocks.
    pub fn height(&self) -> u64;
    /// Height, hash of the last block's header and of the one before it, as qscc's GetChainInfo answers.
    pub fn info(&self) -> common::BlockchainInfo;

    /// Validates `blocks` (as the orderer signed them, in order, the first with number `height()`), writes them with one
    /// sync for all, applies them to the state, and tells the subscribers. When it returns they are on disk.
    ///
    /// After an error that concerns the disk (full, failed) the ledger goes on reading but takes no more blocks.
    pub fn append(&self, blocks: Vec<common::Block>) -> Result<Vec<CommittedBlock>, LedgerError>;

    /// The state at the present height; stays as it is while blocks are committed.
    pub fn snapshot(&self) -> Arc<Snapshot>;

    /// Block `number`, with its metadata.
    pub fn block(&self, number: u64) -> Result<Option<Arc<common::Block>>, LedgerError>;
    /// The block whose header has `hash`.
    pub fn block_by_hash(&self, hash: &[u8]) -> Result<Option<Arc<common::Block>>, LedgerError>;
    /// Where the transaction is, and its code. If an id occurs twice, the first: only that one can be valid.
    pub fn transaction_location(&self, id: &str) -> Result<Option<TransactionLocation>, LedgerError>;
    /// The transaction's envelope and code, as qscc's GetTransactionByID answers.
    pub fn transaction(&self, id: &str) -> Result<Option<protos::ProcessedTransaction>, LedgerError>;

    /// The height, changing with each commit. Read the new blocks with [`Ledger::block`] (the recent ones are in memory).
    pub fn subscribe(&self) -> tokio::sync::watch::Receiver<u64>;
    /// Blocks `first..height()` at the time of the call, read one after the other.
    pub fn blocks(&self, first: u64) -> impl Iterator<Item = Result<Arc<common::Block>, LedgerError>>;
}

// state
impl Snapshot {
    pub fn height(&self) -> u64;
    pub fn get(&self, namespace: &str, key: &str) -> Result<Option<VersionedValue>, LedgerError>;
    /// Keys from `start` up to but not including `end` (empty: to the end of the namespace), in order.
    pub fn range(&self, namespace: &str, start: &str, end: &str) -> Result<impl Iterator<Item = Result<(String, VersionedValue), LedgerError>>, LedgerError>;
    /// Valid writes of `key`, newest first.
    pub fn history(&self, namespace: &str, key: &str) -> Result<impl Iterator<Item = Result<queryresult::KeyModification, LedgerError>>, LedgerError>;
    /// Names of the namespaces that have keys.
    pub fn namespaces(&self) -> Result<Vec<String>, LedgerError>;
    /// SHA-256 over the namespace's sorted keys and values, without versions and metadata.
    pub fn digest(&self, namespace: &str) -> Result<[u8; 32], LedgerError>;
    /// The committed definition of a chaincode, from `_lifecycle`.
    pub fn definition(&self, chaincode: &str) -> Result<Option<Definition>, LedgerError>;
    /// All committed definitions, by name (`_lifecycle` QueryChaincodeDefinitions).
    pub fn definitions(&self) -> Result<Vec<Definition>, LedgerError>;
}

/// A chaincode definition as Fabric's `_lifecycle` keeps it in its state.
pub struct Definition {
    pub name: String,
    pub sequence: i64,
    pub endorsement_info: lifecycle::ChaincodeEndorsementInfo, // version, init_required, endorsement_plugin
    pub validation_info: lifecycle::ChaincodeValidationInfo,   // validation_plugin, validation_parameter = ApplicationPolicy
    pub collections: Option<protos::CollectionConfigPackage>,
}
impl Definition {
    /// The keys and values that committing this definition writes into `_lifecycle`, in key order.
    pub fn writes(&self) -> Vec<(String, Vec<u8>)>;
}

// simulator
/// What the endorser knows about the proposal.
pub struct Invocation {
    pub channel: String,
    pub transaction_id: String,
    pub signed_proposal: protos::SignedProposal,
}
/// Where a simulation finds chaincodes and other channels.
pub trait Chaincodes: Send + Sync {
    /// The code that runs `name` on `channel` (for the endorsing organization), if it is installed.
    fn chaincode(&self, channel: &str, name: &str) -> Option<Arc<dyn wasm_host::Chaincode>>;
    /// A snapshot of another channel that the proposal's creator may read.
    /// Err: the text for the calling chaincode.
    fn snapshot(&self, channel: &str, signed_proposal: &protos::SignedProposal) -> Result<Arc<Snapshot>, String>;
}
/// Runs one proposal on a snapshot and collects what it reads and writes.
pub struct Simulator;
impl Simulator {
    pub fn new(snapshot: Arc<Snapshot>, invocation: Invocation, chaincodes: Arc<dyn Chaincodes>) -> Self;
    /// Runs chaincode `name` with `input`. Reads its definition's sequence into the read set as a peer does.
    /// Err text as Fabric's endorser gives it (e.g. "... chaincode NAME not found").
    pub fn execute(&mut self, name: &str, input: protos::ChaincodeInput) -> Result<wasm_host::Completed, SimulationError>;
    /// The read-write set.
    pub fn finish(self) -> Result<SimulationResult, SimulationError>;
}
pub struct SimulationResult {
    /// `rwset.TxReadWriteSet`, byte for byte as a Fabric peer encodes it: `ChaincodeAction.results`.
    pub read_write_set: Vec<u8>,
    /// Namespaces with reads or writes, sorted; `_lifecycle` left out: what the gateway plans endorsers from.
    pub namespaces: Vec<String>,
    /// Key-level policies (`SignaturePolicyEnvelope`) of keys that were written.
    pub key_policies: Vec<Vec<u8>>,
    /// Namespaces with writes
    pub written_namespaces: Vec<String>,
}
