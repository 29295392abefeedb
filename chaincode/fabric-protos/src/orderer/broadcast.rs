//! Sending envelopes to the orderer, and asking orderers and peers for blocks.

use crate::common::{Block, Status};

/// The orderer's answer to an envelope.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct BroadcastResponse {
    /// SUCCESS if it will be ordered.
    #[prost(enumeration = "Status", tag = "1")]
    pub status: i32,
    /// For people.
    #[prost(string, tag = "2")]
    pub info: String,
}

/// The last block there is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct SeekNewest {}

/// The first block there is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct SeekOldest {}

/// A block by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct SeekSpecified {
    /// The number.
    #[prost(uint64, tag = "1")]
    pub number: u64,
}

/// The next block to be committed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct SeekNextCommit {}

/// A place in the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct SeekPosition {
    /// Which place.
    #[prost(oneof = "seek_position::Type", tags = "1, 2, 3, 4")]
    pub r#type: Option<seek_position::Type>,
}

/// Nested in [`SeekPosition`].
pub mod seek_position {
    /// A place in the chain.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Type {
        /// The last block there is.
        #[prost(message, tag = "1")]
        Newest(super::SeekNewest),
        /// The first block there is.
        #[prost(message, tag = "2")]
        Oldest(super::SeekOldest),
        /// A block by number.
        #[prost(message, tag = "3")]
        Specified(super::SeekSpecified),
        /// The next block to be committed.
        #[prost(message, tag = "4")]
        NextCommit(super::SeekNextCommit),
    }
}

/// Which blocks to deliver.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct SeekInfo {
    /// First block.
    #[prost(message, optional, tag = "1")]
    pub start: Option<SeekPosition>,
    /// Last block.
    #[prost(message, optional, tag = "2")]
    pub stop: Option<SeekPosition>,
    /// What to do about blocks that are not there yet.
    #[prost(enumeration = "seek_info::SeekBehavior", tag = "3")]
    pub behavior: i32,
    /// What to do if the orderer's chain has failed.
    #[prost(enumeration = "seek_info::SeekErrorResponse", tag = "4")]
    pub error_response: i32,
    /// Whole blocks, or less.
    #[prost(enumeration = "seek_info::SeekContentType", tag = "5")]
    pub content_type: i32,
}

/// Nested in [`SeekInfo`].
pub mod seek_info {
    use crate::enumeration::enumeration;

    enumeration! {
        /// What to do about blocks that are not there yet.
        pub enum SeekBehavior {
            /// Wait for them.
            BlockUntilReady = 0 => "BLOCK_UNTIL_READY",
            /// End with NOT_FOUND.
            FailIfNotReady = 1 => "FAIL_IF_NOT_READY",
        }
    }

    enumeration! {
        /// What to do if the orderer's chain has failed.
        pub enum SeekErrorResponse {
            /// End with SERVICE_UNAVAILABLE.
            Strict = 0 => "STRICT",
            /// Deliver what there is.
            BestEffort = 1 => "BEST_EFFORT",
        }
    }

    enumeration! {
        /// Whole blocks, or less.
        pub enum SeekContentType {
            /// Whole blocks.
            Block = 0 => "BLOCK",
            /// Header and signatures; configuration blocks come whole.
            HeaderWithSig = 1 => "HEADER_WITH_SIG",
        }
    }
}

/// One answer on an orderer's deliver stream.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct DeliverResponse {
    /// Which answer.
    #[prost(oneof = "deliver_response::Type", tags = "1, 2")]
    pub r#type: Option<deliver_response::Type>,
}

/// Nested in [`DeliverResponse`].
pub mod deliver_response {
    /// One answer on an orderer's deliver stream.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Type {
        /// End of a seek request.
        #[prost(enumeration = "super::Status", tag = "1")]
        Status(i32),
        /// A block.
        #[prost(message, tag = "2")]
        Block(super::Block),
    }
}
