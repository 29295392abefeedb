//! Hashes and orderers' signatures of blocks.

use fabric_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadataIndex, ChannelHeader, Envelope, HeaderType, IdentifierHeader,
    LastConfig, Metadata, MetadataSignature, OrdererBlockMetadata, Payload, SignatureHeader,
};
use fabric_protos::msp::SerializedIdentity;
use prost::Message;

use crate::config::{BLOCK_VALIDATION, ChannelConfig, Consensus};
use crate::der;
use crate::digest::sha256;
use crate::policy::SignedData;

/// What is wrong with a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The bytes are not a message of the expected kind.
    #[error("could not deserialize {what}: {reason}")]
    Malformed {
        /// What they should be.
        what: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// A part is not there.
    #[error("the block has no {0}")]
    Missing(&'static str),
    /// The header's data hash is not that of the data.
    #[error("the data hash of block {0} is not the hash of its data")]
    DataHash(u64),
    /// The block's orderers do not satisfy the channel's policy for blocks.
    #[error("the signatures of block {0} do not satisfy {BLOCK_VALIDATION}")]
    Signatures(u64),
}

impl BlockError {
    /// Stable code, for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "BLOCK_MALFORMED",
            Self::Missing(_) => "BLOCK_MISSING",
            Self::DataHash(_) => "BLOCK_DATA_HASH",
            Self::Signatures(_) => "BLOCK_SIGNATURES",
        }
    }
}

/// A header in DER: `SEQUENCE { INTEGER number, OCTET STRING previous hash, OCTET STRING data hash }`.
pub fn header_bytes(header: &BlockHeader) -> Vec<u8> {
    let parts = [
        der::unsigned(&header.number.to_be_bytes()),
        der::element(der::OCTET_STRING, &header.previous_hash),
        der::element(der::OCTET_STRING, &header.data_hash),
    ];
    der::element(der::SEQUENCE, &parts.concat())
}

/// The hash that the next block refers to.
pub fn header_hash(header: &BlockHeader) -> [u8; 32] {
    sha256([header_bytes(header).as_slice()])
}

/// The hash of a block's envelopes, one after the other.
pub fn data_hash(data: &BlockData) -> [u8; 32] {
    sha256(data.data.iter().map(Vec::as_slice))
}

/// What an orderer signs: the metadata's value, its own header and the block's.
pub fn signed_bytes(value: &[u8], signer_header: &[u8], header: &BlockHeader) -> Vec<u8> {
    [value, signer_header, &header_bytes(header)].concat()
}

/// Number of the last configuration block, as the orderers signed it. Block 0 is its own.
///
/// # Errors
/// [`BlockError::Malformed`] or [`BlockError::Missing`].
pub fn last_config(block: &Block) -> Result<u64, BlockError> {
    let signatures = metadata(block, BlockMetadataIndex::Signatures)?;
    if !signatures.value.is_empty() {
        let value: OrdererBlockMetadata = decode("orderer metadata", &signatures.value)?;
        return Ok(value.last_config.unwrap_or_default().index);
    }
    let old = metadata(block, BlockMetadataIndex::LastConfig)?;
    Ok(decode::<LastConfig>("last configuration", &old.value)?.index)
}

/// Whether the block carries a configuration.
pub fn is_config(block: &Block) -> bool {
    match block.data.as_ref().map(|data| data.data.as_slice()) {
        Some([envelope]) => open_envelope(envelope).is_ok_and(|(header, _)| header.r#type == HeaderType::Config as i32),
        _ => false,
    }
}

/// Checks what a block says about itself: the data hash, and the orderers' signatures under the configuration that is
/// in force. The link to the block before is the caller's.
///
/// # Errors
/// [`BlockError`]. Block 0 is not signed: pin its hash instead.
pub fn verify(config: &ChannelConfig, block: &Block) -> Result<(), BlockError> {
    verify_data_hash(block)?;
    verify_signatures(config, block)
}

/// Checks the data hash only, all there is to check in block 0.
///
/// # Errors
/// [`BlockError::Missing`] or [`BlockError::DataHash`].
pub fn verify_data_hash(block: &Block) -> Result<(), BlockError> {
    let header = block.header.as_ref().ok_or(BlockError::Missing("header"))?;
    let data = block.data.as_ref().ok_or(BlockError::Missing("data"))?;
    if header.data_hash == data_hash(data) { Ok(()) } else { Err(BlockError::DataHash(header.number)) }
}

/// Checks the orderers' signatures only, which works for blocks without data too.
///
/// # Errors
/// [`BlockError::Malformed`], [`BlockError::Missing`] or [`BlockError::Signatures`].
pub fn verify_signatures(config: &ChannelConfig, block: &Block) -> Result<(), BlockError> {
    let signed = signatures(config, block)?;
    let policy = config.policies.get(BLOCK_VALIDATION).ok_or(BlockError::Missing("policy for blocks"))?;
    if policy.is_satisfied_by_signatures(&config.msps, signed.iter().flatten()) {
        Ok(())
    } else {
        Err(BlockError::Signatures(block.header.as_ref().map_or(0, |header| header.number)))
    }
}

/// The signatures that a block has, not yet verified: who is said to have signed, and what. None in the place of one by
/// a BFT orderer whose number is not in the configuration.
///
/// # Errors
/// [`BlockError::Malformed`] or [`BlockError::Missing`].
pub fn signatures(config: &ChannelConfig, block: &Block) -> Result<Vec<Option<SignedData>>, BlockError> {
    let header = block.header.as_ref().ok_or(BlockError::Missing("header"))?;
    let metadata = metadata(block, BlockMetadataIndex::Signatures)?;
    metadata.signatures.iter().map(|signature| signed_data(config, header, &metadata.value, signature)).collect()
}

/// Who is said to have made a signature, and over what. Nothing, if a BFT orderer's number is not in the configuration.
fn signed_data(
    config: &ChannelConfig,
    header: &BlockHeader,
    value: &[u8],
    signature: &MetadataSignature,
) -> Result<Option<SignedData>, BlockError> {
    let (identity, signer_header) = match &config.consensus {
        Consensus::Bft { consenters, .. }
            if signature.signature_header.is_empty() && !signature.identifier_header.is_empty() =>
        {
            let IdentifierHeader { identifier, .. } = decode("identifier header", &signature.identifier_header)?;
            let consenter = consenters.iter().find(|consenter| consenter.id == identifier);
            let Some(consenter) = consenter else { return Ok(None) };
            let identity = SerializedIdentity { mspid: consenter.msp_id.clone(), id_bytes: consenter.identity.clone() };
            (identity.encode_to_vec(), &signature.identifier_header)
        }
        _ => {
            let signer: SignatureHeader = decode("signature header", &signature.signature_header)?;
            (signer.creator, &signature.signature_header)
        }
    };
    let data = signed_bytes(value, signer_header, header);
    Ok(Some(SignedData { identity, data, signature: signature.signature.clone() }))
}

/// One of a block's metadata.
///
/// # Errors
/// [`BlockError::Malformed`] or [`BlockError::Missing`].
pub fn metadata(block: &Block, index: BlockMetadataIndex) -> Result<Metadata, BlockError> {
    let metadata = block.metadata.as_ref().ok_or(BlockError::Missing("metadata"))?;
    let bytes = metadata.metadata.get(index as usize).ok_or(BlockError::Missing("metadata of this index"))?;
    decode("block metadata", bytes)
}

/// The channel header and the payload in an envelope's bytes.
///
/// # Errors
/// [`BlockError::Malformed`] or [`BlockError::Missing`].
pub fn open_envelope(envelope: &[u8]) -> Result<(ChannelHeader, Payload), BlockError> {
    let envelope: Envelope = decode("an envelope", envelope)?;
    let payload: Payload = decode("a payload", &envelope.payload)?;
    let header = payload.header.as_ref().ok_or(BlockError::Missing("header in an envelope"))?;
    Ok((decode("a channel header", &header.channel_header)?, payload))
}

fn decode<M: Message + Default>(what: &'static str, bytes: &[u8]) -> Result<M, BlockError> {
    M::decode(bytes).map_err(|error| BlockError::Malformed { what, reason: error.to_string() })
}
