//! A transaction's reads and writes, decoded from `rwset.TxReadWriteSet`.

use fabric_protos::kvrwset::{HashedRwSet, KvWrite, KvWriteHash, KvrwSet, Version as ReadVersion};
use fabric_protos::rwset::{CollectionHashedReadWriteSet, NsReadWriteSet, TxReadWriteSet};
use prost::{DecodeError, Message};
use sha2::{Digest, Sha256};

use super::state::Version;

/// One namespace's reads and writes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NamespaceSet {
    pub(crate) namespace: String,
    pub(crate) public: KvrwSet,
    pub(crate) collections: Vec<CollectionSet>,
}

/// The public half of a private data collection's reads and writes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CollectionSet {
    pub(crate) name: String,
    pub(crate) hashed: HashedRwSet,
}

impl NamespaceSet {
    /// Whether anything is written, values or metadata, public or hashed.
    pub(crate) fn writes(&self) -> bool {
        !self.public.writes.is_empty()
            || !self.public.metadata_writes.is_empty()
            || self
                .collections
                .iter()
                .any(|set| !set.hashed.hashed_writes.is_empty() || !set.hashed.metadata_writes.is_empty())
    }
}

/// Reads the namespaces' sets.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<NamespaceSet>, DecodeError> {
    TxReadWriteSet::decode(bytes)?.ns_rwset.into_iter().map(decode_namespace).collect()
}

fn decode_namespace(set: NsReadWriteSet) -> Result<NamespaceSet, DecodeError> {
    Ok(NamespaceSet {
        namespace: set.namespace,
        public: KvrwSet::decode(set.rwset.as_slice())?,
        collections: set.collection_hashed_rwset.into_iter().map(decode_collection).collect::<Result<_, _>>()?,
    })
}

fn decode_collection(set: CollectionHashedReadWriteSet) -> Result<CollectionSet, DecodeError> {
    Ok(CollectionSet { name: set.collection_name, hashed: HashedRwSet::decode(set.hashed_rwset.as_slice())? })
}

/// Whether the write is a delete: marked so, or without a value (Fabric's FAB-18386).
pub(crate) fn is_delete(write: &KvWrite) -> bool {
    write.is_delete || write.value.is_empty()
}

/// Whether the hashed write is a delete: marked so, without a hash, or with the hash of nothing.
pub(crate) fn is_hashed_delete(write: &KvWriteHash) -> bool {
    write.is_delete || write.value_hash.is_empty() || write.value_hash == Sha256::digest([]).as_slice()
}

impl From<ReadVersion> for Version {
    fn from(version: ReadVersion) -> Self {
        Self { block: version.block_num, transaction: version.tx_num }
    }
}

impl From<Version> for ReadVersion {
    fn from(version: Version) -> Self {
        Self { block_num: version.block, tx_num: version.transaction }
    }
}
