//! Commits the 44 blocks that a Fabric 3.1.5 network made, and finds its codes, metadata and state.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/recordings.rs"]
mod recordings;

use devnet::ledger::{Ledger, Options, transactions};
use fabric_protos::Message;
use fabric_protos::common::{Block, SignaturePolicyEnvelope};
use fabric_protos::kvrwset::KvMetadataWrite;
use fabric_protos::protos::TxValidationCode;

use recordings::as_ordered;

fn number(block: &Block) -> u64 {
    block.header.as_ref().unwrap().number
}

/// A ledger with all recorded blocks.
fn recorded_ledger(folder: &std::path::Path) -> Ledger {
    let ledger = recordings::open(folder);
    let rest = recordings::blocks()[1..].iter().map(as_ordered).collect();
    ledger.append(rest).unwrap();
    ledger
}

/// The metadata hold validation codes and commit hash, which depend on every code and write so far.
#[test]
fn codes_and_metadata_are_those_of_the_recording() {
    let recorded = recordings::blocks();
    let folder = tempfile::tempdir().unwrap();
    let ledger = recordings::open(folder.path());
    for block in &recorded[1..] {
        let committed = ledger.append(vec![as_ordered(block)]).unwrap();
        let [committed] = committed.as_slice() else { panic!("one block") };
        assert_eq!(committed.block.metadata, block.metadata, "block {}", number(block));
        assert_eq!(committed.transactions, transactions(block));
    }
    let codes: std::collections::BTreeSet<_> =
        recorded.iter().flat_map(transactions).map(|transaction| transaction.code).collect();
    for code in [
        TxValidationCode::EndorsementPolicyFailure,
        TxValidationCode::MvccReadConflict,
        TxValidationCode::PhantomReadConflict,
        TxValidationCode::DuplicateTxid,
    ] {
        assert!(codes.contains(&code), "the recording has {code:?}");
    }
}

#[test]
fn blocks_are_read_as_they_were_recorded() {
    let recorded = recordings::blocks();
    let folder = tempfile::tempdir().unwrap();
    drop(recorded_ledger(folder.path()));
    // Opened again, so that nothing comes from memory.
    let ledger = Ledger::open(folder.path(), None, &Options::default()).unwrap();
    assert_eq!(ledger.channel(), "ch");
    assert_eq!(ledger.height(), 44);
    for (block, recorded) in ledger.blocks(0).zip(&recorded) {
        assert_eq!(*block.unwrap(), *recorded, "block {}", number(recorded));
    }
    for pair in recorded.windows(2) {
        let hash = &pair[1].header.as_ref().unwrap().previous_hash;
        assert_eq!(ledger.block_by_hash(hash).unwrap().as_deref(), Some(&pair[0]));
    }
    // As qscc answered (gateway.json).
    let info = "082c1220cbb2dc9a6fbba6e5689f9fdfe73b327ff37c6321e2eede86ef4edd27c5abe3e4\
                1a2060bdfa435b5dd2f40211121f29828ba8e2300e485d1567dfafc07a2a8e32e7f7";
    assert_eq!(hex::encode(ledger.info().encode_to_vec()), info);
}

/// The state after all blocks: what the recorded reads found, as far as later steps did not change it.
#[test]
fn the_state_is_that_of_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = recorded_ledger(folder.path());
    let snapshot = ledger.snapshot();
    let get = |key: &str| snapshot.get("open", key).unwrap().map(|value| String::from_utf8(value.value).unwrap());
    assert_eq!(get("a").as_deref(), Some("3"));
    assert_eq!(get("missing"), None);
    assert_eq!(get("g").as_deref(), Some("4"));
    assert_eq!(get("via"), None);
    assert_eq!(get("mvcc").as_deref(), Some("0"));
    assert_eq!(get("qcount"), None);
    assert_eq!(snapshot.get("strict", "s").unwrap().unwrap().value, b"1");
    // 250 keys, and one that a later step put between them.
    assert_eq!(snapshot.range("open", "m00000", "m00250").unwrap().count(), 251);
    assert_eq!(snapshot.range("open", "\0color~id\0red\0", "\0color~id\0red\0\u{10FFFF}").unwrap().count(), 2);
    assert_eq!(
        snapshot.namespaces().unwrap(),
        [
            "_lifecycle",
            "_lifecycle$$h_implicit_org_Org1MSP",
            "_lifecycle$$h_implicit_org_Org2MSP",
            "_lifecycle$$h_implicit_org_Org3MSP",
            "open",
            "open$$hsecret",
            "strict"
        ]
    );

    let history: Vec<_> = snapshot.history("open", "a").unwrap().map(Result::unwrap).collect();
    let values: Vec<_> = history.iter().map(|entry| (entry.value.as_slice(), entry.is_delete)).collect();
    assert_eq!(values, [(&b"3"[..], false), (b"", true), (b"2", false), (b"1", false)]);
    assert_eq!(history[3].tx_id, "73e8d8800a3c77463187e1660f6c43535b23a8057b3b423202dad850b7258480");

    let metadata = snapshot.get("open", "g").unwrap().unwrap().metadata;
    let [entry] = KvMetadataWrite::decode(metadata.as_slice()).unwrap().entries.try_into().unwrap();
    assert_eq!(entry.name, "VALIDATION_PARAMETER");
    assert_eq!(SignaturePolicyEnvelope::decode(entry.value.as_slice()).unwrap().identities.len(), 3);

    let names: Vec<_> = snapshot.definitions().unwrap().into_iter().map(|definition| definition.name).collect();
    assert_eq!(names, ["open", "strict"]);
    assert_eq!(snapshot.definition("open").unwrap().unwrap().sequence, 1);
    assert_eq!(snapshot.definition("nochaincode").unwrap(), None);
}

/// A definition writes the keys and values that `_lifecycle` wrote.
#[test]
fn definitions_are_written_as_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = recorded_ledger(folder.path());
    let snapshot = ledger.snapshot();
    for definition in snapshot.definitions().unwrap() {
        for (key, value) in definition.writes() {
            assert_eq!(snapshot.get("_lifecycle", &key).unwrap().map(|stored| stored.value), Some(value), "{key}");
        }
    }
}

#[test]
fn transactions_are_found_by_their_id() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = recorded_ledger(folder.path());
    // Submitted twice: valid in block 40, a duplicate in block 41.
    let id = "9974368ff023d7368b588888bca343105a03c4a44c85eccffdf23ed6539fd1f2";
    let location = ledger.transaction_location(id).unwrap().unwrap();
    assert_eq!((location.block, location.index, location.code), (40, 0, TxValidationCode::Valid));
    let transaction = ledger.transaction(id).unwrap().unwrap();
    assert_eq!(transaction.validation_code, 0);
    let recorded = recordings::blocks()[40].data.clone().unwrap().data;
    assert_eq!(transaction.transaction_envelope.unwrap().encode_to_vec(), recorded[0]);
    assert_eq!(ledger.transaction("nosuch").unwrap(), None);
}

#[test]
fn a_block_that_does_not_fit_is_refused() {
    let recorded = recordings::blocks();
    let folder = tempfile::tempdir().unwrap();
    let ledger = recordings::open(folder.path());
    let refuse = |change: &dyn Fn(&mut Block)| {
        let mut block = as_ordered(&recorded[1]);
        change(&mut block);
        assert_eq!(ledger.append(vec![block]).unwrap_err().code(), "LEDGER_BLOCK_REFUSED");
    };
    refuse(&|block| block.header.as_mut().unwrap().number = 2);
    refuse(&|block| block.header.as_mut().unwrap().previous_hash[0] ^= 1);
    refuse(&|block| block.data.as_mut().unwrap().data[0][100] ^= 1);
    refuse(&|block| block.metadata.as_mut().unwrap().metadata[0].clear());
    refuse(&|block| *block.metadata.as_mut().unwrap().metadata[0].last_mut().unwrap() ^= 1);
    // None of them stops the ledger; the right one follows.
    ledger.append(vec![as_ordered(&recorded[1])]).unwrap();
    assert_eq!(ledger.height(), 2);
}
