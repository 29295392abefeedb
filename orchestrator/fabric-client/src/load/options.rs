//! What a load consists of.

use serde::{Serialize, Serializer};
use std::time::Duration;

/// A load.
#[derive(Debug, Clone, Serialize)]
pub struct Options {
    /// The channel.
    pub channel: String,
    /// The chaincode with the benchmark contract.
    pub chaincode: String,
    /// What each transaction does.
    pub work: Work,
    /// Size in bytes of each value that is written.
    pub payload_bytes: usize,
    /// When transactions are sent.
    pub mode: Mode,
    /// When a process ends.
    pub stop: Stop,
    /// How long transactions are sent before they count.
    #[serde(rename = "warm_up_seconds", serialize_with = "seconds")]
    pub warm_up: Duration,
    /// How a process learns that a transaction is committed.
    pub commit_by: CommitBy,
    /// Of the values, the keys that are read, and the times at which transactions are due.
    pub seed: u64,
}

/// What a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Creates a key: reads that there is none, and writes it.
    Create,
    /// Writes a key without reading it.
    Put,
    /// Writes several keys.
    WriteMany {
        /// How many.
        keys: u32,
    },
    /// Does nothing: what is left is the cost of a transaction itself.
    Empty,
    /// Reads a key, as a query.
    Read,
    /// Reads keys and creates others.
    Mixed {
        /// Of 100 transactions, how many read.
        reads_percent: u8,
    },
}

impl Work {
    pub(super) fn reads(self) -> bool {
        matches!(self, Work::Read | Work::Mixed { .. })
    }
}

/// When a process sends transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Closed loop: as soon as one is committed, the next. One under way measures latency, more throughput.
    Latency {
        /// Transactions that each process keeps under way.
        concurrency: usize,
    },
    /// Open loop with even intervals.
    Constant {
        /// From one transaction of a process to its next.
        #[serde(rename = "interval_seconds", serialize_with = "seconds")]
        interval: Duration,
        /// The interval is longer or shorter by up to this much.
        #[serde(rename = "deviation_seconds", serialize_with = "seconds")]
        deviation: Duration,
    },
    /// Open loop with exponentially distributed intervals.
    Poisson {
        /// Mean interval from one transaction of a process to its next.
        #[serde(rename = "interval_mean_seconds", serialize_with = "seconds")]
        interval_mean: Duration,
    },
}

/// When a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// After this many transactions, those of the warm-up not included.
    Requests(u64),
    /// After this time, the warm-up not included. Transactions under way are waited for.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    Elapsed(Duration),
}

/// How a process learns that a transaction is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitBy {
    /// It follows the peer's filtered blocks.
    FilteredBlocks,
    /// It asks the gateway for each transaction, with a signed request.
    Status,
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
