//! A store in MongoDB.
//!
//! | collection | document |
//! |---|---|
//! | `records` | `_id` identifier in hexadecimal, `channel`, `place` of arrival, `kind`, `raw` length, `size` as stored, `stored` bytes, `batch` number once it is anchored |
//! | `batches` | `_id` channel/number, `channel`, `number`, `records`: identifiers one after the other |
//! | `checkpoints` | `_id` reader, `position` |
//!
//! Only single-document writes are relied on, so that a server without transactions will do. A batch is written before its
//! records are marked; those that an interruption left are marked before anyone hears which records are pending.

use super::{Found, Size, Store, StoreError};
use crate::{
    batch::{Batch, Place},
    codec,
    record::{Record, RecordId},
};
use async_trait::async_trait;
use mongodb::{
    Client, Collection, IndexModel,
    bson::{Binary, Bson, Document, doc, spec::BinarySubtype},
    error::{Error, ErrorKind, WriteFailure},
    options::{Acknowledgment, ClientOptions, IndexOptions, ReadConcern, WriteConcern},
};
use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

/// The database, where the address names none.
const DATABASE: &str = "gridbourse";
/// How long to look for a server that answers.
const SELECTION: Duration = Duration::from_secs(3);
/// How long a majority may take to have a write.
const WRITE: Duration = Duration::from_secs(10);
/// Connections at a time.
const CONNECTIONS: u32 = 16;
/// Documents in one request: a server takes 48 MB and 100,000 at most.
const DOCUMENTS: usize = 1_000;
/// MongoDB's code for a key that is there already.
const DUPLICATE_KEY: i32 = 11_000;
/// MongoDB's code for a full disk.
const OUT_OF_DISK_SPACE: i32 = 14_031;

/// Records in MongoDB, or in a server of its wire protocol.
#[derive(Clone)]
pub struct MongoStore {
    records: Collection<Document>,
    batches: Collection<Document>,
    checkpoints: Collection<Document>,
}

impl MongoStore {
    /// Connects and makes the indexes that are missing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the address is none or no server answers there.
    pub async fn connect(uri: &str) -> Result<Self, StoreError> {
        let mut options = ClientOptions::parse(uri).await?;
        options.app_name.get_or_insert_with(|| DATABASE.to_owned());
        options.server_selection_timeout.get_or_insert(SELECTION);
        options.connect_timeout.get_or_insert(SELECTION);
        options.max_pool_size.get_or_insert(CONNECTIONS);
        options.read_concern.get_or_insert(ReadConcern::majority());
        options
            .write_concern
            .get_or_insert(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(WRITE).build());
        let database = options.default_database.clone().unwrap_or_else(|| DATABASE.to_owned());
        let database = Client::with_options(options)?.database(&database);
        let store = Self {
            records: database.collection("records"),
            batches: database.collection("batches"),
            checkpoints: database.collection("checkpoints"),
        };
        let unique = IndexOptions::builder().unique(true).build();
        store.records.create_index(IndexModel::builder().keys(doc! { "place": 1 }).options(unique).build()).await?;
        store.records.create_index(IndexModel::builder().keys(doc! { "channel": 1, "batch": 1 }).build()).await?;
        Ok(store)
    }

    /// Marks the records of a channel's last batch, of which some may be left.
    async fn end_last_batch(&self, channel: &str) -> Result<(), StoreError> {
        if let Some(last) = self.batches(channel).await?.checked_sub(1)
            && let Some(batch) = self.batch(channel, last).await?
        {
            self.mark(&batch).await?;
        }
        Ok(())
    }

    /// Writes into each record of the batch where it is.
    async fn mark(&self, batch: &Batch) -> Result<(), StoreError> {
        for records in batch.records.chunks(DOCUMENTS) {
            let which = doc! { "_id": { "$in": names(records) }, "batch": Bson::Null };
            self.records.update_many(which, doc! { "$set": { "batch": number(batch.number)? } }).await?;
        }
        Ok(())
    }

    async fn next_place(&self) -> Result<i64, StoreError> {
        let last = self.records.find_one(doc! {}).sort(doc! { "place": -1 }).projection(doc! { "place": 1 }).await?;
        match last {
            None => Ok(0),
            Some(document) => Ok(integer(&document, "place")? + 1),
        }
    }

    async fn all(&self, find: mongodb::action::Find<'_, Document>) -> Result<Vec<Document>, StoreError> {
        let mut cursor = find.await?;
        let mut documents = Vec::new();
        while cursor.advance().await? {
            documents.push(cursor.deserialize_current()?);
        }
        Ok(documents)
    }
}

#[async_trait]
impl Store for MongoStore {
    async fn put(&self, channel: &str, records: &[Record]) -> Result<(), StoreError> {
        for records in records.chunks(DOCUMENTS) {
            let ids: Vec<RecordId> = records.iter().map(Record::id).collect();
            let known = self.records.find(doc! { "_id": { "$in": names(&ids) } }).projection(doc! { "_id": 1 });
            let mut known: Vec<RecordId> = self.all(known).await?.iter().map(identifier).collect::<Result<_, _>>()?;
            let mut place = self.next_place().await?;
            let mut documents = Vec::new();
            for (record, id) in records.iter().zip(ids) {
                if known.contains(&id) {
                    continue;
                }
                known.push(id);
                let stored = codec::compress(record)?;
                documents.push(doc! {
                    "_id": id.to_string(),
                    "channel": channel,
                    "place": place,
                    "kind": record.kind().map_or("", |kind| kind.name()),
                    "raw": number(record.bytes().len() as u64)?,
                    "size": number(stored.len() as u64)?,
                    "stored": binary(&stored),
                    "batch": Bson::Null,
                });
                place += 1;
            }
            if !documents.is_empty() {
                self.records.insert_many(documents).await?;
            }
        }
        Ok(())
    }

    async fn get(&self, ids: &[RecordId]) -> Result<Vec<Found>, StoreError> {
        let mut found = HashMap::new();
        for ids in ids.chunks(DOCUMENTS) {
            let find = self.records.find(doc! { "_id": { "$in": names(ids) } }).projection(doc! { "stored": 1 });
            for document in self.all(find).await? {
                found.insert(identifier(&document)?, found_in(&document));
            }
        }
        Ok(ids.iter().map(|id| found.get(id).cloned().unwrap_or(Found::Missing)).collect())
    }

    async fn since(&self, place: u64, limit: usize) -> Result<Vec<(u64, RecordId)>, StoreError> {
        let find = self.records.find(doc! { "place": { "$gte": number(place)? } });
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let find = find.sort(doc! { "place": 1 }).limit(limit).projection(doc! { "place": 1 });
        let entry = |document: &Document| Ok((integer(document, "place")?.unsigned_abs(), identifier(document)?));
        self.all(find).await?.iter().map(entry).collect()
    }

    async fn pending(&self, channel: &str) -> Result<Vec<RecordId>, StoreError> {
        // Whoever asks is about to make a batch of them: none may be in two.
        self.end_last_batch(channel).await?;
        let find = self.records.find(doc! { "channel": channel, "batch": Bson::Null }).projection(doc! { "_id": 1 });
        let documents = self.all(find).await?;
        let mut ids = documents.iter().map(identifier).collect::<Result<Vec<_>, _>>()?;
        ids.sort_unstable();
        Ok(ids)
    }

    async fn put_batch(&self, batch: &Batch) -> Result<(), StoreError> {
        let records: Vec<u8> = batch.records.iter().flat_map(|id| id.0).collect();
        let document = doc! {
            "_id": batch_name(&batch.channel, batch.number),
            "channel": &batch.channel,
            "number": number(batch.number)?,
            "records": binary(&records),
        };
        match self.batches.insert_one(document).await {
            Ok(_) => {}
            Err(error) if is_duplicate(&error) => {
                if self.batch(&batch.channel, batch.number).await?.as_ref() != Some(batch) {
                    return Err(StoreError::BatchExists { channel: batch.channel.clone(), number: batch.number });
                }
            }
            Err(error) => return Err(error.into()),
        }
        self.mark(batch).await
    }

    async fn batch(&self, channel: &str, batch: u64) -> Result<Option<Batch>, StoreError> {
        let which = self.batches.find_one(doc! { "_id": batch_name(channel, batch) });
        let Some(document) = which.await? else { return Ok(None) };
        let (identifiers, rest) = bytes(&document, "records")?.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(StoreError::Damaged(format!("batch {batch} of {channel} is cut off")));
        }
        let records = identifiers.iter().copied().map(RecordId).collect();
        Ok(Some(Batch { channel: channel.to_owned(), number: batch, records }))
    }

    async fn batches(&self, channel: &str) -> Result<u64, StoreError> {
        Ok(self.batches.count_documents(doc! { "channel": channel }).await?)
    }

    async fn place(&self, id: &RecordId) -> Result<Option<Place>, StoreError> {
        let which = self.records.find_one(doc! { "_id": id.to_string() });
        let Some(document) = which.projection(doc! { "channel": 1, "batch": 1 }).await? else { return Ok(None) };
        if document.get("batch").is_none_or(|batch| *batch == Bson::Null) {
            return Ok(None);
        }
        let number = integer(&document, "batch")?.unsigned_abs();
        let channel = document.get_str("channel").map_err(|_| damaged("channel"))?.to_owned();
        let batch = self.batch(&channel, number).await?;
        let index = batch.and_then(|batch| batch.records.binary_search(id).ok());
        let index =
            index.ok_or_else(|| StoreError::Damaged(format!("{id} is not in its batch {number} of {channel}")))?;
        Ok(Some(Place { channel, number, index: index as u64 }))
    }

    async fn checkpoint(&self, reader: &str) -> Result<Option<String>, StoreError> {
        let Some(document) = self.checkpoints.find_one(doc! { "_id": reader }).await? else { return Ok(None) };
        Ok(Some(document.get_str("position").map_err(|_| damaged("position"))?.to_owned()))
    }

    async fn save_checkpoint(&self, reader: &str, position: &str) -> Result<(), StoreError> {
        let change = doc! { "$set": { "position": position } };
        self.checkpoints.update_one(doc! { "_id": reader }, change).upsert(true).await?;
        Ok(())
    }

    async fn checkpoints(&self) -> Result<Vec<(String, String)>, StoreError> {
        let text = |document: &Document, field| match document.get_str(field) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(damaged(field)),
        };
        let documents = self.all(self.checkpoints.find(doc! {}).sort(doc! { "_id": 1 })).await?;
        documents.iter().map(|document| Ok((text(document, "_id")?, text(document, "position")?))).collect()
    }

    async fn channels(&self) -> Result<Vec<String>, StoreError> {
        let mut channels = self.records.distinct("channel", doc! {}).await?;
        channels.extend(self.batches.distinct("channel", doc! {}).await?);
        let channels = channels.into_iter().map(|channel| match channel {
            Bson::String(channel) => Ok(channel),
            _ => Err(damaged("channel")),
        });
        Ok(channels.collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect())
    }

    async fn size(&self) -> Result<Size, StoreError> {
        let sum = |field: &str| doc! { "$sum": field };
        let group = doc! { "_id": Bson::Null, "records": { "$sum": 1 }, "raw": sum("$raw"), "stored": sum("$size") };
        let mut cursor = self.records.aggregate([doc! { "$group": group }]).await?;
        if !cursor.advance().await? {
            return Ok(Size::default());
        }
        let document: Document = cursor.deserialize_current()?;
        Ok(Size {
            records: integer(&document, "records")?.unsigned_abs(),
            bytes_raw: integer(&document, "raw")?.unsigned_abs(),
            bytes_stored: integer(&document, "stored")?.unsigned_abs(),
        })
    }
}

fn binary(bytes: &[u8]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }
}

fn names(ids: &[RecordId]) -> Vec<String> {
    ids.iter().map(RecordId::to_string).collect()
}

fn batch_name(channel: &str, number: u64) -> String {
    format!("{channel}/{number}")
}

/// BSON has no unsigned integers.
fn number(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| damaged("a number"))
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("{what} is not what this program writes"))
}

/// Servers give sums of small numbers as 32 bits or as floats.
fn integer(document: &Document, field: &str) -> Result<i64, StoreError> {
    match document.get(field) {
        Some(Bson::Int64(number)) => Ok(*number),
        Some(Bson::Int32(number)) => Ok(i64::from(*number)),
        _ => Err(damaged(field)),
    }
}

fn bytes<'a>(document: &'a Document, field: &str) -> Result<&'a [u8], StoreError> {
    match document.get(field) {
        Some(Bson::Binary(binary)) => Ok(&binary.bytes),
        _ => Err(damaged(field)),
    }
}

fn identifier(document: &Document) -> Result<RecordId, StoreError> {
    document.get_str("_id").ok().and_then(|name| name.parse().ok()).ok_or_else(|| damaged("_id"))
}

fn found_in(document: &Document) -> Found {
    let record = bytes(document, "stored").map_err(|error| error.to_string());
    let record = record.and_then(|stored| codec::decompress(stored).map_err(|error| error.to_string()));
    record.map_or_else(Found::Damaged, Found::Record)
}

/// The codes with which a server refused a write.
fn codes(error: &Error) -> Vec<i32> {
    match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(error)) => vec![error.code],
        ErrorKind::InsertMany(errors) => errors.write_errors.iter().flatten().map(|error| error.code).collect(),
        ErrorKind::Command(error) => vec![error.code],
        _ => Vec::new(),
    }
}

fn is_duplicate(error: &Error) -> bool {
    codes(error).contains(&DUPLICATE_KEY)
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        if codes(&error).contains(&OUT_OF_DISK_SPACE) {
            Self::Full(error.to_string())
        } else if is_duplicate(&error) {
            Self::InUse(format!("another program writes to the same store: {error}"))
        } else {
            Self::Unavailable(error.to_string())
        }
    }
}
