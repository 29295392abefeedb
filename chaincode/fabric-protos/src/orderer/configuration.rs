//! Values of the orderer group of a channel's configuration.

/// Value `ConsensusType`: how blocks are ordered.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ConsensusType {
    /// `etcdraft` or `BFT`.
    #[prost(string, tag = "1")]
    pub r#type: String,
    /// An [`etcdraft::ConfigMetadata`](crate::etcdraft::ConfigMetadata) or [`smartbft::Options`](super::smartbft::Options).
    #[prost(bytes = "vec", tag = "2")]
    pub metadata: Vec<u8>,
    /// Normal or under maintenance.
    #[prost(enumeration = "consensus_type::State", tag = "3")]
    pub state: i32,
}

/// Nested in [`ConsensusType`].
pub mod consensus_type {
    use crate::enumeration::enumeration;

    enumeration! {
        /// State of the ordering service.
        pub enum State {
            /// Transactions are ordered.
            Normal = 0 => "STATE_NORMAL",
            /// Only configuration is, while the consensus type changes.
            Maintenance = 1 => "STATE_MAINTENANCE",
        }
    }
}

/// Value `BatchSize`: when a block is full.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct BatchSize {
    /// Most envelopes.
    #[prost(uint32, tag = "1")]
    pub max_message_count: u32,
    /// Most bytes of an envelope.
    #[prost(uint32, tag = "2")]
    pub absolute_max_bytes: u32,
    /// Bytes after which a block is cut; a larger envelope gets a block of its own.
    #[prost(uint32, tag = "3")]
    pub preferred_max_bytes: u32,
}

/// Value `BatchTimeout`: when a block that is not full is cut.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct BatchTimeout {
    /// In Go's notation, such as `300ms`.
    #[prost(string, tag = "1")]
    pub timeout: String,
}

/// Value `KafkaBrokers`: left from Fabric 1 and 2.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KafkaBrokers {
    /// Each `host:port`.
    #[prost(string, repeated, tag = "1")]
    pub brokers: Vec<String>,
}

/// Value `ChannelRestrictions`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct ChannelRestrictions {
    /// Most channels; 0 for no limit.
    #[prost(uint64, tag = "1")]
    pub max_count: u64,
}
