//! Whether what a transaction read is still so.

use std::collections::HashSet;

use fabric_protos::kvrwset::{KvRead, RangeQueryInfo, range_query_info::ReadsInfo};
use fabric_protos::protos::TxValidationCode;

use super::range_summary::RangeSummary;
use crate::state::{Space, State, Version};
use crate::transaction::ReadWriteSet;

/// Keys that the earlier transactions of a block have written.
pub(super) type Written = HashSet<(Space, Vec<u8>)>;

/// Checks the reads of one transaction. `state` has the writes of the earlier transactions of the block.
pub(super) fn check(sets: &[ReadWriteSet], written: &Written, state: &State) -> TxValidationCode {
    for set in sets {
        for (key, version) in &set.reads {
            let changed = written.contains(&(set.space.clone(), key.clone()));
            if changed || state.get(&set.space, key).map(|entry| entry.version) != *version {
                return TxValidationCode::MvccReadConflict;
            }
        }
        if set.ranges.iter().any(|range| !is_unchanged(&set.space, range, state)) {
            return TxValidationCode::PhantomReadConflict;
        }
    }
    TxValidationCode::Valid
}

/// Whether the query gives the same results again. One that was not read to its end has its last result as its end.
fn is_unchanged(space: &Space, query: &RangeQueryInfo, state: &State) -> bool {
    let (start, end) = (query.start_key.as_bytes(), query.end_key.as_bytes());
    let results = state.range(space, start, end, !query.itr_exhausted);
    match &query.reads_info {
        None => same_reads(&[], results.map(|(key, entry)| (key, entry.version))),
        Some(ReadsInfo::RawReads(reads)) => {
            same_reads(&reads.kv_reads, results.map(|(key, entry)| (key, entry.version)))
        }
        Some(ReadsInfo::ReadsMerkleHashes(summary)) => {
            let mut again = RangeSummary::new(summary.max_degree);
            for (key, entry) in results {
                let Ok(key) = std::str::from_utf8(key) else { return false };
                again.add(KvRead { key: key.to_owned(), version: Some(entry.version.into()) });
            }
            again.finish().as_ref() == Some(summary)
        }
    }
}

fn same_reads<'a>(reads: &[KvRead], results: impl Iterator<Item = (&'a [u8], Version)>) -> bool {
    let read = reads.iter().map(|read| (read.key.as_bytes(), read.version.map(Version::from)));
    read.eq(results.map(|(key, version)| (key, Some(version))))
}
