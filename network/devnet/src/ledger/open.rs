//! Opens a ledger: takes the lock, finds the end of the blocks, and brings the state up to date.

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use fabric_msp::ChannelConfig;
use fabric_protos::common::Block;
use prost::Message;
use tokio::sync::watch;

use super::block_store::{BlockStore, Scanner};
use super::commit::{Committer, apply, index_block};
use super::state::{Database, Head, StateRead, Tables, Writer};
use super::{FolderLock, Inner, Ledger, LedgerError, Options, Snapshot, chain, validation};

const STATE_FILE: &str = "state.redb";
const BLOCKS_FOLDER: &str = "blocks";

impl Ledger {
    /// Opens the ledger in `folder`, or begins it with `genesis` (a config block with number 0) if there is none yet.
    /// `genesis` is ignored if the ledger has blocks.
    ///
    /// A last block that was not written whole is cut off, with a warning in the log; blocks that the state has not seen
    /// are replayed.
    ///
    /// # Errors
    /// [`LedgerError::Locked`], [`LedgerError::Empty`], [`LedgerError::Damaged`], [`LedgerError::Missing`]; what file or
    /// database say.
    pub fn open(folder: &Path, genesis: Option<&Block>, options: &Options) -> Result<Self, LedgerError> {
        let lock = FolderLock::take(folder)?;
        let database = Database::open(&folder.join(STATE_FILE))?;
        let store = Arc::new(replay(&database, &folder.join(BLOCKS_FOLDER), options)?);
        let tables = database.tables()?;
        let head = match last_block(&tables, &store)? {
            Some((number, block)) => head(&tables, &store, number, &block)?,
            None => {
                let genesis = genesis.ok_or_else(|| LedgerError::Empty { folder: folder.display().to_string() })?;
                begin(&database, &store, genesis)?;
                head(&database.tables()?, &store, 0, genesis)?
            }
        };
        let committer = Committer::new();
        let height = head.height;
        let snapshot = Snapshot { head, tables: database.tables()?, store: store.clone() };
        Ok(Self(Arc::new(Inner {
            options: options.clone(),
            store,
            database,
            snapshot: RwLock::new(Arc::new(snapshot)),
            committer: Mutex::new(committer),
            height: watch::Sender::new(height),
            _lock: lock,
        })))
    }
}

/// Applies the blocks that the state has not seen, and opens the block files for writing.
fn replay(database: &Database, folder: &Path, options: &Options) -> Result<BlockStore, LedgerError> {
    let (height, last) = database.tables()?.height()?;
    let mut scanner = Scanner::open(folder, last.map(|location| (height - 1, location)))?;
    let mut number = height;
    loop {
        let transaction = database.begin()?;
        let mut transactions = 0;
        let mut writer = Writer::open(&transaction)?;
        while transactions < options.transactions_per_checkpoint {
            let Some((location, block)) = scanner.next()? else { break };
            let outcome = validation::replay(&block, number, &writer)?;
            apply(&mut writer, &block, number, &outcome)?;
            index_block(&mut writer, &block, location)?;
            // A block without transactions counts, too: the loop must end in a commit.
            transactions += outcome.codes.len().max(1);
            number += 1;
        }
        drop(writer);
        if transactions == 0 {
            break;
        }
        database.commit(transaction, true)?;
    }
    if number > height && height > 0 {
        tracing::info!(from = height, to = number - 1, "blocks replayed into the state");
    }
    scanner.finish(options.block_file_bytes_max)
}

fn last_block(tables: &Tables, store: &BlockStore) -> Result<Option<(u64, Arc<Block>)>, LedgerError> {
    let (height, location) = tables.height()?;
    location.map(|location| Ok((height - 1, store.read(height - 1, location)?))).transpose()
}

/// The end of the chain, from the last block and the configuration in the state.
fn head(tables: &Tables, store: &BlockStore, number: u64, block: &Block) -> Result<Head, LedgerError> {
    let header = chain::header(block)?;
    let stored = tables.get("", validation::CONFIG_KEY.as_bytes())?;
    let stored = stored.ok_or_else(|| LedgerError::State("it has no channel configuration".to_owned()))?;
    let config_block = stored.version.block;
    let location = tables.block(config_block)?;
    let location = location.ok_or_else(|| LedgerError::State(format!("it has no block {config_block}")))?;
    let config = ChannelConfig::from_block(&*store.read(config_block, location)?)
        .map_err(|error| LedgerError::refused(config_block, error.to_string()))?;
    Ok(Head {
        height: number + 1,
        hash: chain::header_hash(header),
        previous_hash: header.previous_hash.clone(),
        commit_hash: chain::commit_hash(block),
        config_block,
        config: Arc::new(config),
    })
}

/// Commits the genesis block. All later checks rest on its configuration; there is nothing to check it by.
fn begin(database: &Database, store: &BlockStore, genesis: &Block) -> Result<(), LedgerError> {
    chain::check_genesis(genesis)?;
    let block = chain::with_codes(genesis.clone(), vec![0]);
    let transaction = database.begin()?;
    let mut writer = Writer::open(&transaction)?;
    let outcome = validation::replay(&block, 0, &writer)?;
    apply(&mut writer, &block, 0, &outcome)?;
    for location in store.append(&[(0, block.encode_to_vec())])? {
        index_block(&mut writer, &block, location)?;
    }
    drop(writer);
    database.commit(transaction, true)
}
