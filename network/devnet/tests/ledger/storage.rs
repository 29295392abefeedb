//! What happens to a ledger when the process is killed, its files are damaged, the disk is full, or two want it at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::channel::{CHAINCODE, Channel, create};
use devnet::ledger::{Ledger, LedgerError, Options, transactions};
use fabric_protos::common::Block;
use fabric_protos::protos::TxValidationCode;

/// Checkpoints are rare, so that the state on disk is far behind the blocks.
fn options() -> Options {
    Options { transactions_per_checkpoint: 1000, ..Options::default() }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn block_file(folder: &Path) -> PathBuf {
    folder.join("blocks/00000000.blocks")
}

fn next_block(channel: &mut Channel, number: u64) -> Block {
    let envelopes = (0..5).map(|index| channel.transaction(CHAINCODE, &create(&format!("{number}-{index}"), b"v")));
    let envelopes = envelopes.collect();
    channel.block(envelopes)
}

/// All that the state says, versions and history apart.
fn digests(ledger: &Ledger) -> Vec<(String, [u8; 32])> {
    let snapshot = ledger.snapshot();
    let names = snapshot.namespaces().unwrap().into_iter();
    names.map(|name| (name.clone(), snapshot.digest(&name).unwrap())).collect()
}

#[test]
fn a_killed_process_loses_nothing() {
    let (running, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, running.path(), &options());
    for number in 2..30 {
        ledger.append(vec![next_block(&mut channel, number)]).unwrap();
        // What is on disk while the process runs is what a kill leaves behind.
        if number % 9 == 0 {
            let folder = killed.path().join(number.to_string());
            copy(running.path(), &folder);
            let recovered = Ledger::open(&folder, None, &options()).unwrap();
            assert_eq!(recovered.height(), number + 1);
            assert_eq!(recovered.info(), ledger.info());
            assert_eq!(digests(&recovered), digests(&ledger));
            assert_eq!(recovered.snapshot().history(CHAINCODE, "2-0").unwrap().count(), 1);
        }
    }
}

#[test]
fn a_block_that_was_not_written_whole_is_cut_off_and_taken_again() {
    let (base, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, base.path(), &options());
    let before = block_file(base.path()).metadata().unwrap().len();
    // The state on disk knows the first two blocks only.
    drop(ledger);
    copy(base.path(), folder.path());
    let block = next_block(&mut channel, 2);
    Ledger::open(folder.path(), None, &options()).unwrap().append(vec![block.clone()]).unwrap();
    let whole = fs::read(block_file(folder.path())).unwrap();
    let length = whole.len() - usize::try_from(before).unwrap();
    for cut in [1, 5, 12, 13, length / 2, length - 1] {
        let folder = tempfile::tempdir().unwrap();
        copy(base.path(), folder.path());
        fs::write(block_file(folder.path()), &whole[..whole.len() - cut]).unwrap();
        let ledger = Ledger::open(folder.path(), None, &options()).unwrap();
        assert_eq!(ledger.height(), 2, "without the last {cut} bytes");
        ledger.append(vec![block.clone()]).unwrap();
        assert_eq!(fs::read(block_file(folder.path())).unwrap(), whole);
    }
}

/// Here the block was committed, and the state knows it: going on without it would lose it.
#[test]
fn a_committed_block_that_is_gone_is_an_error_until_the_state_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, folder.path(), &options());
    ledger.append(vec![next_block(&mut channel, 2)]).unwrap();
    drop(ledger);
    let whole = fs::read(block_file(folder.path())).unwrap();
    fs::write(block_file(folder.path()), &whole[..whole.len() - 1]).unwrap();
    let error = Ledger::open(folder.path(), None, &options()).err().unwrap();
    assert_eq!(error.code(), "LEDGER_BLOCK_MISSING");
    assert!(error.to_string().contains("block 2"), "{error}");
    // Nothing was touched: with the file as it was, all is well.
    fs::write(block_file(folder.path()), &whole).unwrap();
    assert_eq!(Ledger::open(folder.path(), None, &options()).unwrap().height(), 3);
    // Without the state, the ledger is what the blocks say.
    fs::write(block_file(folder.path()), &whole[..whole.len() - 1]).unwrap();
    fs::remove_file(folder.path().join("state.redb")).unwrap();
    assert_eq!(Ledger::open(folder.path(), None, &options()).unwrap().height(), 2);
}

#[test]
fn the_state_is_made_again_from_the_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, folder.path(), &options());
    for number in 2..10 {
        ledger.append(vec![next_block(&mut channel, number)]).unwrap();
    }
    let (info, digests_before) = (ledger.info(), digests(&ledger));
    drop(ledger);
    fs::remove_file(folder.path().join("state.redb")).unwrap();
    let ledger = Ledger::open(folder.path(), None, &options()).unwrap();
    assert_eq!((ledger.info(), digests(&ledger)), (info, digests_before));
}

#[test]
fn a_second_opening_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, folder.path(), &options());
    let error = Ledger::open(folder.path(), None, &options()).err().unwrap();
    assert_eq!(error.code(), "LEDGER_LOCKED");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
    drop(ledger);
    Ledger::open(folder.path(), None, &options()).unwrap();
}

#[test]
fn an_empty_folder_without_a_genesis_block_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Ledger::open(folder.path(), None, &options()).err().unwrap().code(), "LEDGER_EMPTY");
}

/// Runs [`disk_full_child`] in a process whose files may not grow beyond a limit.
#[test]
fn a_full_disk_stops_the_ledger_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // In units of 512 or 1024 bytes, as the shell has it: at least 2 MiB.
    let script = "trap '' XFSZ; ulimit -f 4096; exec \"$0\" --exact storage::disk_full_child --ignored --nocapture";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("LEDGER_FOLDER", folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let committed = text.lines().find_map(|line| line.strip_prefix("committed ")).unwrap();
    let ledger = Ledger::open(folder.path(), None, &options()).unwrap();
    let height: u64 = committed.parse().unwrap();
    assert!(ledger.height() == height || ledger.height() == height + 1, "{} after {height}", ledger.height());
    for block in ledger.blocks(2) {
        let codes: Vec<_> = transactions(&block.unwrap()).into_iter().map(|transaction| transaction.code).collect();
        assert_eq!(codes, [TxValidationCode::Valid]);
    }
}

#[test]
#[ignore = "run by a_full_disk_stops_the_ledger_and_loses_nothing"]
fn disk_full_child() {
    let folder = PathBuf::from(std::env::var_os("LEDGER_FOLDER").unwrap());
    let mut channel = Channel::new();
    let ledger = crate::channel::open(&mut channel, &folder, &options());
    let value = vec![7; 100_000];
    let error = loop {
        let key = ledger.height().to_string();
        let envelope = channel.transaction(CHAINCODE, &create(&key, &value));
        match ledger.append(vec![channel.block(vec![envelope])]) {
            Ok(_) => assert!(ledger.height() < 1000, "the limit does not work"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, LedgerError::DiskFull { .. }), "{error:?}");
    // It can still be read, and says why it takes nothing more.
    let height = ledger.height();
    assert_eq!(ledger.blocks(0).filter(Result::is_ok).count() as u64, height);
    let envelope = channel.transaction(CHAINCODE, &create("more", b"v"));
    let error = ledger.append(vec![channel.block(vec![envelope])]).unwrap_err();
    assert_eq!(error.code(), "LEDGER_STOPPED");
    assert!(error.to_string().contains("no space left"), "{error}");
    println!("committed {height}");
}
