//! What is in an endorsed transaction.

use fabric_protos::kvrwset::{HashedRwSet, KvMetadataEntry, KvMetadataWrite, KvrwSet, RangeQueryInfo};
use fabric_protos::protos::{ChaincodeEvent, ChaincodeInvocationSpec, ChaincodeProposalPayload};
use fabric_protos::rwset::TxReadWriteSet;
use prost::{DecodeError, Message};

use crate::state::{Space, Version};

/// An endorsed transaction, as far as an auditor has to do with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    /// MSP id of the client that created it.
    pub(crate) creator: String,
    /// What the client stamped it with, nanoseconds since the epoch.
    pub(crate) timestamp_ns: u64,
    /// The chaincode that was called.
    pub(crate) chaincode: String,
    /// The function's name and its arguments.
    pub(crate) arguments: Vec<Vec<u8>>,
    /// Its event, if it has one.
    pub(crate) event: Option<ChaincodeEvent>,
    /// MSP ids of those who endorsed it.
    pub(crate) endorsers: Vec<String>,
    /// What it read and wrote.
    pub(crate) sets: Vec<ReadWriteSet>,
}

/// What a transaction read and wrote in one space.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadWriteSet {
    pub(crate) space: Space,
    /// Keys with the version that was read, none if they did not exist.
    pub(crate) reads: Vec<(Vec<u8>, Option<Version>)>,
    pub(crate) ranges: Vec<RangeQueryInfo>,
    /// Keys with their new value, or none if they are deleted.
    pub(crate) writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Keys with their new metadata: a `KvMetadataWrite` without its key, empty for no entries.
    pub(crate) metadata: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Transaction {
    /// The function's name, without the contract's.
    pub(crate) fn function(&self) -> &str {
        let name = self.arguments.first().and_then(|name| std::str::from_utf8(name).ok()).unwrap_or("");
        name.rsplit_once(':').map_or(name, |(_, function)| function)
    }
}

impl ReadWriteSet {
    pub(crate) fn writes_anything(&self) -> bool {
        !self.writes.is_empty() || !self.metadata.is_empty()
    }

    fn public(namespace: &str, set: KvrwSet) -> Self {
        // A value of no bytes deletes as well.
        let written = |is_delete: bool, value: Vec<u8>| (!is_delete && !value.is_empty()).then_some(value);
        Self {
            space: Space::public(namespace),
            reads: set.reads.into_iter().map(|read| (read.key.into_bytes(), read.version.map(Into::into))).collect(),
            ranges: set.range_queries_info,
            writes: set
                .writes
                .into_iter()
                .map(|write| (write.key.into_bytes(), written(write.is_delete, write.value)))
                .collect(),
            metadata: set
                .metadata_writes
                .into_iter()
                .map(|write| (write.key.into_bytes(), encode_metadata(write.entries)))
                .collect(),
        }
    }

    fn private(namespace: &str, collection: String, set: HashedRwSet) -> Self {
        let nothing = fabric_msp::sha256([]);
        let written = |is_delete: bool, hash: Vec<u8>| {
            (!is_delete && !hash.is_empty() && hash.as_slice() != nothing).then_some(hash)
        };
        Self {
            space: Space { namespace: namespace.to_owned(), collection },
            reads: set.hashed_reads.into_iter().map(|read| (read.key_hash, read.version.map(Into::into))).collect(),
            ranges: Vec::new(),
            writes: set
                .hashed_writes
                .into_iter()
                .map(|write| (write.key_hash, written(write.is_delete, write.value_hash)))
                .collect(),
            metadata: set
                .metadata_writes
                .into_iter()
                .map(|write| (write.key_hash, encode_metadata(write.entries)))
                .collect(),
        }
    }
}

fn encode_metadata(entries: Vec<KvMetadataEntry>) -> Vec<u8> {
    KvMetadataWrite { key: String::new(), entries }.encode_to_vec()
}

/// Reads a `TxReadWriteSet`: of each namespace its public set, then those of its collections. Also says whether a
/// namespace is there twice, which is never allowed.
pub(crate) fn decode_read_write_sets(bytes: &[u8]) -> Result<(Vec<ReadWriteSet>, bool), DecodeError> {
    let sets = TxReadWriteSet::decode(bytes)?.ns_rwset;
    let mut names: Vec<_> = sets.iter().map(|set| set.namespace.clone()).collect();
    names.sort_unstable();
    let twice = names.windows(2).any(|pair| pair[0] == pair[1]);
    let mut decoded = Vec::with_capacity(sets.len());
    for set in sets {
        decoded.push(ReadWriteSet::public(&set.namespace, KvrwSet::decode(set.rwset.as_slice())?));
        for collection in set.collection_hashed_rwset {
            let hashed = HashedRwSet::decode(collection.hashed_rwset.as_slice())?;
            decoded.push(ReadWriteSet::private(&set.namespace, collection.collection_name, hashed));
        }
    }
    Ok((decoded, twice))
}

/// The function's name and its arguments; none if the bytes are not a proposal to a chaincode.
pub(crate) fn decode_arguments(proposal_payload: &[u8]) -> Option<Vec<Vec<u8>>> {
    let payload = ChaincodeProposalPayload::decode(proposal_payload).ok()?;
    let invocation = ChaincodeInvocationSpec::decode(payload.input.as_slice()).ok()?;
    Some(invocation.chaincode_spec?.input?.args)
}
