//! The walk through a store names what was done to it.
#![allow(clippy::unwrap_used, reason = "tests")]

use async_trait::async_trait;
use records::{
    Batch, Document, Found, Place, Record, RecordId, Store, StoreError,
    document::Settlement,
    merkle::Tree,
    store::{EmbeddedStore, Size},
    walk::{Anchored, Wrong, strays, walk},
};
use std::collections::BTreeSet;
use tempfile::TempDir;

const CHANNEL: &str = "market";

fn record(number: u32) -> Record {
    let kind = exchange::messages::PostingKind::Trades;
    let settlement = Settlement { subject: format!("2016-07-02T{number:04}"), kind, postings: Vec::new() };
    Record::new(&Document::Settlement(settlement))
}

fn ids(numbers: std::ops::Range<u32>) -> Vec<RecordId> {
    let mut ids: Vec<_> = numbers.map(|number| record(number).id()).collect();
    ids.sort_unstable();
    ids
}

/// Batches of 10 records each, then 5 that wait.
async fn honest(folder: &TempDir) -> (EmbeddedStore, Vec<Anchored>, BTreeSet<RecordId>) {
    let store = EmbeddedStore::open(&folder.path().join("records.redb")).unwrap();
    store.put(CHANNEL, &(0..35).map(record).collect::<Vec<_>>()).await.unwrap();
    let mut anchored = Vec::new();
    for number in 0..3 {
        let records = ids(number * 10..number * 10 + 10);
        anchored.push(Anchored { root: Tree::new(&records).root(), records: 10 });
        store.put_batch(&Batch { channel: CHANNEL.to_owned(), number: number.into(), records }).await.unwrap();
    }
    (store, anchored, ids(30..35).into_iter().collect())
}

/// Someone between the program and its store, who changes answers.
struct Tampered<S> {
    store: S,
    get: fn(&RecordId, Found) -> Found,
    batch: fn(Option<Batch>) -> Option<Batch>,
}

#[async_trait]
impl<S: Store> Store for Tampered<S> {
    async fn put(&self, channel: &str, records: &[Record]) -> Result<(), StoreError> {
        self.store.put(channel, records).await
    }
    async fn get(&self, ids: &[RecordId]) -> Result<Vec<Found>, StoreError> {
        let found = self.store.get(ids).await?;
        Ok(ids.iter().zip(found).map(|(id, found)| (self.get)(id, found)).collect())
    }
    async fn since(&self, place: u64, limit: usize) -> Result<Vec<(u64, RecordId)>, StoreError> {
        self.store.since(place, limit).await
    }
    async fn pending(&self, channel: &str) -> Result<Vec<RecordId>, StoreError> {
        self.store.pending(channel).await
    }
    async fn put_batch(&self, batch: &Batch) -> Result<(), StoreError> {
        self.store.put_batch(batch).await
    }
    async fn batch(&self, channel: &str, number: u64) -> Result<Option<Batch>, StoreError> {
        Ok((self.batch)(self.store.batch(channel, number).await?))
    }
    async fn batches(&self, channel: &str) -> Result<u64, StoreError> {
        self.store.batches(channel).await
    }
    async fn place(&self, id: &RecordId) -> Result<Option<Place>, StoreError> {
        self.store.place(id).await
    }
    async fn checkpoint(&self, reader: &str) -> Result<Option<String>, StoreError> {
        self.store.checkpoint(reader).await
    }
    async fn save_checkpoint(&self, reader: &str, position: &str) -> Result<(), StoreError> {
        self.store.save_checkpoint(reader, position).await
    }
    async fn checkpoints(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.store.checkpoints().await
    }
    async fn channels(&self) -> Result<Vec<String>, StoreError> {
        self.store.channels().await
    }
    async fn size(&self) -> Result<Size, StoreError> {
        self.store.size().await
    }
}

fn untouched(_: &RecordId, found: Found) -> Found {
    found
}

/// Walks through a store whose answers are changed; what was found, with the record or the batch.
async fn found(
    get: fn(&RecordId, Found) -> Found,
    batch: fn(Option<Batch>) -> Option<Batch>,
) -> Vec<(Wrong, Option<String>, Option<u64>)> {
    let folder = TempDir::new().unwrap();
    let (store, anchored, waiting) = honest(&folder).await;
    let report = walk(&Tampered { store, get, batch }, CHANNEL, &anchored, &waiting).await.unwrap();
    report.findings.into_iter().map(|finding| (finding.code, finding.record, finding.batch)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_store_has_no_findings() {
    let folder = TempDir::new().unwrap();
    let (store, anchored, waiting) = honest(&folder).await;
    let report = walk(&store, CHANNEL, &anchored, &waiting).await.unwrap();
    assert_eq!((report.batches, report.records, report.waiting), (3, 30, 5));
    assert_eq!(report.findings, []);
    assert_eq!(strays(&store, &[CHANNEL.to_owned()]).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_are_gone_damaged_or_others_are_named() {
    let name = |number| Some(record(number).id().to_string());
    let gone = found(|id, found| if *id == record(13).id() { Found::Missing } else { found }, |batch| batch).await;
    assert_eq!(gone, [(Wrong::Missing, name(13), Some(1))]);
    let waiting = found(|id, found| if *id == record(33).id() { Found::Missing } else { found }, |batch| batch).await;
    assert_eq!(waiting, [(Wrong::Missing, name(33), None)]);
    let other =
        found(|id, found| if *id == record(7).id() { Found::Record(record(8)) } else { found }, |batch| batch).await;
    assert_eq!(other, [(Wrong::HashMismatch, name(7), Some(0))]);
    let damage = |id: &RecordId, found| if *id == record(29).id() { Found::Damaged("cut off".into()) } else { found };
    assert_eq!(found(damage, |batch| batch).await, [(Wrong::HashMismatch, name(29), Some(2))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_were_changed_are_named() {
    let shorten = |batch: Option<Batch>| {
        batch.map(|mut batch| {
            batch.records.truncate(if batch.number == 1 { 9 } else { 10 });
            batch
        })
    };
    assert_eq!(found(untouched, shorten).await, [(Wrong::HashMismatch, None, Some(1))]);
    let lose = |batch: Option<Batch>| batch.filter(|batch| batch.number != 2);
    assert_eq!(found(untouched, lose).await, [(Wrong::Missing, None, Some(2))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_and_records_of_which_the_chain_knows_nothing_are_named() {
    let folder = TempDir::new().unwrap();
    let (store, anchored, mut waiting) = honest(&folder).await;
    store.put(CHANNEL, &[record(99)]).await.unwrap();
    let report = walk(&store, CHANNEL, &anchored[..2], &waiting).await.unwrap();
    let codes: Vec<_> = report.findings.iter().map(|finding| (finding.code, finding.record.clone())).collect();
    assert_eq!(codes, [(Wrong::NotAnchored, None), (Wrong::Added, Some(record(99).id().to_string()))]);
    assert_eq!(report.records, 20, "what is not anchored is not vouched for");
    // A store that was rolled back to before a record came.
    waiting.insert(record(98).id());
    let report = walk(&store, CHANNEL, &anchored, &waiting).await.unwrap();
    assert_eq!(report.findings[1].code, Wrong::Missing);
    // A record of a channel that is not looked at.
    store.put("elsewhere", &[record(97)]).await.unwrap();
    let strays = strays(&store, &[CHANNEL.to_owned()]).await.unwrap();
    assert_eq!(
        strays.iter().map(|stray| stray.record.clone()).collect::<Vec<_>>(),
        [Some(record(97).id().to_string())]
    );
}
