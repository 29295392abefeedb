//! What a run found.

use crate::Options;
use crate::verdict::Verdict;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// What a run found. It displays as the one line that scripts look for.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How often the network was killed.
    pub kills: u64,
    /// The seed of the run.
    pub seed: u64,
    /// Transactions that clients may have submitted.
    pub transactions: u64,
    /// Those that are valid.
    pub valid: u64,
    /// Those that are not where, or not what, a client was told.
    pub lost: u64,
    /// Those that are valid more than once.
    pub doubled: u64,
    /// What is wrong with the chain, if anything is.
    pub chain: Option<String>,
    /// Where the state is not what a replay of the blocks gives, if anywhere.
    pub replay: Option<String>,
    /// From the start of the program until it serves, the median of all lives, in milliseconds.
    pub recovery_ms_median: u64,
    /// The longest of them, in milliseconds.
    pub recovery_ms_max: u64,
}

impl Report {
    pub(crate) fn new(options: &Options, mut recoveries: Vec<Duration>, verdict: Verdict) -> Self {
        recoveries.sort_unstable();
        let ms = |recovery: Option<&Duration>| {
            recovery.map_or(0, |recovery| u64::try_from(recovery.as_millis()).unwrap_or(u64::MAX))
        };
        Report {
            kills: options.kills,
            seed: options.seed,
            transactions: verdict.transactions,
            valid: verdict.valid,
            lost: verdict.lost,
            doubled: verdict.doubled,
            chain: verdict.chain,
            replay: verdict.replay,
            recovery_ms_median: ms(recoveries.get(recoveries.len() / 2)),
            recovery_ms_max: ms(recoveries.last()),
        }
    }

    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.chain.is_none() && self.replay.is_none()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |fault: &Option<String>| if fault.is_none() { "ok" } else { "broken" };
        let Report { lost, doubled, chain, replay, .. } = self;
        write!(f, "lost={lost} doubled={doubled} chain={} replay={}", word(chain), word(replay))
    }
}
