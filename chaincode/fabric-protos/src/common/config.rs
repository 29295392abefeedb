//! The channel's configuration tree and its updates.

use std::collections::BTreeMap;

use super::{Envelope, Policy};

/// Data of a configuration transaction.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ConfigEnvelope {
    /// The configuration after the update.
    #[prost(message, optional, tag = "1")]
    pub config: Option<Config>,
    /// The update that led to it; none in the genesis block.
    #[prost(message, optional, tag = "2")]
    pub last_update: Option<Envelope>,
}

/// A channel's whole configuration.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Config {
    /// Rises by one with each update.
    #[prost(uint64, tag = "1")]
    pub sequence: u64,
    /// Root of the tree, named `Channel` in paths.
    #[prost(message, optional, tag = "2")]
    pub channel_group: Option<ConfigGroup>,
}

/// A node of the configuration tree.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ConfigGroup {
    /// Rises with each change of the group itself.
    #[prost(uint64, tag = "1")]
    pub version: u64,
    /// Groups below this one, by name.
    #[prost(btree_map = "string, message", tag = "2")]
    pub groups: BTreeMap<String, ConfigGroup>,
    /// Values of this group, by key.
    #[prost(btree_map = "string, message", tag = "3")]
    pub values: BTreeMap<String, ConfigValue>,
    /// Policies of this group, by name.
    #[prost(btree_map = "string, message", tag = "4")]
    pub policies: BTreeMap<String, ConfigPolicy>,
    /// Name or path of the policy that a change of this group must satisfy.
    #[prost(string, tag = "5")]
    pub mod_policy: String,
}

/// One value of the configuration.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ConfigValue {
    /// Rises with each change.
    #[prost(uint64, tag = "1")]
    pub version: u64,
    /// A message that the key determines.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
    /// Policy that a change must satisfy.
    #[prost(string, tag = "3")]
    pub mod_policy: String,
}

/// One policy of the configuration.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ConfigPolicy {
    /// Rises with each change.
    #[prost(uint64, tag = "1")]
    pub version: u64,
    /// The policy itself.
    #[prost(message, optional, tag = "2")]
    pub policy: Option<Policy>,
    /// Policy that a change must satisfy.
    #[prost(string, tag = "3")]
    pub mod_policy: String,
}

/// A signed proposal to change the configuration.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ConfigUpdateEnvelope {
    /// A [`ConfigUpdate`].
    #[prost(bytes = "vec", tag = "1")]
    pub config_update: Vec<u8>,
    /// Signatures of those who agree.
    #[prost(message, repeated, tag = "2")]
    pub signatures: Vec<ConfigSignature>,
}

/// The difference between two configurations.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ConfigUpdate {
    /// The channel to change.
    #[prost(string, tag = "1")]
    pub channel_id: String,
    /// What the update relies on, by version.
    #[prost(message, optional, tag = "2")]
    pub read_set: Option<ConfigGroup>,
    /// What the update sets.
    #[prost(message, optional, tag = "3")]
    pub write_set: Option<ConfigGroup>,
    /// Data that take no part in the evaluation.
    #[prost(btree_map = "string, bytes", tag = "5")]
    pub isolated_data: BTreeMap<String, Vec<u8>>,
}

/// One signature on a configuration update.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ConfigSignature {
    /// A [`SignatureHeader`](crate::common::SignatureHeader).
    #[prost(bytes = "vec", tag = "1")]
    pub signature_header: Vec<u8>,
    /// Over the header's bytes followed by the update's.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
}
