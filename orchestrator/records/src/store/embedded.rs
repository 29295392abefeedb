//! The embedded store: one file of redb.

use super::{Found, Size, Store, StoreError};
use crate::{
    batch::{Batch, Place},
    codec,
    record::{Record, RecordId},
};
use async_trait::async_trait;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};
use std::{
    collections::BTreeSet,
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Compressed records by identifier.
const RECORDS: TableDefinition<[u8; 32], &[u8]> = TableDefinition::new("records");
/// Identifiers in the order in which the records came.
const ARRIVALS: TableDefinition<u64, [u8; 32]> = TableDefinition::new("arrivals");
/// Records in no batch, by channel.
const PENDING: TableDefinition<(&str, [u8; 32]), ()> = TableDefinition::new("pending");
/// The identifiers of a batch, one after the other, by channel and number.
const BATCHES: TableDefinition<(&str, u64), &[u8]> = TableDefinition::new("batches");
/// Channel, batch and place of a record.
const PLACES: TableDefinition<[u8; 32], (&str, u64, u64)> = TableDefinition::new("places");
/// Positions by reader.
const CHECKPOINTS: TableDefinition<&str, &str> = TableDefinition::new("checkpoints");
/// Records, raw bytes and stored bytes under the empty key.
const SIZE: TableDefinition<(), (u64, u64, u64)> = TableDefinition::new("size");

/// How a system says that there is no room: on the disk, for the user, for the file.
const FULL: [io::ErrorKind; 3] =
    [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];

/// Records in a file of this machine.
#[derive(Clone)]
pub struct EmbeddedStore {
    file: Arc<Path>,
    /// None after the disk failed: redb then refuses everything until it is opened again.
    database: Arc<Mutex<Option<Arc<Database>>>>,
}

impl EmbeddedStore {
    /// Opens the file, or begins it.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another program has it open, or what the disk says.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let database = Arc::new(Mutex::new(Some(Arc::new(open(file)?))));
        Ok(Self { file: file.into(), database })
    }

    /// Runs work on the database where it may block.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&*store.opened()?);
            if matches!(done, Err(StoreError::Full(_) | StoreError::Unavailable(_))) {
                store.slot().take();
            }
            done
        });
        done.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    fn opened(&self) -> Result<Arc<Database>, StoreError> {
        let mut slot = self.slot();
        if let Some(database) = &*slot {
            return Ok(database.clone());
        }
        Ok(slot.insert(Arc::new(open(&self.file)?)).clone())
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Database>>> {
        // Whoever panicked with it left a database or none, and both are right.
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(file: &Path) -> Result<Database, StoreError> {
    let database = Database::create(file).map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse(format!("{} is open already", file.display())),
        error => redb::Error::from(error).into(),
    })?;
    let transaction = database.begin_write().map_err(redb::Error::from)?;
    create_tables(&transaction)?;
    transaction.commit().map_err(redb::Error::from)?;
    Ok(database)
}

fn create_tables(transaction: &redb::WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(RECORDS)?;
    transaction.open_table(ARRIVALS)?;
    transaction.open_table(PENDING)?;
    transaction.open_table(BATCHES)?;
    transaction.open_table(PLACES)?;
    transaction.open_table(CHECKPOINTS)?;
    transaction.open_table(SIZE)?;
    Ok(())
}

fn put(database: &Database, channel: &str, records: &[(RecordId, u64, Vec<u8>)]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut stored = transaction.open_table(RECORDS)?;
        let mut arrivals = transaction.open_table(ARRIVALS)?;
        let mut pending = transaction.open_table(PENDING)?;
        let mut sizes = transaction.open_table(SIZE)?;
        let mut next = arrivals.last()?.map_or(0, |(place, _)| place.value() + 1);
        let (mut count, mut raw, mut compressed) = sizes.get(())?.map_or((0, 0, 0), |size| size.value());
        for (id, length, bytes) in records {
            if stored.get(id.0)?.is_some() {
                continue;
            }
            stored.insert(id.0, bytes.as_slice())?;
            arrivals.insert(next, id.0)?;
            pending.insert((channel, id.0), ())?;
            next += 1;
            count += 1;
            raw += length;
            compressed += bytes.len() as u64;
        }
        sizes.insert((), (count, raw, compressed))?;
    }
    transaction.commit()?;
    Ok(())
}

fn put_batch(database: &Database, batch: &Batch) -> Result<(), StoreError> {
    let identifiers: Vec<u8> = batch.records.iter().flat_map(|id| id.0).collect();
    let transaction = database.begin_write().map_err(redb::Error::from)?;
    let is_kept = write_batch(&transaction, batch, &identifiers)?;
    if !is_kept {
        return Err(StoreError::BatchExists { channel: batch.channel.clone(), number: batch.number });
    }
    transaction.commit().map_err(redb::Error::from)?;
    Ok(())
}

/// Whether the batch is now in the store; false: another one has its number.
fn write_batch(transaction: &redb::WriteTransaction, batch: &Batch, identifiers: &[u8]) -> Result<bool, redb::Error> {
    let mut batches = transaction.open_table(BATCHES)?;
    let mut places = transaction.open_table(PLACES)?;
    let mut pending = transaction.open_table(PENDING)?;
    let key = (batch.channel.as_str(), batch.number);
    if let Some(other) = batches.get(key)? {
        return Ok(other.value() == identifiers);
    }
    batches.insert(key, identifiers)?;
    for (index, id) in (0..).zip(&batch.records) {
        places.insert(id.0, (batch.channel.as_str(), batch.number, index))?;
        pending.remove((batch.channel.as_str(), id.0))?;
    }
    Ok(true)
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn put(&self, channel: &str, records: &[Record]) -> Result<(), StoreError> {
        let compressed =
            records.iter().map(|record| Ok((record.id(), record.bytes().len() as u64, codec::compress(record)?)));
        let compressed = compressed.collect::<Result<Vec<_>, StoreError>>()?;
        let channel = channel.to_owned();
        self.run(move |database| Ok(put(database, &channel, &compressed)?)).await
    }

    async fn get(&self, ids: &[RecordId]) -> Result<Vec<Found>, StoreError> {
        let ids = ids.to_vec();
        self.run(move |database| {
            let read = || -> Result<Vec<Found>, redb::Error> {
                let table = database.begin_read()?.open_table(RECORDS)?;
                ids.iter().map(|id| Ok(table.get(id.0)?.map_or(Found::Missing, |bytes| found(bytes.value())))).collect()
            };
            Ok(read()?)
        })
        .await
    }

    async fn since(&self, place: u64, limit: usize) -> Result<Vec<(u64, RecordId)>, StoreError> {
        self.run(move |database| {
            let read = || -> Result<Vec<(u64, RecordId)>, redb::Error> {
                let table = database.begin_read()?.open_table(ARRIVALS)?;
                let entry = |entry: Result<(redb::AccessGuard<'_, u64>, redb::AccessGuard<'_, [u8; 32]>), _>| {
                    let (place, id) = entry?;
                    Ok((place.value(), RecordId(id.value())))
                };
                table.range(place..)?.take(limit).map(entry).collect()
            };
            Ok(read()?)
        })
        .await
    }

    async fn pending(&self, channel: &str) -> Result<Vec<RecordId>, StoreError> {
        let channel = channel.to_owned();
        self.run(move |database| {
            let read = || -> Result<Vec<RecordId>, redb::Error> {
                let table = database.begin_read()?.open_table(PENDING)?;
                let range = table.range((channel.as_str(), [0; 32])..=(channel.as_str(), [255; 32]))?;
                range.map(|entry| Ok(RecordId(entry?.0.value().1))).collect()
            };
            Ok(read()?)
        })
        .await
    }

    async fn put_batch(&self, batch: &Batch) -> Result<(), StoreError> {
        let batch = batch.clone();
        self.run(move |database| put_batch(database, &batch)).await
    }

    async fn batch(&self, channel: &str, number: u64) -> Result<Option<Batch>, StoreError> {
        let channel = channel.to_owned();
        self.run(move |database| {
            let read = || -> Result<Option<Vec<u8>>, redb::Error> {
                let table = database.begin_read()?.open_table(BATCHES)?;
                Ok(table.get((channel.as_str(), number))?.map(|identifiers| identifiers.value().to_vec()))
            };
            let Some(identifiers) = read()? else { return Ok(None) };
            let (identifiers, rest) = identifiers.as_chunks::<32>();
            if !rest.is_empty() {
                return Err(StoreError::Damaged(format!("batch {number} of {channel} is cut off")));
            }
            let records = identifiers.iter().copied().map(RecordId).collect();
            Ok(Some(Batch { channel, number, records }))
        })
        .await
    }

    async fn batches(&self, channel: &str) -> Result<u64, StoreError> {
        let channel = channel.to_owned();
        self.run(move |database| {
            let read = || -> Result<u64, redb::Error> {
                let table = database.begin_read()?.open_table(BATCHES)?;
                let mut range = table.range((channel.as_str(), 0)..=(channel.as_str(), u64::MAX))?;
                Ok(range.next_back().transpose()?.map_or(0, |(key, _)| key.value().1 + 1))
            };
            Ok(read()?)
        })
        .await
    }

    async fn place(&self, id: &RecordId) -> Result<Option<Place>, StoreError> {
        let id = *id;
        self.run(move |database| {
            let read = || -> Result<Option<Place>, redb::Error> {
                let table = database.begin_read()?.open_table(PLACES)?;
                Ok(table.get(id.0)?.map(|place| {
                    let (channel, number, index) = place.value();
                    Place { channel: channel.to_owned(), number, index }
                }))
            };
            Ok(read()?)
        })
        .await
    }

    async fn checkpoint(&self, reader: &str) -> Result<Option<String>, StoreError> {
        let reader = reader.to_owned();
        self.run(move |database| {
            let read = || -> Result<Option<String>, redb::Error> {
                let table = database.begin_read()?.open_table(CHECKPOINTS)?;
                Ok(table.get(reader.as_str())?.map(|position| position.value().to_owned()))
            };
            Ok(read()?)
        })
        .await
    }

    async fn save_checkpoint(&self, reader: &str, position: &str) -> Result<(), StoreError> {
        let (reader, position) = (reader.to_owned(), position.to_owned());
        self.run(move |database| {
            let write = || -> Result<(), redb::Error> {
                let transaction = database.begin_write()?;
                transaction.open_table(CHECKPOINTS)?.insert(reader.as_str(), position.as_str())?;
                transaction.commit()?;
                Ok(())
            };
            Ok(write()?)
        })
        .await
    }

    async fn checkpoints(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.run(|database| {
            let read = || -> Result<Vec<(String, String)>, redb::Error> {
                let table = database.begin_read()?.open_table(CHECKPOINTS)?;
                let entry = |entry: Result<(redb::AccessGuard<'_, &str>, redb::AccessGuard<'_, &str>), _>| {
                    let (reader, position) = entry?;
                    Ok((reader.value().to_owned(), position.value().to_owned()))
                };
                table.iter()?.map(entry).collect()
            };
            Ok(read()?)
        })
        .await
    }

    async fn channels(&self) -> Result<Vec<String>, StoreError> {
        self.run(|database| {
            let read = || -> Result<BTreeSet<String>, redb::Error> {
                let transaction = database.begin_read()?;
                let mut channels = BTreeSet::new();
                for entry in transaction.open_table(BATCHES)?.iter()? {
                    channels.insert(entry?.0.value().0.to_owned());
                }
                for entry in transaction.open_table(PENDING)?.iter()? {
                    channels.insert(entry?.0.value().0.to_owned());
                }
                Ok(channels)
            };
            Ok(read()?.into_iter().collect())
        })
        .await
    }

    async fn size(&self) -> Result<Size, StoreError> {
        self.run(|database| {
            let read = || -> Result<Size, redb::Error> {
                let table = database.begin_read()?.open_table(SIZE)?;
                let (records, bytes_raw, bytes_stored) = table.get(())?.map_or((0, 0, 0), |size| size.value());
                Ok(Size { records, bytes_raw, bytes_stored })
            };
            Ok(read()?)
        })
        .await
    }
}

fn found(stored: &[u8]) -> Found {
    codec::decompress(stored).map_or_else(|error| Found::Damaged(error.to_string()), Found::Record)
}

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(error) if FULL.contains(&error.kind()) => Self::Full(error.to_string()),
            redb::Error::Corrupted(text) => Self::Damaged(text),
            error => Self::Unavailable(error.to_string()),
        }
    }
}
