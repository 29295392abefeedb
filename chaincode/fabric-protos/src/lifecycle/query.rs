//! Asking for definitions, approved and committed.

use std::collections::BTreeMap;

use super::ChaincodeSource;
use crate::protos::CollectionConfigPackage;

/// Asks what the own organization has approved.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryApprovedChaincodeDefinitionArgs {
    /// Name of the chaincode.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Which definition; 0 for the last one approved.
    #[prost(int64, tag = "2")]
    pub sequence: i64,
}

/// What the own organization has approved.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryApprovedChaincodeDefinitionResult {
    /// Rises by one with each commit of the name's definition.
    #[prost(int64, tag = "1")]
    pub sequence: i64,
    /// Version of the chaincode.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Endorsement plugin; empty for the default.
    #[prost(string, tag = "3")]
    pub endorsement_plugin: String,
    /// Validation plugin; empty for the default.
    #[prost(string, tag = "4")]
    pub validation_plugin: String,
    /// An [`ApplicationPolicy`](crate::protos::ApplicationPolicy): the endorsement policy.
    #[prost(bytes = "vec", tag = "5")]
    pub validation_parameter: Vec<u8>,
    /// Private data collections.
    #[prost(message, optional, tag = "6")]
    pub collections: Option<CollectionConfigPackage>,
    /// The chaincode must be initialized before use.
    #[prost(bool, tag = "7")]
    pub init_required: bool,
    /// The package that the organization runs for it.
    #[prost(message, optional, tag = "8")]
    pub source: Option<ChaincodeSource>,
}

/// Asks for all that the own organization has approved.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryApprovedChaincodeDefinitionsArgs {}

/// All that the own organization has approved.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryApprovedChaincodeDefinitionsResult {
    /// The definitions.
    #[prost(message, repeated, tag = "1")]
    pub approved_chaincode_definitions: Vec<query_approved_chaincode_definitions_result::ApprovedChaincodeDefinition>,
}

/// Nested in [`QueryApprovedChaincodeDefinitionsResult`].
pub mod query_approved_chaincode_definitions_result {
    use super::{ChaincodeSource, CollectionConfigPackage};

    /// An approved definition.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct ApprovedChaincodeDefinition {
        /// Name of the chaincode.
        #[prost(string, tag = "1")]
        pub name: String,
        /// Rises by one with each commit of the name's definition.
        #[prost(int64, tag = "2")]
        pub sequence: i64,
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
}

/// Asks for a committed definition.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryChaincodeDefinitionArgs {
    /// Name of the chaincode.
    #[prost(string, tag = "1")]
    pub name: String,
}

/// A committed definition.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryChaincodeDefinitionResult {
    /// Rises by one with each commit of the name's definition.
    #[prost(int64, tag = "1")]
    pub sequence: i64,
    /// Version of the chaincode.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Endorsement plugin; empty for the default.
    #[prost(string, tag = "3")]
    pub endorsement_plugin: String,
    /// Validation plugin; empty for the default.
    #[prost(string, tag = "4")]
    pub validation_plugin: String,
    /// An [`ApplicationPolicy`](crate::protos::ApplicationPolicy): the endorsement policy.
    #[prost(bytes = "vec", tag = "5")]
    pub validation_parameter: Vec<u8>,
    /// Private data collections.
    #[prost(message, optional, tag = "6")]
    pub collections: Option<CollectionConfigPackage>,
    /// The chaincode must be initialized before use.
    #[prost(bool, tag = "7")]
    pub init_required: bool,
    /// By organization: whether it has approved this definition.
    #[prost(btree_map = "string, bool", tag = "8")]
    pub approvals: BTreeMap<String, bool>,
}

/// Asks for all committed definitions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryChaincodeDefinitionsArgs {}

/// All committed definitions.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryChaincodeDefinitionsResult {
    /// The definitions.
    #[prost(message, repeated, tag = "1")]
    pub chaincode_definitions: Vec<query_chaincode_definitions_result::ChaincodeDefinition>,
}

/// Nested in [`QueryChaincodeDefinitionsResult`].
pub mod query_chaincode_definitions_result {
    use super::CollectionConfigPackage;

    /// A committed definition.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct ChaincodeDefinition {
        /// Name of the chaincode.
        #[prost(string, tag = "1")]
        pub name: String,
        /// Rises by one with each commit of the name's definition.
        #[prost(int64, tag = "2")]
        pub sequence: i64,
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
}
