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
#[allow(dead_code, reason = "each test binary uses a part of it")]
pub(crate) fn blocks() -> Vec<Block> {
    blocks_in("blocks")
}

/// The blocks of one of the folders with blocks, as a peer gave them.
pub(crate) fn blocks_in(name: &str) -> Vec<Block> {
    let folder = folder().join(name);
    let files = (0..).map(|number| folder.join(format!("{number:04}.pb"))).map_while(|file| std::fs::read(file).ok());
    files.map(|bytes| Block::decode(bytes.as_slice()).unwrap()).collect()
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
#[allow(dead_code, reason = "each test binary uses a part of it")]
pub(crate) fn open(folder: &std::path::Path) -> Ledger {
    open_with(folder, &blocks()[0])
}

/// A ledger in `folder` that begins with a genesis block.
pub(crate) fn open_with(folder: &std::path::Path, genesis: &Block) -> Ledger {
    Ledger::open(folder, Some(&as_ordered(genesis)), &Options::default()).unwrap()
}
