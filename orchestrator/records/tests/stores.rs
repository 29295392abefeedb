//! What every store must do, asked of each: the embedded one and MongoDB-compatible servers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use records::{
    Batch, Document, Found, Place, Record, Store, StoreError,
    document::Settlement,
    store::{EmbeddedStore, MongoStore, Size},
};
use support::Compatible;
use tempfile::TempDir;

const CHANNEL: &str = "market";

/// A small record that differs by its number.
fn record(number: u32) -> Record {
    let kind = exchange::messages::PostingKind::Trades;
    let settlement = Settlement { subject: format!("2016-07-02T{number:02}"), kind, postings: Vec::new() };
    Record::new(&Document::Settlement(settlement))
}

fn records(numbers: std::ops::Range<u32>) -> Vec<Record> {
    numbers.map(record).collect()
}

fn batch(number: u64, records: &[Record]) -> Batch {
    let mut records: Vec<_> = records.iter().map(Record::id).collect();
    records.sort_unstable();
    Batch { channel: CHANNEL.to_owned(), number, records }
}

/// Everything that a store promises, one after the other on one store.
async fn conform(store: &dyn Store) {
    keeps_records_once(store).await;
    keeps_batches_and_places(store).await;
    keeps_checkpoints(store).await;
}

async fn keeps_records_once(store: &dyn Store) {
    assert_eq!(store.size().await.unwrap(), Size::default());
    assert_eq!(store.get(&[record(0).id()]).await.unwrap(), [Found::Missing]);
    store.put(CHANNEL, &records(0..40)).await.unwrap();
    let size = store.size().await.unwrap();
    assert_eq!(size.records, 40);
    let raw: usize = records(0..40).iter().map(|record| record.bytes().len()).sum();
    assert_eq!(size.bytes_raw, raw as u64);
    assert!(size.bytes_stored > 0);

    // Again, with new ones between them and one of them twice.
    let mut again = records(30..45);
    again.push(record(44));
    store.put(CHANNEL, &again).await.unwrap();
    store.put(CHANNEL, &[]).await.unwrap();
    assert_eq!(store.size().await.unwrap().records, 45);

    let asked = [record(44).id(), record(99).id(), record(0).id()];
    let found = store.get(&asked).await.unwrap();
    assert_eq!(found, [Found::Record(record(44)), Found::Missing, Found::Record(record(0))]);

    let arrived = store.since(0, 1_000).await.unwrap();
    let expected: Vec<_> = records(0..45).iter().map(Record::id).collect();
    assert_eq!(arrived.iter().map(|(_, id)| *id).collect::<Vec<_>>(), expected, "in the order of arrival");
    let later = store.since(arrived[10].0, 3).await.unwrap();
    assert_eq!(later, arrived[10..13]);
    assert_eq!(store.since(arrived[44].0 + 1, 3).await.unwrap(), []);
}

async fn keeps_batches_and_places(store: &dyn Store) {
    let first = batch(0, &records(0..20));
    assert_eq!(store.batches(CHANNEL).await.unwrap(), 0);
    assert_eq!(store.batch(CHANNEL, 0).await.unwrap(), None);
    assert_eq!(store.pending(CHANNEL).await.unwrap().len(), 45);
    assert_eq!(store.place(&first.records[7]).await.unwrap(), None);

    store.put_batch(&first).await.unwrap();
    store.put_batch(&first).await.unwrap();
    assert_eq!(store.batches(CHANNEL).await.unwrap(), 1);
    assert_eq!(store.batch(CHANNEL, 0).await.unwrap(), Some(first.clone()));
    let place = Place { channel: CHANNEL.to_owned(), number: 0, index: 7 };
    assert_eq!(store.place(&first.records[7]).await.unwrap(), Some(place));
    let mut pending: Vec<_> = records(20..45).iter().map(Record::id).collect();
    pending.sort_unstable();
    assert_eq!(store.pending(CHANNEL).await.unwrap(), pending);

    let other = store.put_batch(&batch(0, &records(20..21))).await.unwrap_err();
    assert!(matches!(other, StoreError::BatchExists { number: 0, .. }), "{other}");
    assert_eq!(store.pending(CHANNEL).await.unwrap(), pending, "nothing was done by halves");

    store.put("org-grid-company", &records(50..52)).await.unwrap();
    assert_eq!(store.pending(CHANNEL).await.unwrap(), pending, "channels are apart");
    assert_eq!(store.pending("org-grid-company").await.unwrap().len(), 2);
    assert_eq!(store.batches("org-grid-company").await.unwrap(), 0);
}

async fn keeps_checkpoints(store: &dyn Store) {
    assert_eq!(store.checkpoint("feed").await.unwrap(), None);
    for position in ["1", "2"] {
        store.save_checkpoint("feed", position).await.unwrap();
        assert_eq!(store.checkpoint("feed").await.unwrap().as_deref(), Some(position));
    }
    assert_eq!(store.checkpoint("other").await.unwrap(), None);
    store.save_checkpoint("another", "").await.unwrap();
    let all = [("another", ""), ("feed", "2")].map(|(reader, position)| (reader.to_owned(), position.to_owned()));
    assert_eq!(store.checkpoints().await.unwrap(), all);
    assert_eq!(store.channels().await.unwrap(), [CHANNEL, "org-grid-company"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_conforms() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("records.redb");
    let store = EmbeddedStore::open(&file).unwrap();
    conform(&store).await;
    let second = EmbeddedStore::open(&file).err().unwrap();
    assert!(matches!(second, StoreError::InUse(_)), "{second}");
    drop(store);
    let reopened = EmbeddedStore::open(&file).unwrap();
    assert_eq!(reopened.size().await.unwrap().records, 47);
}

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_compatible_servers_conform() {
    for server in Compatible::ALL {
        let folder = TempDir::new().unwrap();
        let running = server.start(folder.path(), 0);
        let store = MongoStore::connect(&running.uri("conformance"))
            .await
            .unwrap_or_else(|error| panic!("{server:?}: {error}"));
        eprintln!("conformance: {server:?}");
        conform(&store).await;
        let again = MongoStore::connect(&running.uri("conformance")).await.unwrap();
        assert_eq!(again.size().await.unwrap().records, 47);
        assert_eq!(again.batches(CHANNEL).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_not_there_says_so_soon() {
    let refused = MongoStore::connect("mongodb://127.0.0.1:9/x?serverSelectionTimeoutMS=300").await.err().unwrap();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
    let nonsense = MongoStore::connect("no address").await.err().unwrap();
    assert!(matches!(nonsense, StoreError::Unavailable(_)), "{nonsense}");
}
