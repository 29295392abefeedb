//! Commits what a real Fabric network made of seeded transactions (`cargo xtask differential --record`), and finds its
//! validation codes and commit hashes, which depend on every code and write so far.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/recordings.rs"]
mod recordings;

use std::collections::BTreeSet;

use devnet::ledger::transactions;
use fabric_protos::protos::TxValidationCode;

use recordings::{as_ordered, blocks_in, open_with};

/// Commits a channel's blocks and returns the codes that are in them.
fn commit(channel: &str) -> BTreeSet<TxValidationCode> {
    let recorded = blocks_in(&format!("differential/{channel}"));
    let [genesis, blocks @ ..] = recorded.as_slice() else { panic!("{channel} is not recorded") };
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_with(folder.path(), genesis);
    let mut codes = BTreeSet::new();
    for (number, block) in (1..).zip(blocks) {
        let committed = ledger.append(vec![as_ordered(block)]).unwrap();
        let [committed] = committed.as_slice() else { panic!("one block") };
        assert_eq!(committed.block.metadata, block.metadata, "{channel}: block {number}");
        codes.extend(transactions(block).into_iter().map(|transaction| transaction.code));
    }
    codes
}

#[test]
fn codes_and_state_are_those_of_fabric() {
    use TxValidationCode::{DuplicateTxid, EndorsementPolicyFailure, MvccReadConflict, PhantomReadConflict, Valid};
    let codes: BTreeSet<_> = ["single", "full"].into_iter().flat_map(commit).collect();
    for code in [Valid, DuplicateTxid, EndorsementPolicyFailure, MvccReadConflict, PhantomReadConflict] {
        assert!(codes.contains(&code), "{code:?} is recorded");
    }
}
