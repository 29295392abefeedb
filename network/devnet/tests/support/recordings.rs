//! The recordings of a Fabric 3.1.5 network, in `tests/recordings` of the repository.

use std::path::PathBuf;

use devnet::ledger::{Ledger, Options};
use fabric_protos::Message;
use fabric_protos::common::{Block, BlockMetadataIndex};

/// The folder with the recordings.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/fabric-3.1.5")
}

/// The 44 blocks as a peer gave them.
pub(crate) fn blocks() -> Vec<Block> {
    let block = |number: usize| {
        let bytes = std::fs::read(folder().join(format!("blocks/{number:04}.pb"))).unwrap();
        Block::decode(bytes.as_slice()).unwrap()
    };
    (0..44).map(block).collect()
}

/// The block as the orderer delivered it: without what the peer added.
pub(crate) fn as_ordered(block: &Block) -> Block {
    let mut block = block.clone();
    let metadata = &mut block.metadata.as_mut().unwrap().metadata;
    metadata[BlockMetadataIndex::TransactionsFilter as usize].clear();
    metadata[BlockMetadataIndex::CommitHash as usize].clear();
    block
}

/// A ledger in `folder` that begins with the recorded genesis block.
pub(crate) fn open(folder: &std::path::Path) -> Ledger {
    Ledger::open(folder, Some(&as_ordered(&blocks()[0])), &Options::default()).unwrap()
}
