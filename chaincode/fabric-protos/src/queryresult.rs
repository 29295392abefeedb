//! Package `queryresult`: elements of query results.

use prost_types::Timestamp;

/// A key with its value, from a range or rich query.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Kv {
    /// Name of the chaincode.
    #[prost(string, tag = "1")]
    pub namespace: String,
    /// The key.
    #[prost(string, tag = "2")]
    pub key: String,
    /// Its value.
    #[prost(bytes = "vec", tag = "3")]
    pub value: Vec<u8>,
}

/// One change of a key, from a history query.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KeyModification {
    /// The transaction that made it.
    #[prost(string, tag = "1")]
    pub tx_id: String,
    /// The value then.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
    /// The transaction's timestamp, set by its client.
    #[prost(message, optional, tag = "3")]
    pub timestamp: Option<Timestamp>,
    /// The key was deleted.
    #[prost(bool, tag = "4")]
    pub is_delete: bool,
}
