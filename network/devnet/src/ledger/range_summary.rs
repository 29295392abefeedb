//! What a range query read, for the check against phantoms: the results as they are up to 50, a Merkle summary beyond.
//!
//! Results are collected in groups of `max_degree + 1`; a group's hash is a node of level 1, and as many nodes of one
//! level make a node of the next. The summary is what is left at the highest level. This must agree to the byte with
//! Fabric's, at the endorsement and at the check, where results are added one by one until the summaries differ.

use fabric_protos::kvrwset::{KvRead, QueryReads, QueryReadsMerkleSummary, range_query_info::ReadsInfo};
use prost::Message;
use sha2::{Digest, Sha256};

/// Results that are kept as they are; above them Merkle nodes have one child more.
pub(crate) const MAX_DEGREE: u32 = 50;

type Hash = Vec<u8>;

/// Collects the results of one range query.
#[derive(Debug, Clone)]
pub(crate) struct RangeSummary {
    max_degree: usize,
    pending: Vec<KvRead>,
    /// Nodes that have no parent yet, from level 1 upwards.
    levels: Vec<Vec<Hash>>,
}

impl RangeSummary {
    /// `max_degree` below 2 counts as 2.
    pub(crate) fn new(max_degree: u32) -> Self {
        Self { max_degree: (max_degree as usize).max(2), pending: Vec::new(), levels: vec![Vec::new()] }
    }

    pub(crate) fn add(&mut self, read: KvRead) {
        self.pending.push(read);
        if self.pending.len() > self.max_degree {
            self.hash_pending();
        }
    }

    /// Level and nodes of the summary as far as it is complete.
    pub(crate) fn top(&self) -> (usize, &[Hash]) {
        (self.levels.len(), self.levels.last().map_or(&[], Vec::as_slice))
    }

    /// What goes into the read set; `None` for no results.
    pub(crate) fn finish(mut self) -> Option<ReadsInfo> {
        if self.levels.len() == 1 && self.levels.iter().all(Vec::is_empty) {
            let kv_reads = self.pending;
            return (!kv_reads.is_empty()).then_some(ReadsInfo::RawReads(QueryReads { kv_reads }));
        }
        if !self.pending.is_empty() {
            self.hash_pending();
        }
        self.close_levels();
        Some(ReadsInfo::ReadsMerkleHashes(QueryReadsMerkleSummary {
            max_degree: u32::try_from(self.max_degree).unwrap_or(u32::MAX),
            max_level: u32::try_from(self.levels.len()).unwrap_or(u32::MAX),
            max_level_hashes: self.levels.pop().unwrap_or_default(),
        }))
    }

    fn hash_pending(&mut self) {
        let reads = QueryReads { kv_reads: std::mem::take(&mut self.pending) };
        let mut node = Sha256::digest(reads.encode_to_vec()).to_vec();
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(node);
            if nodes.len() <= self.max_degree {
                return;
            }
            node = parent(&std::mem::take(nodes));
        }
    }

    /// Gives every node below the highest level a parent there; a single node moves up as it is.
    fn close_levels(&mut self) {
        for level in 0..self.levels.len() - 1 {
            let mut nodes = std::mem::take(&mut self.levels[level]);
            match nodes.len() {
                0 => {}
                1 => self.levels[level + 1].append(&mut nodes),
                _ => self.levels[level + 1].push(parent(&nodes)),
            }
        }
        if let Some(top) = self.levels.last_mut()
            && top.len() > self.max_degree
        {
            let node = parent(&std::mem::take(top));
            self.levels.push(vec![node]);
        }
    }
}

fn parent(nodes: &[Hash]) -> Hash {
    let mut hasher = Sha256::new();
    for node in nodes {
        hasher.update(node);
    }
    hasher.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(count: usize, max_degree: u32) -> Option<ReadsInfo> {
        let mut summary = RangeSummary::new(max_degree);
        for index in 0..count {
            summary.add(KvRead { key: format!("{index:04}"), version: None });
        }
        summary.finish()
    }

    #[test]
    fn keeps_results_up_to_the_degree_and_summarises_beyond() {
        assert_eq!(finish(0, 3), None);
        assert!(matches!(finish(3, 3), Some(ReadsInfo::RawReads(reads)) if reads.kv_reads.len() == 3));
        for count in 4..200 {
            let Some(ReadsInfo::ReadsMerkleHashes(summary)) = finish(count, 3) else { panic!("{count}") };
            assert!((1..=3).contains(&summary.max_level_hashes.len()), "{count}");
        }
    }

    #[test]
    fn a_tree_of_two_levels() {
        // 18 results in groups of 4: 5 nodes; 4 of them make one of level 2, the last one moves up as it is.
        let Some(ReadsInfo::ReadsMerkleHashes(summary)) = finish(18, 3) else { panic!() };
        assert_eq!((summary.max_level, summary.max_level_hashes.len()), (2, 2));
    }
}
