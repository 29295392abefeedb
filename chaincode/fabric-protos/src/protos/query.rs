//! Results of the peer's system chaincodes.

/// Answer of lscc `GetChaincodes`.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeQueryResponse {
    /// The chaincodes.
    #[prost(message, repeated, tag = "1")]
    pub chaincodes: Vec<ChaincodeInfo>,
}

/// A chaincode of the old lifecycle.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeInfo {
    /// Name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Version.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Source path.
    #[prost(string, tag = "3")]
    pub path: String,
    /// Input of its instantiation.
    #[prost(string, tag = "4")]
    pub input: String,
    /// Endorsement plugin.
    #[prost(string, tag = "5")]
    pub escc: String,
    /// Validation plugin.
    #[prost(string, tag = "6")]
    pub vscc: String,
    /// Hash that identifies the package.
    #[prost(bytes = "vec", tag = "7")]
    pub id: Vec<u8>,
}

/// Answer of cscc `GetChannels`.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChannelQueryResponse {
    /// Channels that the peer has joined.
    #[prost(message, repeated, tag = "1")]
    pub channels: Vec<ChannelInfo>,
}

/// A channel.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChannelInfo {
    /// Its name.
    #[prost(string, tag = "1")]
    pub channel_id: String,
}

/// Answer of cscc `JoinBySnapshotStatus`.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct JoinBySnapshotStatus {
    /// The peer is joining from a snapshot.
    #[prost(bool, tag = "1")]
    pub in_progress: bool,
    /// From this folder.
    #[prost(string, tag = "2")]
    pub bootstrapping_snapshot_dir: String,
}
