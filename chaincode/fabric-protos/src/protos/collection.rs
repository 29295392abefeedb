//! Private data collections and endorsement policies of a chaincode definition.

use crate::common::SignaturePolicyEnvelope;

/// Endorsement policy of a chaincode.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ApplicationPolicy {
    /// Written out, or by reference.
    #[prost(oneof = "application_policy::Type", tags = "1, 2")]
    pub r#type: Option<application_policy::Type>,
}

/// Nested in [`ApplicationPolicy`].
pub mod application_policy {
    /// Written out, or by reference.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Type {
        /// The policy itself.
        #[prost(message, tag = "1")]
        SignaturePolicy(super::SignaturePolicyEnvelope),
        /// Path of a policy of the channel, such as `/Channel/Application/Endorsement`.
        #[prost(string, tag = "2")]
        ChannelConfigPolicyReference(String),
    }
}

/// All collections of a chaincode.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CollectionConfigPackage {
    /// The collections.
    #[prost(message, repeated, tag = "1")]
    pub config: Vec<CollectionConfig>,
}

/// One collection.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CollectionConfig {
    /// Its kind.
    #[prost(oneof = "collection_config::Payload", tags = "1")]
    pub payload: Option<collection_config::Payload>,
}

/// Nested in [`CollectionConfig`].
pub mod collection_config {
    /// Kind of a collection.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Payload {
        /// Named in the definition; the only kind.
        #[prost(message, tag = "1")]
        StaticCollectionConfig(super::StaticCollectionConfig),
    }
}

/// A collection with fixed members.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct StaticCollectionConfig {
    /// Name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Who gets the data.
    #[prost(message, optional, tag = "2")]
    pub member_orgs_policy: Option<CollectionPolicyConfig>,
    /// Peers that must have the data before an endorsement is given.
    #[prost(int32, tag = "3")]
    pub required_peer_count: i32,
    /// Peers that the endorser tries to send the data to.
    #[prost(int32, tag = "4")]
    pub maximum_peer_count: i32,
    /// Blocks after which the data are purged; 0 keeps them.
    #[prost(uint64, tag = "5")]
    pub block_to_live: u64,
    /// Only members' clients may read.
    #[prost(bool, tag = "6")]
    pub member_only_read: bool,
    /// Only members' clients may write.
    #[prost(bool, tag = "7")]
    pub member_only_write: bool,
    /// Replaces the chaincode's endorsement policy for this collection.
    #[prost(message, optional, tag = "8")]
    pub endorsement_policy: Option<ApplicationPolicy>,
}

/// Who gets a collection's data.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CollectionPolicyConfig {
    /// Its kind.
    #[prost(oneof = "collection_policy_config::Payload", tags = "1")]
    pub payload: Option<collection_policy_config::Payload>,
}

/// Nested in [`CollectionPolicyConfig`].
pub mod collection_policy_config {
    /// Kind of a collection's policy.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Payload {
        /// The only kind.
        #[prost(message, tag = "1")]
        SignaturePolicy(super::SignaturePolicyEnvelope),
    }
}
