//! Blocks and their metadata.

use crate::enumeration::enumeration;

enumeration! {
    /// Places in [`BlockMetadata::metadata`].
    pub enum BlockMetadataIndex {
        /// [`Metadata`] with the orderers' signatures; its value is an [`OrdererBlockMetadata`].
        Signatures = 0 => "SIGNATURES",
        /// Number of the last configuration block, the old place.
        LastConfig = 1 => "LAST_CONFIG",
        /// One validation code per transaction, one byte each.
        TransactionsFilter = 2 => "TRANSACTIONS_FILTER",
        /// The consenter's metadata, the old place.
        Orderer = 3 => "ORDERER",
        /// Peer's hash over the chain of commits.
        CommitHash = 4 => "COMMIT_HASH",
    }
}

/// A block of a channel's chain.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Block {
    /// What the hash chain covers.
    #[prost(message, optional, tag = "1")]
    pub header: Option<BlockHeader>,
    /// The envelopes.
    #[prost(message, optional, tag = "2")]
    pub data: Option<BlockData>,
    /// Signatures and validation codes; not covered by the block's hash.
    #[prost(message, optional, tag = "3")]
    pub metadata: Option<BlockMetadata>,
}

/// Number, predecessor and content of a block.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct BlockHeader {
    /// Place in the chain, from 0.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// Hash of the header before; empty in block 0.
    #[prost(bytes = "vec", tag = "2")]
    pub previous_hash: Vec<u8>,
    /// SHA-256 over the envelopes, one after the other.
    #[prost(bytes = "vec", tag = "3")]
    pub data_hash: Vec<u8>,
}

/// A block's transactions in order.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct BlockData {
    /// Each an [`Envelope`](crate::common::Envelope).
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub data: Vec<Vec<u8>>,
}

/// What orderers and peers add to a block.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct BlockMetadata {
    /// By [`BlockMetadataIndex`].
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub metadata: Vec<Vec<u8>>,
}

/// A value with signatures.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Metadata {
    /// What is signed, besides the block's header.
    #[prost(bytes = "vec", tag = "1")]
    pub value: Vec<u8>,
    /// One per signer.
    #[prost(message, repeated, tag = "2")]
    pub signatures: Vec<MetadataSignature>,
}

/// One orderer's signature on a block.
///
/// Raft orderers set `signature_header`, BFT orderers `identifier_header`.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct MetadataSignature {
    /// A [`SignatureHeader`](crate::common::SignatureHeader).
    #[prost(bytes = "vec", tag = "1")]
    pub signature_header: Vec<u8>,
    /// Over value, header bytes and the block header's DER form.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
    /// An [`IdentifierHeader`].
    #[prost(bytes = "vec", tag = "3")]
    pub identifier_header: Vec<u8>,
}

/// Names a consenter of a BFT channel by its number in the configuration.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct IdentifierHeader {
    /// [`Consenter::id`](crate::common::Consenter::id).
    #[prost(uint32, tag = "1")]
    pub identifier: u32,
    /// Random bytes, used once.
    #[prost(bytes = "vec", tag = "2")]
    pub nonce: Vec<u8>,
}

/// The value that orderers sign with each block.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct OrdererBlockMetadata {
    /// Where the channel's configuration is.
    #[prost(message, optional, tag = "1")]
    pub last_config: Option<LastConfig>,
    /// The consenter's own, for Raft a [`BlockMetadata`](crate::etcdraft::BlockMetadata).
    #[prost(bytes = "vec", tag = "2")]
    pub consenter_metadata: Vec<u8>,
}

/// Points to the last configuration block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct LastConfig {
    /// Its number.
    #[prost(uint64, tag = "1")]
    pub index: u64,
}
