//! What `_lifecycle` writes to the ledger's state.

/// Endorsement half of a definition.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeEndorsementInfo {
    /// Version of the chaincode.
    #[prost(string, tag = "1")]
    pub version: String,
    /// The chaincode must be initialized before use.
    #[prost(bool, tag = "2")]
    pub init_required: bool,
    /// Endorsement plugin, `escc` unless set.
    #[prost(string, tag = "3")]
    pub endorsement_plugin: String,
}

/// Validation half of a definition.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ChaincodeValidationInfo {
    /// Validation plugin, `vscc` unless set.
    #[prost(string, tag = "1")]
    pub validation_plugin: String,
    /// An [`ApplicationPolicy`](crate::protos::ApplicationPolicy): the endorsement policy.
    #[prost(bytes = "vec", tag = "2")]
    pub validation_parameter: Vec<u8>,
}

/// Says how a structure is spread over keys: key `namespaces/metadata/NAME`.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct StateMetadata {
    /// Name of the structure.
    #[prost(string, tag = "1")]
    pub datatype: String,
    /// Its fields, each with a key of its own.
    #[prost(string, repeated, tag = "2")]
    pub fields: Vec<String>,
}

/// One field: key `namespaces/fields/NAME/FIELD`.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct StateData {
    /// Its value.
    #[prost(oneof = "state_data::Type", tags = "1, 2, 3")]
    pub r#type: Option<state_data::Type>,
}

/// Nested in [`StateData`].
pub mod state_data {
    /// Value of a field.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Type {
        /// A number.
        #[prost(int64, tag = "1")]
        Int64(i64),
        /// Bytes.
        #[prost(bytes = "vec", tag = "2")]
        Bytes(Vec<u8>),
        /// Text.
        #[prost(string, tag = "3")]
        String(String),
    }
}
