//! What committing costs and how long a start after a crash takes. Prints its figures; run it by name:
//! `cargo test --release -p devnet --test ledger -- cost:: --ignored --nocapture`.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::channel::{CHAINCODE, Channel, create};
use devnet::ledger::{Ledger, Options};
use fabric_protos::protos::TxValidationCode;

const TRANSACTIONS_PER_BLOCK: usize = 50;
/// Blocks made before they are committed, so that making them is not measured.
const BLOCKS_AT_ONCE: usize = 200;
/// As many transactions as can be between two checkpoints follow the last one: the longest recovery there is.
const BLOCKS: usize = 1999;

/// CPU time of this process in seconds, user and system; in steps of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("blocks")).unwrap();
    fs::copy(from.join("state.redb"), to.join("state.redb")).unwrap();
    for entry in fs::read_dir(from.join("blocks")).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join("blocks").join(entry.file_name())).unwrap();
    }
}

#[test]
#[ignore = "a measurement of some minutes"]
fn commits_and_recovery() {
    let (folder, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = Options::default();
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, folder.path(), &options);
    let (mut seconds, mut cpu) = (0.0, 0.0);
    let mut longest = Duration::ZERO;
    let numbers: Vec<_> = (0..BLOCKS).collect();
    for numbers in numbers.chunks(BLOCKS_AT_ONCE) {
        let mut block = |number: &usize| {
            let envelopes = (0..TRANSACTIONS_PER_BLOCK)
                .map(|index| channel.transaction(CHAINCODE, &create(&format!("{number:06}-{index}"), &[7; 200])))
                .collect();
            channel.block(envelopes)
        };
        let blocks: Vec<_> = numbers.iter().map(&mut block).collect();
        let (start, cpu_start) = (Instant::now(), cpu_seconds());
        for block in blocks {
            let block_start = Instant::now();
            let committed = ledger.append(vec![block]).unwrap();
            longest = longest.max(block_start.elapsed());
            assert!(committed[0].transactions.iter().all(|transaction| transaction.code == TxValidationCode::Valid));
        }
        seconds += start.elapsed().as_secs_f64();
        cpu += cpu_seconds() - cpu_start;
    }
    let transactions = (BLOCKS * TRANSACTIONS_PER_BLOCK) as f64;
    println!("{transactions} transactions, {TRANSACTIONS_PER_BLOCK} in a block, one endorsement");
    println!(
        "commit: {:.0} us per transaction, {:.0} us of CPU",
        seconds * 1e6 / transactions,
        cpu * 1e6 / transactions
    );

    println!("longest commit of a block: {} ms", longest.as_millis());
    let bytes = |path: &str| folder.path().join(path).metadata().map_or(0, |metadata| metadata.len()) >> 20;
    let blocks: u64 = (0..10).map(|file| bytes(&format!("blocks/{file:08}.blocks"))).sum();
    println!("{blocks} MiB of blocks, {} MiB of state", bytes("state.redb"));

    // What a kill leaves behind: the files as they are now.
    copy(folder.path(), killed.path());
    let digest = ledger.snapshot().digest(CHAINCODE).unwrap();
    drop(ledger);
    let recover = |what: &str| {
        let (start, cpu) = (Instant::now(), cpu_seconds());
        let ledger = Ledger::open(killed.path(), None, &options).unwrap();
        println!("{what}: {:.2} s, {:.2} s of CPU", start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        assert_eq!(ledger.snapshot().digest(CHAINCODE).unwrap(), digest);
    };
    recover("start after a kill");
    recover("start after an orderly end");
    fs::remove_file(killed.path().join("state.redb")).unwrap();
    recover("start without state, all blocks replayed");
}
