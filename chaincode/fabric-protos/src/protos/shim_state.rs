//! Payloads of the chaincode's ledger calls and of their answers.
//!
//! An empty `collection` means the public state.

/// Reads a key.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct GetState {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Private collection.
    #[prost(string, tag = "2")]
    pub collection: String,
}

/// Reads several keys at once.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct GetStateMultiple {
    /// The keys.
    #[prost(string, repeated, tag = "1")]
    pub keys: Vec<String>,
    /// Private collection.
    #[prost(string, tag = "2")]
    pub collection: String,
}

/// Values of several keys.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct GetStateMultipleResult {
    /// In the keys' order; empty where a key does not exist.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub values: Vec<Vec<u8>>,
}

/// Reads a key's metadata.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct GetStateMetadata {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Private collection.
    #[prost(string, tag = "2")]
    pub collection: String,
}

/// Writes a key.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct PutState {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
    /// Private collection.
    #[prost(string, tag = "3")]
    pub collection: String,
}

/// Sets one entry of a key's metadata.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct PutStateMetadata {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Private collection.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// The entry.
    #[prost(message, optional, tag = "4")]
    pub metadata: Option<StateMetadata>,
}

/// Deletes a key.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct DelState {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Private collection.
    #[prost(string, tag = "2")]
    pub collection: String,
}

/// Deletes a private key with its history.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct PurgePrivateState {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Private collection.
    #[prost(string, tag = "2")]
    pub collection: String,
}

/// Several writes at once.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct WriteBatchState {
    /// The writes.
    #[prost(message, repeated, tag = "1")]
    pub rec: Vec<WriteRecord>,
}

/// One write of a batch.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct WriteRecord {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value, for PUT_STATE.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
    /// Private collection.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// The entry, for PUT_STATE_METADATA.
    #[prost(message, optional, tag = "4")]
    pub metadata: Option<StateMetadata>,
    /// Kind of the write.
    #[prost(enumeration = "write_record::Type", tag = "5")]
    pub r#type: i32,
}

/// Nested in [`WriteRecord`].
pub mod write_record {
    use crate::enumeration::enumeration;

    enumeration! {
        /// Kind of a write; numbers as in [`chaincode_message::Type`](crate::protos::chaincode_message::Type).
        pub enum Type {
            /// Never sent.
            Undefined = 0 => "UNDEFINED",
            /// Writes a key.
            PutState = 9 => "PUT_STATE",
            /// Deletes a key.
            DelState = 10 => "DEL_STATE",
            /// Sets an entry of a key's metadata.
            PutStateMetadata = 21 => "PUT_STATE_METADATA",
            /// Deletes a private key with its history.
            PurgePrivateData = 23 => "PURGE_PRIVATE_DATA",
        }
    }
}

/// Opens a range query.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct GetStateByRange {
    /// First key, inclusive.
    #[prost(string, tag = "1")]
    pub start_key: String,
    /// Last key, exclusive; empty for no end.
    #[prost(string, tag = "2")]
    pub end_key: String,
    /// Private collection.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// A [`QueryMetadata`] if the query is paged.
    #[prost(bytes = "vec", tag = "4")]
    pub metadata: Vec<u8>,
}

/// Opens a rich query, on state databases that have them.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct GetQueryResult {
    /// The query in the database's language.
    #[prost(string, tag = "1")]
    pub query: String,
    /// Private collection.
    #[prost(string, tag = "2")]
    pub collection: String,
    /// A [`QueryMetadata`] if the query is paged.
    #[prost(bytes = "vec", tag = "3")]
    pub metadata: Vec<u8>,
}

/// Asks for one page.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryMetadata {
    /// Most results of the page.
    #[prost(int32, tag = "1")]
    pub page_size: i32,
    /// Where the page before ended; empty for the first.
    #[prost(string, tag = "2")]
    pub bookmark: String,
}

/// Opens a query for all values that a key had.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct GetHistoryForKey {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
}

/// Asks for more results of an open query.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryStateNext {
    /// [`QueryResponse::id`].
    #[prost(string, tag = "1")]
    pub id: String,
}

/// Closes an open query.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryStateClose {
    /// [`QueryResponse::id`].
    #[prost(string, tag = "1")]
    pub id: String,
}

/// One result of a query.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryResultBytes {
    /// A [`Kv`](crate::queryresult::Kv) or a [`KeyModification`](crate::queryresult::KeyModification).
    #[prost(bytes = "vec", tag = "1")]
    pub result_bytes: Vec<u8>,
}

/// Some results of a query.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryResponse {
    /// The results.
    #[prost(message, repeated, tag = "1")]
    pub results: Vec<QueryResultBytes>,
    /// There are more: ask with the id.
    #[prost(bool, tag = "2")]
    pub has_more: bool,
    /// Names the open query within its transaction.
    #[prost(string, tag = "3")]
    pub id: String,
    /// A [`QueryResponseMetadata`] if the query is paged.
    #[prost(bytes = "vec", tag = "4")]
    pub metadata: Vec<u8>,
}

/// What a paged query says about its page.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryResponseMetadata {
    /// Results in the page.
    #[prost(int32, tag = "1")]
    pub fetched_records_count: i32,
    /// Start of the next page; empty at the end.
    #[prost(string, tag = "2")]
    pub bookmark: String,
}

/// One entry of a key's metadata.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct StateMetadata {
    /// Name, such as `VALIDATION_PARAMETER`.
    #[prost(string, tag = "1")]
    pub metakey: String,
    /// Value.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// All entries of a key's metadata.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct StateMetadataResult {
    /// The entries.
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<StateMetadata>,
}
