//! Values of the channel group and of the ordering group.

use std::collections::BTreeMap;

/// Value `HashingAlgorithm`: how blocks are hashed.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct HashingAlgorithm {
    /// Always `SHA256`.
    #[prost(string, tag = "1")]
    pub name: String,
}

/// Value `BlockDataHashingStructure`: shape of the tree over a block's data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct BlockDataHashingStructure {
    /// Always the largest `u32`: one flat hash.
    #[prost(uint32, tag = "1")]
    pub width: u32,
}

/// Values `OrdererAddresses` (channel) and `Endpoints` (ordering organization).
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct OrdererAddresses {
    /// Each `host:port`.
    #[prost(string, repeated, tag = "1")]
    pub addresses: Vec<String>,
}

/// Value `Orderers`: the nodes of a BFT channel.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Orderers {
    /// All consenters.
    #[prost(message, repeated, tag = "1")]
    pub consenter_mapping: Vec<Consenter>,
}

/// A node that takes part in BFT ordering.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Consenter {
    /// Number that block signatures refer to.
    #[prost(uint32, tag = "1")]
    pub id: u32,
    /// Host of its cluster listener.
    #[prost(string, tag = "2")]
    pub host: String,
    /// Port of its cluster listener.
    #[prost(uint32, tag = "3")]
    pub port: u32,
    /// Its organization.
    #[prost(string, tag = "4")]
    pub msp_id: String,
    /// Its signing certificate, PEM.
    #[prost(bytes = "vec", tag = "5")]
    pub identity: Vec<u8>,
    /// Its TLS client certificate, PEM.
    #[prost(bytes = "vec", tag = "6")]
    pub client_tls_cert: Vec<u8>,
    /// Its TLS server certificate, PEM.
    #[prost(bytes = "vec", tag = "7")]
    pub server_tls_cert: Vec<u8>,
}

/// Value `Consortium`: left from the system channel.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Consortium {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
}

/// Value `Capabilities`: which protocol versions all nodes must know.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Capabilities {
    /// By name, for example `V3_0`.
    #[prost(btree_map = "string, message", tag = "1")]
    pub capabilities: BTreeMap<String, Capability>,
}

/// Present means required.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Capability {}
