//! Approving and committing a chaincode's definition.

use std::collections::BTreeMap;

use crate::protos::CollectionConfigPackage;

/// An organization approves a definition.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ApproveChaincodeDefinitionForMyOrgArgs {
    /// Rises by one with each commit of the name's definition.
    #[prost(int64, tag = "1")]
    pub sequence: i64,
    /// Name of the chaincode.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Version of the chaincode.
    #[prost(string, tag = "3")]
    pub version: String,
    /// Endorsement plugin; empty for the default.
    #[prost(string, tag = "4")]
    pub endorsement_plugin: String,
    /// Validation plugin; empty for the default.
    #[prost(string, tag = "5")]
    pub validation_plugin: String,
    /// An [`ApplicationPolicy`](crate::protos::ApplicationPolicy): the endorsement policy.
    #[prost(bytes = "vec", tag = "6")]
    pub validation_parameter: Vec<u8>,
    /// Private data collections.
    #[prost(message, optional, tag = "7")]
    pub collections: Option<CollectionConfigPackage>,
    /// The chaincode must be initialized before use.
    #[prost(bool, tag = "8")]
    pub init_required: bool,
    /// The package that the organization runs for it.
    #[prost(message, optional, tag = "9")]
    pub source: Option<ChaincodeSource>,
}

/// The package that an organization runs for a definition.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeSource {
    /// Which one, if any.
    #[prost(oneof = "chaincode_source::Type", tags = "1, 2")]
    pub r#type: Option<chaincode_source::Type>,
}

/// Nested in [`ChaincodeSource`].
pub mod chaincode_source {
    /// The organization runs no package.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
    pub struct Unavailable {}

    /// A package installed on the organization's peers.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct Local {
        /// `label:hash`.
        #[prost(string, tag = "1")]
        pub package_id: String,
    }

    /// Which package, if any.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Type {
        /// None.
        #[prost(message, tag = "1")]
        Unavailable(Unavailable),
        /// An installed one.
        #[prost(message, tag = "2")]
        LocalPackage(Local),
    }
}

/// The approval is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct ApproveChaincodeDefinitionForMyOrgResult {}

/// Commits a definition that enough organizations have approved.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CommitChaincodeDefinitionArgs {
    /// Rises by one with each commit of the name's definition.
    #[prost(int64, tag = "1")]
    pub sequence: i64,
    /// Name of the chaincode.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Version of the chaincode.
    #[prost(string, tag = "3")]
    pub version: String,
    /// Endorsement plugin; empty for the default.
    #[prost(string, tag = "4")]
    pub endorsement_plugin: String,
    /// Validation plugin; empty for the default.
    #[prost(string, tag = "5")]
    pub validation_plugin: String,
    /// An [`ApplicationPolicy`](crate::protos::ApplicationPolicy): the endorsement policy.
    #[prost(bytes = "vec", tag = "6")]
    pub validation_parameter: Vec<u8>,
    /// Private data collections.
    #[prost(message, optional, tag = "7")]
    pub collections: Option<CollectionConfigPackage>,
    /// The chaincode must be initialized before use.
    #[prost(bool, tag = "8")]
    pub init_required: bool,
}

/// The definition is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct CommitChaincodeDefinitionResult {}

/// Asks which organizations have approved a definition.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CheckCommitReadinessArgs {
    /// Rises by one with each commit of the name's definition.
    #[prost(int64, tag = "1")]
    pub sequence: i64,
    /// Name of the chaincode.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Version of the chaincode.
    #[prost(string, tag = "3")]
    pub version: String,
    /// Endorsement plugin; empty for the default.
    #[prost(string, tag = "4")]
    pub endorsement_plugin: String,
    /// Validation plugin; empty for the default.
    #[prost(string, tag = "5")]
    pub validation_plugin: String,
    /// An [`ApplicationPolicy`](crate::protos::ApplicationPolicy): the endorsement policy.
    #[prost(bytes = "vec", tag = "6")]
    pub validation_parameter: Vec<u8>,
    /// Private data collections.
    #[prost(message, optional, tag = "7")]
    pub collections: Option<CollectionConfigPackage>,
    /// The chaincode must be initialized before use.
    #[prost(bool, tag = "8")]
    pub init_required: bool,
}

/// Which organizations have approved a definition.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CheckCommitReadinessResult {
    /// By organization: whether it has approved this definition.
    #[prost(btree_map = "string, bool", tag = "1")]
    pub approvals: BTreeMap<String, bool>,
    /// By organization: what it has approved differently.
    #[prost(btree_map = "string, message", tag = "2")]
    pub mismatches: BTreeMap<String, check_commit_readiness_result::Mismatches>,
}

/// Nested in [`CheckCommitReadinessResult`].
pub mod check_commit_readiness_result {
    /// What an organization has approved differently.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct Mismatches {
        /// Names of the parts that differ.
        #[prost(string, repeated, tag = "1")]
        pub items: Vec<String>,
    }
}
