//! Collects reads and writes and encodes them as a Fabric peer does: namespaces and keys sorted, ranges in order.

use std::collections::BTreeMap;

use fabric_protos::kvrwset::{KvMetadataEntry, KvMetadataWrite, KvRead, KvWrite, KvrwSet, RangeQueryInfo};
use fabric_protos::rwset::{NsReadWriteSet, TxReadWriteSet, tx_read_write_set::DataModel};
use prost::Message;

use crate::ledger::range_summary::{MAX_DEGREE, RangeSummary};
use crate::ledger::state::Version;

/// The read-write set of a running transaction.
#[derive(Default)]
pub(crate) struct Builder {
    namespaces: BTreeMap<String, Namespace>,
    ranges: Vec<RangeRead>,
}

#[derive(Default)]
struct Namespace {
    reads: BTreeMap<String, Option<Version>>,
    writes: BTreeMap<String, Vec<u8>>,
    metadata_writes: BTreeMap<String, Vec<KvMetadataEntry>>,
    ranges: Vec<RangeQueryInfo>,
}

/// A range query as far as it was read.
struct RangeRead {
    namespace: String,
    start: String,
    /// The end that the query asked for.
    asked_end: String,
    /// The last result, or the end that was asked for once there were no more.
    end: String,
    exhausted: bool,
    summary: RangeSummary,
}

/// Names a range query of a [`Builder`].
#[derive(Clone, Copy)]
pub(crate) struct RangeId(usize);

impl Builder {
    pub(crate) fn read(&mut self, namespace: &str, key: &str, version: Option<Version>) {
        self.namespace(namespace).reads.insert(key.to_owned(), version);
    }

    /// An empty value is a delete.
    pub(crate) fn write(&mut self, namespace: &str, key: &str, value: Vec<u8>) {
        self.namespace(namespace).writes.insert(key.to_owned(), value);
    }

    /// All metadata that the key is to have.
    pub(crate) fn write_metadata(&mut self, namespace: &str, key: &str, entries: Vec<KvMetadataEntry>) {
        self.namespace(namespace).metadata_writes.insert(key.to_owned(), entries);
    }

    pub(crate) fn begin_range(&mut self, namespace: &str, start: &str, end: &str) -> RangeId {
        self.ranges.push(RangeRead {
            namespace: namespace.to_owned(),
            start: start.to_owned(),
            asked_end: end.to_owned(),
            end: String::new(),
            exhausted: false,
            summary: RangeSummary::new(MAX_DEGREE),
        });
        RangeId(self.ranges.len() - 1)
    }

    /// Notes the next result of a range query; `None` when there are no more.
    pub(crate) fn read_range(&mut self, RangeId(range): RangeId, result: Option<(&str, Version)>) {
        let range = &mut self.ranges[range];
        match result {
            Some((key, version)) => {
                range.summary.add(KvRead { key: key.to_owned(), version: Some(version.into()) });
                key.clone_into(&mut range.end);
            }
            None => {
                range.exhausted = true;
                range.end.clone_from(&range.asked_end);
            }
        }
    }

    /// `rwset.TxReadWriteSet`, and the names of its namespaces.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Vec<String>) {
        for range in std::mem::take(&mut self.ranges) {
            let info = RangeQueryInfo {
                start_key: range.start,
                end_key: range.end,
                itr_exhausted: range.exhausted,
                reads_info: range.summary.finish(),
            };
            let ranges = &mut self.namespace(&range.namespace).ranges;
            // The same query, read as far, counts once.
            let known = ranges.iter().any(|known| {
                (&known.start_key, &known.end_key, known.itr_exhausted)
                    == (&info.start_key, &info.end_key, info.itr_exhausted)
            });
            if !known {
                ranges.push(info);
            }
        }
        let names = self.namespaces.keys().cloned().collect();
        let ns_rwset = self.namespaces.into_iter().map(|(name, namespace)| namespace.encode(name)).collect();
        (TxReadWriteSet { data_model: DataModel::Kv as i32, ns_rwset }.encode_to_vec(), names)
    }

    fn namespace(&mut self, name: &str) -> &mut Namespace {
        self.namespaces.entry(name.to_owned()).or_default()
    }
}

impl Namespace {
    fn encode(self, namespace: String) -> NsReadWriteSet {
        let read = |(key, version): (String, Option<Version>)| KvRead { key, version: version.map(Into::into) };
        let write = |(key, value): (String, Vec<u8>)| KvWrite { key, is_delete: value.is_empty(), value };
        let rwset = KvrwSet {
            reads: self.reads.into_iter().map(read).collect(),
            range_queries_info: self.ranges,
            writes: self.writes.into_iter().map(write).collect(),
            metadata_writes: self
                .metadata_writes
                .into_iter()
                .map(|(key, entries)| KvMetadataWrite { key, entries })
                .collect(),
        }
        .encode_to_vec();
        NsReadWriteSet { namespace, rwset, collection_hashed_rwset: Vec::new() }
    }
}
