//! Package `orderer.smartbft`: BFT ordering. Durations are in Go's notation, such as `50ms`.

/// Metadata of [`ConsensusType`](super::ConsensusType) for BFT.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Options {
    /// Most requests of a batch.
    #[prost(uint64, tag = "1")]
    pub request_batch_max_count: u64,
    /// Most bytes of a batch.
    #[prost(uint64, tag = "2")]
    pub request_batch_max_bytes: u64,
    /// Longest wait for a batch.
    #[prost(string, tag = "3")]
    pub request_batch_max_interval: String,
    /// Most incoming messages that wait.
    #[prost(uint64, tag = "4")]
    pub incoming_message_buffer_size: u64,
    /// Most requests that wait.
    #[prost(uint64, tag = "5")]
    pub request_pool_size: u64,
    /// Wait before a request is sent on to the leader.
    #[prost(string, tag = "6")]
    pub request_forward_timeout: String,
    /// Wait after that before the node complains.
    #[prost(string, tag = "7")]
    pub request_complain_timeout: String,
    /// Wait after that before the request is dropped.
    #[prost(string, tag = "8")]
    pub request_auto_remove_timeout: String,
    /// Most bytes of a request.
    #[prost(uint64, tag = "9")]
    pub request_max_bytes: u64,
    /// Time between repeated view changes.
    #[prost(string, tag = "10")]
    pub view_change_resend_interval: String,
    /// Longest view change.
    #[prost(string, tag = "11")]
    pub view_change_timeout: String,
    /// Silence after which the leader is doubted.
    #[prost(string, tag = "12")]
    pub leader_heartbeat_timeout: String,
    /// Heartbeats in that time.
    #[prost(uint64, tag = "13")]
    pub leader_heartbeat_count: u64,
    /// Longest wait for the others' states.
    #[prost(string, tag = "14")]
    pub collect_timeout: String,
    /// Synchronize at start.
    #[prost(bool, tag = "15")]
    pub sync_on_start: bool,
    /// Join a view change on fewer messages.
    #[prost(bool, tag = "16")]
    pub speed_up_view_change: bool,
    /// Whether the leader rotates.
    #[prost(enumeration = "options::Rotation", tag = "17")]
    pub leader_rotation: i32,
    /// Blocks of one leader.
    #[prost(uint64, tag = "18")]
    pub decisions_per_leader: u64,
}

/// Nested in [`Options`].
pub mod options {
    use crate::enumeration::enumeration;

    enumeration! {
        /// Whether the leader rotates.
        pub enum Rotation {
            /// Not said.
            Unspecified = 0 => "ROTATION_UNSPECIFIED",
            /// It stays.
            Off = 1 => "ROTATION_OFF",
            /// It rotates.
            On = 2 => "ROTATION_ON",
        }
    }
}
