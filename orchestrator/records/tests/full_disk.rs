//! A disk without room: what was kept is kept, the store says why it keeps no more, and goes on once there is room.
//!
//! The test runs itself again in a process whose files may only grow to a limit.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![cfg(target_os = "linux")]

use records::{Document, Found, Record, Store, StoreError, document::Settlement, store::EmbeddedStore};
use std::{
    env,
    path::{Path, PathBuf},
    process::{self, Command},
};
use tempfile::TempDir;

/// Where the limited process has its store.
const FOLDER: &str = "GRIDBOURSE_TEST_FULL_DISK";
/// Blocks of 512 bytes or of a kilobyte, as the shell counts.
const LIMIT: &str = "6000";
/// Records of one call.
const AT_ONCE: u32 = 200;

/// A record that does not compress well.
fn record(number: u32) -> Record {
    let noise: String =
        (0..40).map(|place| Record::from_bytes(vec![place; number as usize % 97 + 1]).id().to_string()).collect();
    let kind = exchange::messages::PostingKind::Trades;
    Record::new(&Document::Settlement(Settlement { subject: format!("{number} {noise}"), kind, postings: Vec::new() }))
}

fn records(call: u32) -> Vec<Record> {
    (call * AT_ONCE..(call + 1) * AT_ONCE).map(record).collect()
}

async fn assert_kept(store: &dyn Store, calls: u32) {
    for call in 0..calls {
        let expected: Vec<_> = records(call).into_iter().map(Found::Record).collect();
        let ids: Vec<_> = records(call).iter().map(Record::id).collect();
        assert_eq!(store.get(&ids).await.unwrap(), expected, "call {call}");
    }
}

/// What the limited process does.
async fn fill(folder: &Path) {
    let store = EmbeddedStore::open(&folder.join("records.redb")).unwrap();
    let mut calls = 0;
    let refused = loop {
        match store.put("market", &records(calls)).await {
            Ok(()) => calls += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::Full(_)), "{refused}");
    assert!(calls > 0, "there was room for something");
    assert_kept(&store, calls).await;
    assert!(store.put("market", &records(calls)).await.is_err(), "there is still no room");

    let lifted = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &process::id().to_string()]).status();
    assert!(lifted.unwrap().success());
    for call in calls..calls + 3 {
        store.put("market", &records(call)).await.unwrap();
    }
    assert_kept(&store, calls + 3).await;
    assert_eq!(store.size().await.unwrap().records, u64::from((calls + 3) * AT_ONCE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_the_store_goes_on_when_there_is_room() {
    if let Some(folder) = env::var_os(FOLDER) {
        return fill(&PathBuf::from(folder)).await;
    }
    let folder = TempDir::new().unwrap();
    // A soft limit, which may be lifted again; the signal that comes with it is ignored, so that a write fails instead.
    let limited = format!("trap '' XFSZ; ulimit -S -f {LIMIT}; exec \"$0\" --nocapture");
    let status = Command::new("bash")
        .args(["-c", &limited])
        .arg(env::current_exe().unwrap())
        .env(FOLDER, folder.path())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}
