//! Commits the 44 blocks that a Fabric 3.1.5 network made, one by one, and finds its codes, metadata and state.

use std::path::PathBuf;

use devnet::ledger::{Ledger, Options};
use fabric_protos::Message;
use fabric_protos::common::{Block, BlockMetadataIndex};

fn recordings() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/fabric-3.1.5")
}

fn recorded_blocks() -> Vec<Block> {
    let block = |number: usize| {
        let bytes = std::fs::read(recordings().join(format!("blocks/{number:04}.pb"))).unwrap();
        Block::decode(bytes.as_slice()).unwrap()
    };
    (0..44).map(block).collect()
}

/// The block as the orderer delivered it: without what the peer added.
fn as_ordered(block: &Block) -> Block {
    let mut block = block.clone();
    let metadata = &mut block.metadata.as_mut().unwrap().metadata;
    metadata[BlockMetadataIndex::TransactionsFilter as usize].clear();
    metadata[BlockMetadataIndex::CommitHash as usize].clear();
    block
}

#[test]
fn codes_and_metadata_are_those_of_the_recording() {
    let recorded = recorded_blocks();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(folder.path(), Some(&as_ordered(&recorded[0])), &Options::default()).unwrap();
    for block in &recorded[1..] {
        let committed = ledger.append(vec![as_ordered(block)]).unwrap();
        let [committed] = committed.as_slice() else { panic!("one block") };
        let number = block.header.as_ref().unwrap().number;
        assert_eq!(committed.block.metadata, block.metadata, "block {number}");
    }
    for (number, block) in recorded.iter().enumerate() {
        assert_eq!(*ledger.block(number as u64).unwrap().unwrap(), *block, "block {number}");
    }
}
