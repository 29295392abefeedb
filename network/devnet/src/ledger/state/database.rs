//! The database file: its tables, and how the next blocks are written to it.

use std::path::Path;

use redb::{
    Builder, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, Table, TableDefinition, WriteTransaction,
};

use super::encoding::{history_key, state_key, state_range, state_value};
use super::snapshot::StateRange;
use super::{LedgerError, StateRead, Updates, Version, VersionedValue, encoding};
use crate::ledger::block_store::Location;

/// Memory that the database may use for pages, in bytes.
const CACHE_BYTES: usize = 128 << 20;

pub(super) type Bytes = &'static [u8];
/// (number of the block file, offset, length of the block)
type StoredLocation = (u32, u64, u32);
/// (block, place in the block, validation code)
type StoredTransaction = (u64, u32, u8);

const STATE: TableDefinition<Bytes, Bytes> = TableDefinition::new("state");
const HISTORY: TableDefinition<Bytes, ()> = TableDefinition::new("history");
const BLOCKS: TableDefinition<u64, StoredLocation> = TableDefinition::new("blocks");
const HASHES: TableDefinition<Bytes, u64> = TableDefinition::new("block_hashes");
const TRANSACTIONS: TableDefinition<&str, StoredTransaction> = TableDefinition::new("transactions");

/// The open database.
pub(crate) struct Database(redb::Database);

/// The tables as of one commit.
pub(crate) struct Tables {
    pub(super) state: ReadOnlyTable<Bytes, Bytes>,
    pub(super) history: ReadOnlyTable<Bytes, ()>,
    blocks: ReadOnlyTable<u64, StoredLocation>,
    hashes: ReadOnlyTable<Bytes, u64>,
    transactions: ReadOnlyTable<&'static str, StoredTransaction>,
}

impl Database {
    /// Opens the database at `path` or makes it.
    pub(crate) fn open(path: &Path) -> Result<Self, LedgerError> {
        let database = Self(Builder::new().set_cache_size(CACHE_BYTES).create(path)?);
        // Makes the tables, so that readers find them.
        let transaction = database.begin()?;
        Writer::open(&transaction)?;
        database.commit(transaction, true)?;
        Ok(database)
    }

    /// The tables as of the last commit.
    pub(crate) fn tables(&self) -> Result<Tables, LedgerError> {
        let transaction = self.0.begin_read()?;
        Ok(Tables {
            state: transaction.open_table(STATE)?,
            history: transaction.open_table(HISTORY)?,
            blocks: transaction.open_table(BLOCKS)?,
            hashes: transaction.open_table(HASHES)?,
            transactions: transaction.open_table(TRANSACTIONS)?,
        })
    }

    /// Begins to write; there is one writer at a time.
    pub(crate) fn begin(&self) -> Result<WriteTransaction, LedgerError> {
        Ok(self.0.begin_write()?)
    }

    /// Makes what was written visible; `durable`: also to the next start, with all that was committed before.
    #[expect(clippy::unused_self, reason = "a transaction is committed to the database that began it")]
    pub(crate) fn commit(&self, mut transaction: WriteTransaction, durable: bool) -> Result<(), LedgerError> {
        transaction.set_durability(if durable { Durability::Immediate } else { Durability::None })?;
        // Lets the next start after a crash go on at once instead of walking the whole file.
        transaction.set_quick_repair(durable);
        Ok(transaction.commit()?)
    }
}

impl Tables {
    /// Number of blocks, and where the last one is.
    pub(crate) fn height(&self) -> Result<(u64, Option<Location>), LedgerError> {
        Ok(match self.blocks.last()? {
            Some((number, at)) => (number.value() + 1, Some(location(at.value()))),
            None => (0, None),
        })
    }

    pub(crate) fn block(&self, number: u64) -> Result<Option<Location>, LedgerError> {
        Ok(self.blocks.get(number)?.map(|at| location(at.value())))
    }

    pub(crate) fn block_by_hash(&self, hash: &[u8]) -> Result<Option<u64>, LedgerError> {
        Ok(self.hashes.get(hash)?.map(|number| number.value()))
    }

    /// The first transaction with this id: block, place in the block, validation code.
    pub(crate) fn transaction(&self, id: &str) -> Result<Option<StoredTransaction>, LedgerError> {
        Ok(self.transactions.get(id)?.map(|at| at.value()))
    }
}

impl StateRead for Tables {
    fn get(&self, space: &str, key: &[u8]) -> Result<Option<VersionedValue>, LedgerError> {
        get(&self.state, space, key)
    }

    fn range(&self, space: &str, start: &[u8], end: &[u8]) -> Result<StateRange<'_>, LedgerError> {
        range(&self.state, space, start, end)
    }
}

fn location((file, offset, bytes): StoredLocation) -> Location {
    Location { file, offset, bytes }
}

fn get(
    table: &impl ReadableTable<Bytes, Bytes>,
    space: &str,
    key: &[u8],
) -> Result<Option<VersionedValue>, LedgerError> {
    table.get(state_key(space, key).as_slice())?.map(|value| encoding::decode_state_value(value.value())).transpose()
}

fn range<'a>(
    table: &'a impl ReadableTable<Bytes, Bytes>,
    space: &str,
    start: &[u8],
    end: &[u8],
) -> Result<StateRange<'a>, LedgerError> {
    let keys = state_range(space, start, end);
    if keys.start >= keys.end {
        return Ok(StateRange::empty());
    }
    Ok(StateRange::new(table.range(keys.start.as_slice()..keys.end.as_slice())?))
}

/// Writes the next blocks; reads what it has written.
pub(crate) struct Writer<'a> {
    state: Table<'a, Bytes, Bytes>,
    history: Table<'a, Bytes, ()>,
    blocks: Table<'a, u64, StoredLocation>,
    hashes: Table<'a, Bytes, u64>,
    transactions: Table<'a, &'static str, StoredTransaction>,
}

impl<'a> Writer<'a> {
    pub(crate) fn open(transaction: &'a WriteTransaction) -> Result<Self, LedgerError> {
        Ok(Self {
            state: transaction.open_table(STATE)?,
            history: transaction.open_table(HISTORY)?,
            blocks: transaction.open_table(BLOCKS)?,
            hashes: transaction.open_table(HASHES)?,
            transactions: transaction.open_table(TRANSACTIONS)?,
        })
    }

    /// Whether a transaction with this id is in an earlier block.
    pub(crate) fn has_transaction(&self, id: &str) -> Result<bool, LedgerError> {
        Ok(self.transactions.get(id)?.is_some())
    }

    /// Applies a block's writes.
    pub(crate) fn apply(&mut self, updates: &Updates) -> Result<(), LedgerError> {
        for (space, writes) in updates.spaces() {
            let space = space.name();
            for (key, update) in writes {
                let encoded = state_key(&space, key);
                match &update.value {
                    Some(value) => {
                        let value = VersionedValue {
                            version: update.version,
                            value: value.clone(),
                            metadata: update.metadata.clone(),
                        };
                        self.state.insert(encoded.as_slice(), state_value(&value).as_slice())?;
                    }
                    None => {
                        self.state.remove(encoded.as_slice())?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes that a valid transaction wrote the key.
    pub(crate) fn add_history(&mut self, namespace: &str, key: &str, version: Version) -> Result<(), LedgerError> {
        self.history.insert(history_key(namespace, key.as_bytes(), version).as_slice(), ())?;
        Ok(())
    }

    /// Notes where a block is, and the hash of its header.
    pub(crate) fn add_block(&mut self, number: u64, hash: &[u8], location: Location) -> Result<(), LedgerError> {
        let Location { file, offset, bytes } = location;
        self.blocks.insert(number, (file, offset, bytes))?;
        self.hashes.insert(hash, number)?;
        Ok(())
    }

    /// Notes a transaction's place and code. Of several with one id, the first stays; none without an id.
    pub(crate) fn add_transaction(&mut self, id: &str, block: u64, index: u32, code: u8) -> Result<(), LedgerError> {
        if !id.is_empty() && !self.has_transaction(id)? {
            self.transactions.insert(id, (block, index, code))?;
        }
        Ok(())
    }
}

impl StateRead for Writer<'_> {
    fn get(&self, space: &str, key: &[u8]) -> Result<Option<VersionedValue>, LedgerError> {
        get(&self.state, space, key)
    }

    fn range(&self, space: &str, start: &[u8], end: &[u8]) -> Result<StateRange<'_>, LedgerError> {
        range(&self.state, space, start, end)
    }
}
