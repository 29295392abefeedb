//! What a peer says about its copy of a chain.

/// Height and last hashes.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct BlockchainInfo {
    /// Number of blocks.
    #[prost(uint64, tag = "1")]
    pub height: u64,
    /// Hash of the last block's header.
    #[prost(bytes = "vec", tag = "2")]
    pub current_block_hash: Vec<u8>,
    /// The last block's `previous_hash`.
    #[prost(bytes = "vec", tag = "3")]
    pub previous_block_hash: Vec<u8>,
    /// Set if the peer joined from a snapshot.
    #[prost(message, optional, tag = "4")]
    pub bootstrapping_snapshot_info: Option<BootstrappingSnapshotInfo>,
}

/// Where a peer's own blocks begin.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct BootstrappingSnapshotInfo {
    /// Last block that the snapshot stands for.
    #[prost(uint64, tag = "1")]
    pub last_block_in_snapshot: u64,
}
