//! The Merkle summary of a long range query.
//!
//! Results are hashed in groups of `max_degree + 1` to nodes of level 1, and as many nodes of one level to one of the
//! next; the summary is what is left at the highest level.

use fabric_msp::sha256;
use fabric_protos::kvrwset::{KvRead, QueryReads, QueryReadsMerkleSummary};
use prost::Message;

type Hash = Vec<u8>;

pub(super) struct RangeSummary {
    max_degree: usize,
    pending: Vec<KvRead>,
    /// Nodes without a parent, from level 1 upwards.
    levels: Vec<Vec<Hash>>,
}

impl RangeSummary {
    pub(super) fn new(max_degree: u32) -> Self {
        Self { max_degree: (max_degree as usize).max(2), pending: Vec::new(), levels: vec![Vec::new()] }
    }

    pub(super) fn add(&mut self, read: KvRead) {
        self.pending.push(read);
        if self.pending.len() > self.max_degree {
            self.hash_pending();
        }
    }

    /// The summary; none if there are so few results that a read set has them as they are.
    pub(super) fn finish(mut self) -> Option<QueryReadsMerkleSummary> {
        if self.levels.len() == 1 && self.levels[0].is_empty() {
            return None;
        }
        if !self.pending.is_empty() {
            self.hash_pending();
        }
        let top = self.levels.len() - 1;
        for level in 0..top {
            let mut nodes = std::mem::take(&mut self.levels[level]);
            match nodes.len() {
                0 => {}
                // A single node moves up as it is.
                1 => self.levels[level + 1].append(&mut nodes),
                _ => self.levels[level + 1].push(parent(&nodes)),
            }
        }
        if self.levels[top].len() > self.max_degree {
            let nodes = std::mem::take(&mut self.levels[top]);
            self.levels.push(vec![parent(&nodes)]);
        }
        Some(QueryReadsMerkleSummary {
            max_degree: u32::try_from(self.max_degree).unwrap_or(u32::MAX),
            max_level: u32::try_from(self.levels.len()).unwrap_or(u32::MAX),
            max_level_hashes: self.levels.pop().unwrap_or_default(),
        })
    }

    fn hash_pending(&mut self) {
        let reads = QueryReads { kv_reads: std::mem::take(&mut self.pending) };
        let mut node = sha256([reads.encode_to_vec().as_slice()]).to_vec();
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
}

fn parent(nodes: &[Hash]) -> Hash {
    sha256(nodes.iter().map(Vec::as_slice)).to_vec()
}
