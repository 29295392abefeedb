//! Chaincode: its names, inputs and deployment.

use std::collections::BTreeMap;

use super::Endorsement;
use crate::common::SignaturePolicyEnvelope;

/// Names a chaincode.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeId {
    /// Source path; unused since the new lifecycle.
    #[prost(string, tag = "1")]
    pub path: String,
    /// Name; in REGISTER the package id.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Version of the definition.
    #[prost(string, tag = "3")]
    pub version: String,
}

/// Function and arguments of an invocation.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeInput {
    /// The function's name, then its arguments.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub args: Vec<Vec<u8>>,
    /// Added by the peer's decorators.
    #[prost(btree_map = "string, bytes", tag = "2")]
    pub decorations: BTreeMap<String, Vec<u8>>,
    /// The invocation initializes the chaincode.
    #[prost(bool, tag = "3")]
    pub is_init: bool,
}

/// A chaincode with an input.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeSpec {
    /// Language of the chaincode.
    #[prost(enumeration = "chaincode_spec::Type", tag = "1")]
    pub r#type: i32,
    /// Which chaincode.
    #[prost(message, optional, tag = "2")]
    pub chaincode_id: Option<ChaincodeId>,
    /// What to do.
    #[prost(message, optional, tag = "3")]
    pub input: Option<ChaincodeInput>,
    /// Unused.
    #[prost(int32, tag = "4")]
    pub timeout: i32,
}

/// Nested in [`ChaincodeSpec`].
pub mod chaincode_spec {
    use crate::enumeration::enumeration;

    enumeration! {
        /// Language of a chaincode. Peers do not act on it since the new lifecycle.
        pub enum Type {
            /// Not said.
            Undefined = 0 => "UNDEFINED",
            /// Go.
            Golang = 1 => "GOLANG",
            /// JavaScript.
            Node = 2 => "NODE",
            /// An archive.
            Car = 3 => "CAR",
            /// Java.
            Java = 4 => "JAVA",
        }
    }
}

/// Input of a proposal; [`ChaincodeProposalPayload::input`](super::ChaincodeProposalPayload::input).
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeInvocationSpec {
    /// The chaincode and its input.
    #[prost(message, optional, tag = "1")]
    pub chaincode_spec: Option<ChaincodeSpec>,
}

/// Package of the old lifecycle.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeDeploymentSpec {
    /// What is deployed.
    #[prost(message, optional, tag = "1")]
    pub chaincode_spec: Option<ChaincodeSpec>,
    /// Its code, tar.gz.
    #[prost(bytes = "vec", tag = "3")]
    pub code_package: Vec<u8>,
}

/// Package of the old lifecycle with its owners' signatures.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct SignedChaincodeDeploymentSpec {
    /// A [`ChaincodeDeploymentSpec`].
    #[prost(bytes = "vec", tag = "1")]
    pub chaincode_deployment_spec: Vec<u8>,
    /// A [`SignaturePolicyEnvelope`]: who may instantiate it.
    #[prost(bytes = "vec", tag = "2")]
    pub instantiation_policy: Vec<u8>,
    /// The owners' signatures.
    #[prost(message, repeated, tag = "3")]
    pub owner_endorsements: Vec<Endorsement>,
}

/// Event of the lifecycle itself.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct LifecycleEvent {
    /// The chaincode that changed.
    #[prost(string, tag = "1")]
    pub chaincode_name: String,
}

/// Hashes of a package of the old lifecycle.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CdsData {
    /// Of the code.
    #[prost(bytes = "vec", tag = "1")]
    pub hash: Vec<u8>,
    /// Of name and version.
    #[prost(bytes = "vec", tag = "2")]
    pub metadatahash: Vec<u8>,
}

/// A chaincode's entry in the state of the old lifecycle; cscc and lscc still answer with it.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeData {
    /// Name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Version.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Endorsement plugin.
    #[prost(string, tag = "3")]
    pub escc: String,
    /// Validation plugin.
    #[prost(string, tag = "4")]
    pub vscc: String,
    /// Endorsement policy.
    #[prost(message, optional, tag = "5")]
    pub policy: Option<SignaturePolicyEnvelope>,
    /// A [`CdsData`].
    #[prost(bytes = "vec", tag = "6")]
    pub data: Vec<u8>,
    /// Hash that identifies the package.
    #[prost(bytes = "vec", tag = "7")]
    pub id: Vec<u8>,
    /// Who may instantiate it.
    #[prost(message, optional, tag = "8")]
    pub instantiation_policy: Option<SignaturePolicyEnvelope>,
}
