//! Package `kvrwset`: reads, ranges and writes of one namespace.

/// What a transaction read and wrote in one namespace.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KvrwSet {
    /// Single keys read, sorted.
    #[prost(message, repeated, tag = "1")]
    pub reads: Vec<KvRead>,
    /// Ranges read, in order of the queries.
    #[prost(message, repeated, tag = "2")]
    pub range_queries_info: Vec<RangeQueryInfo>,
    /// Writes, sorted by key.
    #[prost(message, repeated, tag = "3")]
    pub writes: Vec<KvWrite>,
    /// Writes of key-level metadata, sorted by key.
    #[prost(message, repeated, tag = "4")]
    pub metadata_writes: Vec<KvMetadataWrite>,
}

/// The same for a private collection, with hashed keys and values.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct HashedRwSet {
    /// Keys read.
    #[prost(message, repeated, tag = "1")]
    pub hashed_reads: Vec<KvReadHash>,
    /// Writes.
    #[prost(message, repeated, tag = "2")]
    pub hashed_writes: Vec<KvWriteHash>,
    /// Writes of key-level metadata.
    #[prost(message, repeated, tag = "3")]
    pub metadata_writes: Vec<KvMetadataWriteHash>,
}

/// A key and the version that was read.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KvRead {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its version; none if the key did not exist.
    #[prost(message, optional, tag = "2")]
    pub version: Option<Version>,
}

/// A key's new value, or its end.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KvWrite {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// The key is deleted.
    #[prost(bool, tag = "2")]
    pub is_delete: bool,
    /// The new value.
    #[prost(bytes = "vec", tag = "3")]
    pub value: Vec<u8>,
}

/// A key's new metadata, all of them; no entries remove them.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KvMetadataWrite {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Sorted by name.
    #[prost(message, repeated, tag = "2")]
    pub entries: Vec<KvMetadataEntry>,
}

/// A hashed key and the version that was read.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KvReadHash {
    /// SHA-256 of the key.
    #[prost(bytes = "vec", tag = "1")]
    pub key_hash: Vec<u8>,
    /// Its version; none if the key did not exist.
    #[prost(message, optional, tag = "2")]
    pub version: Option<Version>,
}

/// A hashed key's new value, or its end.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KvWriteHash {
    /// SHA-256 of the key.
    #[prost(bytes = "vec", tag = "1")]
    pub key_hash: Vec<u8>,
    /// The key is deleted.
    #[prost(bool, tag = "2")]
    pub is_delete: bool,
    /// SHA-256 of the value.
    #[prost(bytes = "vec", tag = "3")]
    pub value_hash: Vec<u8>,
    /// The key's history is to be forgotten as well.
    #[prost(bool, tag = "4")]
    pub is_purge: bool,
}

/// A hashed key's new metadata.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KvMetadataWriteHash {
    /// SHA-256 of the key.
    #[prost(bytes = "vec", tag = "1")]
    pub key_hash: Vec<u8>,
    /// Sorted by name.
    #[prost(message, repeated, tag = "2")]
    pub entries: Vec<KvMetadataEntry>,
}

/// One entry of a key's metadata, such as its endorsement policy.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct KvMetadataEntry {
    /// Name, such as `VALIDATION_PARAMETER`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Value.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// Which transaction wrote a key last.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Message)]
pub struct Version {
    /// Its block.
    #[prost(uint64, tag = "1")]
    pub block_num: u64,
    /// Its place in the block.
    #[prost(uint64, tag = "2")]
    pub tx_num: u64,
}

/// A range query and what it found, for the check against phantoms.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct RangeQueryInfo {
    /// First key, inclusive.
    #[prost(string, tag = "1")]
    pub start_key: String,
    /// Last key, exclusive unless it is itself a result and the range was left early.
    #[prost(string, tag = "2")]
    pub end_key: String,
    /// The query was read to its end.
    #[prost(bool, tag = "3")]
    pub itr_exhausted: bool,
    /// The results, whole or summarised.
    #[prost(oneof = "range_query_info::ReadsInfo", tags = "4, 5")]
    pub reads_info: Option<range_query_info::ReadsInfo>,
}

/// Nested in [`RangeQueryInfo`].
pub mod range_query_info {
    /// Results of a range query.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum ReadsInfo {
        /// All of them.
        #[prost(message, tag = "4")]
        RawReads(super::QueryReads),
        /// Hashes over them.
        #[prost(message, tag = "5")]
        ReadsMerkleHashes(super::QueryReadsMerkleSummary),
    }
}

/// Results of a range query.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryReads {
    /// In key order.
    #[prost(message, repeated, tag = "1")]
    pub kv_reads: Vec<KvRead>,
}

/// Merkle summary of a long range query.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct QueryReadsMerkleSummary {
    /// Most children of a node.
    #[prost(uint32, tag = "1")]
    pub max_degree: u32,
    /// Level of the hashes, leaves being 1.
    #[prost(uint32, tag = "2")]
    pub max_level: u32,
    /// The hashes of that level.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub max_level_hashes: Vec<Vec<u8>>,
}
