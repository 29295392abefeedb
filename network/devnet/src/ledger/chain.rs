//! How a block hangs on the chain: numbers, hashes, orderers' signatures, and the metadata that the committer adds.

use fabric_msp::{ChannelConfig, block as hashes};
use fabric_protos::common::{Block, BlockHeader, BlockMetadataIndex};

use super::error::LedgerError;
use super::state::Head;
use super::transaction::metadata;
use super::validation::commit_hash as encoding;

/// Entries in the metadata of a block.
const METADATA_ENTRIES: usize = BlockMetadataIndex::CommitHash as usize + 1;

/// The block's header.
pub(crate) fn header(block: &Block) -> Result<&BlockHeader, LedgerError> {
    block.header.as_ref().ok_or_else(|| LedgerError::refused(0, "it has no header"))
}

/// Hash of a header, which the next block names.
pub(crate) fn header_hash(header: &BlockHeader) -> Vec<u8> {
    hashes::header_hash(header).to_vec()
}

/// The commit hash in the block's metadata; empty if there is none.
pub(crate) fn commit_hash(block: &Block) -> Vec<u8> {
    encoding::decode(metadata(block, BlockMetadataIndex::CommitHash))
}

/// Checks that `block` is well made, follows `head`, and is signed as the channel's orderers must.
pub(crate) fn check(block: &Block, head: &Head) -> Result<(), LedgerError> {
    let header = header(block)?;
    let number = header.number;
    if number != head.height {
        return Err(LedgerError::refused(number, format!("block {} comes next", head.height)));
    }
    if header.previous_hash != head.hash {
        return Err(LedgerError::refused(number, "it does not follow the block before it"));
    }
    hashes::verify(&head.config, block).map_err(|error| LedgerError::refused(number, error.to_string()))
}

/// Checks that `block` can begin a chain.
pub(crate) fn check_genesis(block: &Block) -> Result<(), LedgerError> {
    let header = header(block)?;
    let refused = |reason: String| LedgerError::refused(header.number, reason);
    if header.number != 0 || !header.previous_hash.is_empty() {
        return Err(refused("it is no genesis block".to_owned()));
    }
    hashes::verify_data_hash(block).map_err(|error| refused(error.to_string()))?;
    ChannelConfig::from_block(block).map(drop).map_err(|error| refused(error.to_string()))
}

/// `block` with validation codes.
pub(crate) fn with_codes(mut block: Block, codes: Vec<u8>) -> Block {
    set_metadata(&mut block, BlockMetadataIndex::TransactionsFilter, codes);
    block
}

/// `block` with validation codes and commit hash.
pub(crate) fn with_results(block: Block, codes: Vec<u8>, commit_hash: &[u8]) -> Block {
    let mut block = with_codes(block, codes);
    set_metadata(&mut block, BlockMetadataIndex::CommitHash, encoding::encode(commit_hash));
    block
}

fn set_metadata(block: &mut Block, index: BlockMetadataIndex, value: Vec<u8>) {
    let metadata = &mut block.metadata.get_or_insert_default().metadata;
    if metadata.len() < METADATA_ENTRIES {
        metadata.resize(METADATA_ENTRIES, Vec::new());
    }
    metadata[index as usize] = value;
}
