//! Package `etcdraft`: Raft ordering.

/// Metadata of [`ConsensusType`](crate::orderer::ConsensusType) for Raft.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ConfigMetadata {
    /// The nodes.
    #[prost(message, repeated, tag = "1")]
    pub consenters: Vec<Consenter>,
    /// Raft's settings.
    #[prost(message, optional, tag = "2")]
    pub options: Option<Options>,
}

/// A node of the Raft cluster.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Consenter {
    /// Host of its cluster listener.
    #[prost(string, tag = "1")]
    pub host: String,
    /// Port of its cluster listener.
    #[prost(uint32, tag = "2")]
    pub port: u32,
    /// Its TLS client certificate, PEM.
    #[prost(bytes = "vec", tag = "3")]
    pub client_tls_cert: Vec<u8>,
    /// Its TLS server certificate, PEM.
    #[prost(bytes = "vec", tag = "4")]
    pub server_tls_cert: Vec<u8>,
}

/// Raft's settings.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Options {
    /// Length of a tick, such as `500ms`.
    #[prost(string, tag = "1")]
    pub tick_interval: String,
    /// Ticks without a leader before an election.
    #[prost(uint32, tag = "2")]
    pub election_tick: u32,
    /// Ticks between heartbeats.
    #[prost(uint32, tag = "3")]
    pub heartbeat_tick: u32,
    /// Most blocks under way.
    #[prost(uint32, tag = "4")]
    pub max_inflight_blocks: u32,
    /// Bytes after which a snapshot is taken.
    #[prost(uint32, tag = "5")]
    pub snapshot_interval_size: u32,
}

/// Consenter metadata of a block.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct BlockMetadata {
    /// Raft ids of the nodes, in the configuration's order.
    #[prost(uint64, repeated, tag = "1")]
    pub consenter_ids: Vec<u64>,
    /// Id of the next node to join.
    #[prost(uint64, tag = "2")]
    pub next_consenter_id: u64,
    /// Index of the block in Raft's log.
    #[prost(uint64, tag = "3")]
    pub raft_index: u64,
}

/// What a leader tells about the cluster.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ClusterMetadata {
    /// Raft ids of the nodes that answer.
    #[prost(uint64, repeated, tag = "1")]
    pub active_nodes: Vec<u64>,
}
