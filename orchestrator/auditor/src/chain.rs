//! How blocks hang together: numbers, hashes, orderers' signatures, metadata.

use fabric_msp::ChannelConfig;
use fabric_msp::block::{BlockError, header_hash, last_config, metadata, signatures, verify_data_hash};
use fabric_msp::config::BLOCK_VALIDATION;
use fabric_msp::policy::verified_identities;
use fabric_protos::common::{Block, BlockMetadataIndex, Metadata};
use prost::Message;

use crate::finding::{Code, Findings};

/// Entries in the metadata of a block.
const METADATA_ENTRIES: usize = BlockMetadataIndex::CommitHash as usize + 1;

/// Something wrong with a block, before it has a place in the findings.
pub(crate) type Fault = (Code, String);

/// Where the chain stands.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// Number of the block that comes next.
    pub(crate) height: u64,
    /// Hash of the last block's header.
    pub(crate) hash: Vec<u8>,
    /// Number of the last block with a configuration.
    pub(crate) last_config: u64,
}

impl Chain {
    /// Hangs the next block on the chain.
    pub(crate) fn follow(&mut self, block: &Block, findings: &mut Findings) {
        let header = block.header.clone().unwrap_or_default();
        if header.number != self.height {
            findings.add(Code::BlockNumber, format!("it has number {} in place {}", header.number, self.height));
        }
        if header.previous_hash != self.hash {
            findings.add(Code::PreviousHash, "it does not name the hash of the block before it");
        }
        match last_config(block) {
            Ok(number) if number == self.last_config => {}
            Ok(number) => findings.add(
                Code::BlockMetadata,
                format!("the orderers name block {number} as the last configuration; it is {}", self.last_config),
            ),
            Err(error) => findings.add(Code::BlockMalformed, error.to_string()),
        }
        self.height += 1;
        self.hash = header_hash(&header).to_vec();
    }
}

/// What is wrong with a block by itself, its transactions left aside. `bytes` are the block's as they were written, if
/// they are known.
pub(crate) fn faults(block: &Block, bytes: Option<&[u8]>, config: &ChannelConfig) -> Vec<Fault> {
    let mut faults = Vec::new();
    if bytes.is_some_and(|bytes| block.encode_to_vec() != bytes) {
        faults.push((Code::BlockEncoding, "the block has bytes that belong to none of its fields".to_owned()));
    }
    let is_first = block.header.as_ref().is_some_and(|header| header.number == 0);
    for checked in [verify_data_hash(block), if is_first { check_unsigned(block) } else { check_signed(block, config) }]
    {
        faults.extend(checked.err().map(|error| (code_of(&error), error.to_string())));
    }
    check_metadata(block, &mut faults);
    faults
}

/// The first block is not signed: people compare its hash.
fn check_unsigned(block: &Block) -> Result<(), BlockError> {
    let signatures = metadata(block, BlockMetadataIndex::Signatures)?.signatures;
    if signatures.is_empty() { Ok(()) } else { Err(BlockError::Signatures(0)) }
}

/// The orderers' policy must hold, and there must be no signature that is wrong or there twice.
fn check_signed(block: &Block, config: &ChannelConfig) -> Result<(), BlockError> {
    let wrong = BlockError::Signatures(block.header.as_ref().map_or(0, |header| header.number));
    let signed: Option<Vec<_>> = signatures(config, block)?.into_iter().collect();
    let signed = signed.ok_or(wrong.clone())?;
    let signers = verified_identities(&config.msps, &signed);
    let policy = config.policies.get(BLOCK_VALIDATION).ok_or(BlockError::Missing("policy for blocks"))?;
    if signers.len() == signed.len() && policy.is_satisfied_by(&signers) { Ok(()) } else { Err(wrong) }
}

/// What neither hashes nor signatures cover must be empty.
fn check_metadata(block: &Block, faults: &mut Vec<Fault>) {
    let entries = block.metadata.as_ref().map_or(&[][..], |metadata| metadata.metadata.as_slice());
    if !(BlockMetadataIndex::Orderer as usize..=METADATA_ENTRIES).contains(&entries.len()) {
        faults.push((Code::BlockMetadata, format!("it has {} entries of metadata", entries.len())));
    }
    for unused in [BlockMetadataIndex::LastConfig, BlockMetadataIndex::Orderer] {
        if !metadata_entry(block, unused).is_empty() {
            faults.push((Code::BlockMetadata, format!("{} is not empty", unused.as_str_name())));
        }
    }
    for index in [BlockMetadataIndex::Signatures, BlockMetadataIndex::CommitHash] {
        let entry = metadata_entry(block, index);
        let encoded = Metadata::decode(entry).map(|metadata| metadata.encode_to_vec());
        if encoded.as_deref() != Ok(entry) {
            faults.push((Code::BlockEncoding, format!("{} has bytes of no field", index.as_str_name())));
        }
    }
}

fn code_of(error: &BlockError) -> Code {
    match error {
        BlockError::DataHash(_) => Code::DataHash,
        BlockError::Signatures(_) => Code::BlockSignature,
        BlockError::Malformed { .. } | BlockError::Missing(_) => Code::BlockMalformed,
    }
}

/// One of a block's metadata entries as it is; empty if it is not there.
pub(crate) fn metadata_entry(block: &Block, index: BlockMetadataIndex) -> &[u8] {
    let entries = block.metadata.as_ref().map_or(&[][..], |metadata| metadata.metadata.as_slice());
    entries.get(index as usize).map_or(&[], Vec::as_slice)
}
