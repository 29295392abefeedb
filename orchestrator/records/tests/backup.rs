//! Backups: what is in one comes back, and nothing comes back from a damaged one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use records::{
    Batch, Document, Record, Store,
    backup::{self, BackupError, Contents},
    document::Settlement,
    store::EmbeddedStore,
};
use std::{fs, path::Path};
use tempfile::TempDir;

fn record(number: u32) -> Record {
    let kind = exchange::messages::PostingKind::Trades;
    let settlement = Settlement { subject: format!("2016-07-02T{number:04}"), kind, postings: Vec::new() };
    Record::new(&Document::Settlement(settlement))
}

fn records(numbers: std::ops::Range<u32>) -> Vec<Record> {
    numbers.map(record).collect()
}

fn batch(channel: &str, number: u64, records: &[Record]) -> Batch {
    let mut records: Vec<_> = records.iter().map(Record::id).collect();
    records.sort_unstable();
    Batch { channel: channel.to_owned(), number, records }
}

/// A store with two channels, three batches, and records that wait.
async fn filled(file: &Path) -> EmbeddedStore {
    let store = EmbeddedStore::open(file).unwrap();
    store.put("market", &records(0..1_500)).await.unwrap();
    store.put_batch(&batch("market", 0, &records(0..1_500))).await.unwrap();
    store.put("org-grid-company", &records(2_000..2_100)).await.unwrap();
    store.put_batch(&batch("org-grid-company", 0, &records(2_000..2_100))).await.unwrap();
    store.put("market", &records(3_000..3_010)).await.unwrap();
    store.put_batch(&batch("market", 1, &records(3_000..3_010))).await.unwrap();
    store.put("market", &records(4_000..4_007)).await.unwrap();
    store.save_checkpoint("feed/market", "{\"block\":7,\"batches\":2}").await.unwrap();
    store
}

/// Everything that a store says.
async fn everything(store: &dyn Store) -> impl PartialEq + std::fmt::Debug {
    let arrivals: Vec<_> = store.since(0, 10_000).await.unwrap().into_iter().map(|(_, id)| id).collect();
    let found = store.get(&arrivals).await.unwrap();
    let mut batches = Vec::new();
    let mut pending = Vec::new();
    for channel in store.channels().await.unwrap() {
        for number in 0..store.batches(&channel).await.unwrap() {
            batches.push(store.batch(&channel, number).await.unwrap());
        }
        pending.push(store.pending(&channel).await.unwrap());
    }
    (arrivals, found, batches, pending, store.checkpoints().await.unwrap(), store.size().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_brings_everything_back() {
    let folder = TempDir::new().unwrap();
    let store = filled(&folder.path().join("a.redb")).await;
    let file = folder.path().join("backup");
    let contents = backup::write(&store, &file).await.unwrap();
    assert_eq!(contents, Contents { records: 1_617, batches: 3, checkpoints: 1 });
    assert_eq!(backup::check(&file).unwrap(), contents);
    let restored = EmbeddedStore::open(&folder.path().join("b.redb")).unwrap();
    assert_eq!(backup::restore(&file, &restored).await.unwrap(), contents);
    assert_eq!(everything(&restored).await, everything(&store).await);
    // Again changes nothing.
    backup::restore(&file, &restored).await.unwrap();
    assert_eq!(everything(&restored).await, everything(&store).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_restores_nothing() {
    let folder = TempDir::new().unwrap();
    let store = filled(&folder.path().join("a.redb")).await;
    let file = folder.path().join("backup");
    backup::write(&store, &file).await.unwrap();
    let whole = fs::read(&file).unwrap();
    let empty = EmbeddedStore::open(&folder.path().join("b.redb")).unwrap();
    let mut damaged: Vec<Vec<u8>> = (0..whole.len()).step_by(701).map(|length| whole[..length].to_vec()).collect();
    damaged.extend((0..whole.len()).step_by(503).map(|place| {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        bytes
    }));
    damaged.push([&whole[..], b"more"].concat());
    for (number, bytes) in damaged.into_iter().enumerate() {
        fs::write(&file, bytes).unwrap();
        let error = backup::restore(&file, &empty).await.err();
        assert!(matches!(error, Some(BackupError::Damaged(_))), "damage {number}: {error:?}");
    }
    assert_eq!(empty.size().await.unwrap().records, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_backup_leaves_the_one_before() {
    let folder = TempDir::new().unwrap();
    let store = filled(&folder.path().join("a.redb")).await;
    let file = folder.path().join("backup");
    backup::write(&store, &file).await.unwrap();
    let before = fs::read(&file).unwrap();
    store.put("market", &records(5_000..5_200)).await.unwrap();
    // Dropped at its first, second, ... pause, until one is short enough to be done before.
    for pauses in 1..10_000 {
        let done = {
            let mut writing = Box::pin(backup::write(&store, &file));
            let mut left = pauses;
            std::future::poll_fn(move |context| match writing.as_mut().poll(context) {
                std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
                std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
                std::task::Poll::Pending => {
                    left -= 1;
                    std::task::Poll::Pending
                }
            })
            .await
        };
        match done {
            None => assert_eq!(fs::read(&file).unwrap(), before, "after {pauses} pauses"),
            Some(done) => {
                assert_eq!(done.unwrap().records, 1_817);
                assert_eq!(backup::check(&file).unwrap().records, 1_817);
                return;
            }
        }
    }
    panic!("it never ended");
}
