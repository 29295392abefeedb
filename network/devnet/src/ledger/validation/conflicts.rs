//! Whether what a transaction read is still so: versions of keys, results of ranges, versions of hashed keys.

use fabric_protos::kvrwset::{KvRead, RangeQueryInfo, Version as ReadVersion, range_query_info::ReadsInfo};
use fabric_protos::protos::TxValidationCode;

use crate::ledger::error::LedgerError;
use crate::ledger::range_summary::RangeSummary;
use crate::ledger::read_write_set::NamespaceSet;
use crate::ledger::state::{Space, StateRead, Updates, Version};

/// Checks the reads of one transaction against the state and the writes of those before it in the block.
pub(crate) fn check(
    read_write_set: &[NamespaceSet],
    updates: &Updates,
    state: &impl StateRead,
) -> Result<TxValidationCode, LedgerError> {
    for set in read_write_set {
        let space = Space::public(&set.namespace);
        for read in &set.public.reads {
            if !unchanged(&space, read.key.as_bytes(), read.version, updates, state)? {
                return Ok(TxValidationCode::MvccReadConflict);
            }
        }
        for range in &set.public.range_queries_info {
            if !range_unchanged(&space, range, updates, state)? {
                return Ok(TxValidationCode::PhantomReadConflict);
            }
        }
        for collection in &set.collections {
            let space = Space { namespace: set.namespace.clone(), collection: collection.name.clone() };
            for read in &collection.hashed.hashed_reads {
                if !unchanged(&space, &read.key_hash, read.version, updates, state)? {
                    return Ok(TxValidationCode::MvccReadConflict);
                }
            }
        }
    }
    Ok(TxValidationCode::Valid)
}

fn unchanged(
    space: &Space,
    key: &[u8],
    read: Option<ReadVersion>,
    updates: &Updates,
    state: &impl StateRead,
) -> Result<bool, LedgerError> {
    if updates.get(space, key).is_some() {
        return Ok(false);
    }
    let committed = state.get(&space.name(), key)?.map(|value| value.version);
    Ok(committed == read.map(Version::from))
}

/// Whether the query gives the same results again. One that was not read to its end ends with its last result.
fn range_unchanged(
    space: &Space,
    query: &RangeQueryInfo,
    updates: &Updates,
    state: &impl StateRead,
) -> Result<bool, LedgerError> {
    let (start, end) = (query.start_key.as_bytes(), query.end_key.as_bytes());
    let mut results = updates.range(state, space, start, end, !query.itr_exhausted)?;
    let summary = match &query.reads_info {
        Some(ReadsInfo::ReadsMerkleHashes(summary)) => summary,
        Some(ReadsInfo::RawReads(reads)) => return same_reads(&reads.kv_reads, results),
        None => return same_reads(&[], results),
    };
    // Built up until it differs: a transaction that claims few results cannot make a peer scan many.
    let mut built = RangeSummary::new(summary.max_degree);
    let mut compared = 0;
    for result in results.by_ref() {
        let (key, version) = result?;
        let Ok(key) = String::from_utf8(key) else { return Ok(false) };
        built.add(KvRead { key, version: Some(version.into()) });
        let (level, nodes) = built.top();
        if level < summary.max_level as usize {
            continue;
        }
        if nodes.len() > summary.max_level_hashes.len() || level > summary.max_level as usize {
            return Ok(false);
        }
        if let Some(node) = nodes.get(compared) {
            if *node != summary.max_level_hashes[compared] {
                return Ok(false);
            }
            compared += 1;
        }
    }
    Ok(built.finish() == query.reads_info)
}

fn same_reads(
    reads: &[KvRead],
    mut results: impl Iterator<Item = Result<(Vec<u8>, Version), LedgerError>>,
) -> Result<bool, LedgerError> {
    for read in reads {
        match results.next().transpose()? {
            Some((key, version)) if key == read.key.as_bytes() && read.version.map(Version::from) == Some(version) => {}
            _ => return Ok(false),
        }
    }
    Ok(results.next().transpose()?.is_none())
}
