//! Values of the application group of a channel's configuration.

use std::collections::BTreeMap;

/// Value `AnchorPeers` of an organization.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct AnchorPeers {
    /// Peers that other organizations contact first.
    #[prost(message, repeated, tag = "1")]
    pub anchor_peers: Vec<AnchorPeer>,
}

/// One anchor peer.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct AnchorPeer {
    /// Host.
    #[prost(string, tag = "1")]
    pub host: String,
    /// Port.
    #[prost(int32, tag = "2")]
    pub port: i32,
}

/// Value `ACLs`: policies of the peer's own functions.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct AcLs {
    /// By function, such as `qscc/GetChainInfo`.
    #[prost(btree_map = "string, message", tag = "1")]
    pub acls: BTreeMap<String, ApiResource>,
}

/// Policy of one function.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ApiResource {
    /// Path or name of the policy.
    #[prost(string, tag = "1")]
    pub policy_ref: String,
}
