//! Package `rwset`: read and write sets of a transaction, by namespace.

use crate::enumeration::enumeration;

/// What a transaction read and wrote.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct TxReadWriteSet {
    /// Always key-value.
    #[prost(enumeration = "tx_read_write_set::DataModel", tag = "1")]
    pub data_model: i32,
    /// One per namespace, sorted by name.
    #[prost(message, repeated, tag = "2")]
    pub ns_rwset: Vec<NsReadWriteSet>,
}

/// Nested in [`TxReadWriteSet`].
pub mod tx_read_write_set {
    use super::enumeration;

    enumeration! {
        /// Model of the state.
        pub enum DataModel {
            /// Key-value.
            Kv = 0 => "KV",
        }
    }
}

/// The set of one namespace, that is, chaincode.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct NsReadWriteSet {
    /// Name of the chaincode.
    #[prost(string, tag = "1")]
    pub namespace: String,
    /// A [`KvrwSet`](crate::kvrwset::KvrwSet).
    #[prost(bytes = "vec", tag = "2")]
    pub rwset: Vec<u8>,
    /// Private collections, hashed.
    #[prost(message, repeated, tag = "3")]
    pub collection_hashed_rwset: Vec<CollectionHashedReadWriteSet>,
}

/// The public half of what was read and written in a private collection.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CollectionHashedReadWriteSet {
    /// Name of the collection.
    #[prost(string, tag = "1")]
    pub collection_name: String,
    /// A [`HashedRwSet`](crate::kvrwset::HashedRwSet).
    #[prost(bytes = "vec", tag = "2")]
    pub hashed_rwset: Vec<u8>,
    /// Hash of the private half.
    #[prost(bytes = "vec", tag = "3")]
    pub pvt_rwset_hash: Vec<u8>,
}

/// Private data of a transaction.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct TxPvtReadWriteSet {
    /// Always key-value.
    #[prost(enumeration = "tx_read_write_set::DataModel", tag = "1")]
    pub data_model: i32,
    /// One per namespace.
    #[prost(message, repeated, tag = "2")]
    pub ns_pvt_rwset: Vec<NsPvtReadWriteSet>,
}

/// Private data of one namespace.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct NsPvtReadWriteSet {
    /// Name of the chaincode.
    #[prost(string, tag = "1")]
    pub namespace: String,
    /// One per collection.
    #[prost(message, repeated, tag = "2")]
    pub collection_pvt_rwset: Vec<CollectionPvtReadWriteSet>,
}

/// Private data of one collection.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct CollectionPvtReadWriteSet {
    /// Name of the collection.
    #[prost(string, tag = "1")]
    pub collection_name: String,
    /// A [`KvrwSet`](crate::kvrwset::KvrwSet).
    #[prost(bytes = "vec", tag = "2")]
    pub rwset: Vec<u8>,
}
