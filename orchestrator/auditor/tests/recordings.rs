//! The ledger of a real Fabric network is in order, and no change of it stays hidden.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::fs;

use auditor::source::BlockFiles;
use auditor::{Code, Options, audit};
use fabric_msp::block::{data_hash, header_hash};
use fabric_protos::common::{Block, BlockMetadataIndex};
use prost::Message;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{add_record, audit_blocks, audit_file, block_file, codes, recorded};

#[test]
fn a_real_ledger_has_no_findings() {
    let report = audit_blocks(&recorded());
    assert_eq!(report.findings, []);
    assert_eq!((report.channel.as_str(), report.blocks), ("ch", 44));
    // Every code that the recording has was worked out again.
    let counts: Vec<_> = report.transactions.iter().map(|(code, count)| (code.as_str(), *count)).collect();
    assert_eq!(
        counts,
        [
            ("DUPLICATE_TXID", 2),
            ("ENDORSEMENT_POLICY_FAILURE", 7),
            ("MVCC_READ_CONFLICT", 3),
            ("PHANTOM_READ_CONFLICT", 2),
            ("VALID", 35),
        ]
    );
    assert_eq!(
        report.chaincodes.iter().map(|chaincode| chaincode.name.as_str()).collect::<Vec<_>>(),
        ["open", "strict"]
    );
}

#[test]
fn a_ledger_of_several_files_is_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for (number, blocks) in recorded().chunks(10).enumerate() {
        fs::write(folder.path().join(format!("{number:08}.blocks")), block_file(blocks)).unwrap();
    }
    let report = audit(BlockFiles::open(folder.path()).unwrap(), &Options::default()).unwrap();
    assert_eq!((report.findings_count, report.blocks), (0, 44));
    fs::remove_file(folder.path().join("00000002.blocks")).unwrap();
    let report = audit(BlockFiles::open(folder.path()).unwrap(), &Options::default()).unwrap();
    assert!(codes(&report).contains(&Code::BlockNumber));
}

#[test]
fn the_first_block_is_the_one_that_was_pinned() {
    let blocks = recorded();
    let hash = header_hash(blocks[0].header.as_ref().unwrap());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("00000000.blocks"), block_file(&blocks)).unwrap();
    let audit = |genesis_hash| {
        audit(BlockFiles::open(folder.path()).unwrap(), &Options { genesis_hash, ..Options::default() }).unwrap()
    };
    assert!(audit(None).is_clean() && !audit(None).genesis_pinned);
    assert_eq!(audit(None).genesis_hash, hex::encode(hash));
    assert!(audit(Some(hash)).is_clean());
    assert_eq!(codes(&audit(Some([7; 32]))).into_iter().collect::<Vec<_>>(), [Code::GenesisHash]);
}

#[test]
fn one_flipped_byte_anywhere_in_a_block_file_is_found() {
    let file = block_file(&recorded());
    let mut random = ChaCha8Rng::seed_from_u64(1);
    // Of one record every byte of the frame, elsewhere at random.
    let places = (0..12).chain((0..300).map(|_| random.random_range(0..file.len())));
    for place in places.collect::<Vec<_>>() {
        let mut flipped = file.clone();
        flipped[place] ^= random.random_range(1..=255_u8);
        assert!(!audit_file(&flipped).is_clean(), "byte {place}");
    }
}

#[test]
fn one_flipped_byte_is_found_though_the_checksum_is_made_anew() {
    let blocks: Vec<Vec<u8>> = recorded().iter().map(Message::encode_to_vec).collect();
    let mut random = ChaCha8Rng::seed_from_u64(2);
    for _ in 0..300 {
        let number = random.random_range(0..blocks.len());
        let place = random.random_range(0..blocks[number].len());
        let mut file = Vec::new();
        for (other, block) in blocks.iter().enumerate() {
            let mut block = block.clone();
            if other == number {
                block[place] ^= random.random_range(1..=255_u8);
            }
            add_record(&mut file, &block);
        }
        let report = audit_file(&file);
        // Whatever it is, it is not the file's frame that gives it away.
        assert!(!report.is_clean(), "block {number}, byte {place}");
    }
}

#[test]
fn every_kind_of_change_has_its_code() {
    // Whatever is changed in one block, no other block is blamed.
    let changed = |change: &dyn Fn(&mut Vec<Block>)| {
        let mut blocks = recorded();
        change(&mut blocks);
        let report = audit_blocks(&blocks);
        let blamed: std::collections::BTreeSet<_> = report.findings.iter().map(|finding| finding.block).collect();
        assert!(blamed.len() == 1 || blocks.len() < 44, "{:#?}", report.findings);
        codes(&report)
    };
    let set_metadata = |block: &mut Block, index: BlockMetadataIndex, place: usize, byte: u8| {
        block.metadata.as_mut().unwrap().metadata[index as usize][place] = byte;
    };
    let only = |code| [code].into_iter().collect();

    // Block 43 has a transaction with code 10: made valid, it counts as nothing else would tell.
    let codes = changed(&|blocks| set_metadata(&mut blocks[43], BlockMetadataIndex::TransactionsFilter, 0, 0));
    assert_eq!(codes, only(Code::ValidationCode));
    let codes = changed(&|blocks| set_metadata(&mut blocks[20], BlockMetadataIndex::CommitHash, 2, 0));
    assert_eq!(codes, only(Code::CommitHash));
    let codes = changed(&|blocks| blocks[20].metadata.as_mut().unwrap().metadata[1].push(0));
    assert_eq!(codes, only(Code::BlockMetadata));
    // An orderer's signature is the last thing in its entry.
    let codes = changed(&|blocks| *blocks[20].metadata.as_mut().unwrap().metadata[0].last_mut().unwrap() ^= 1);
    assert_eq!(codes, only(Code::BlockSignature));
    let codes = changed(&|blocks| drop(blocks.remove(20)));
    assert!(codes.contains(&Code::PreviousHash) && codes.contains(&Code::BlockNumber));
    let codes = changed(&|blocks| blocks[20].data.as_mut().unwrap().data[0][300] ^= 1);
    assert_eq!(codes, [Code::DataHash, Code::ValidationCode].into_iter().collect());
    // With all hashes made anew the orderers' signatures are left.
    let codes = changed(&|blocks| {
        blocks[43].data.as_mut().unwrap().data.pop();
        let hash = data_hash(blocks[43].data.as_ref().unwrap()).to_vec();
        blocks[43].header.as_mut().unwrap().data_hash = hash;
    });
    assert!(codes.contains(&Code::BlockSignature));
}

#[test]
fn a_file_that_ends_early_is_not_taken_for_a_shorter_ledger() {
    let file = block_file(&recorded());
    for cut in [1, 11, 12, 500] {
        assert_eq!(codes(&audit_file(&file[..file.len() - cut])), [Code::BlockFile].into_iter().collect());
    }
}
