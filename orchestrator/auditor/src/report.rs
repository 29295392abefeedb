//! What an audit came to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::finding::Finding;

/// The result of an audit: what was checked, and what is wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The channel.
    pub channel: String,
    /// Hash of the first block's header, in hex: what everything rests on.
    pub genesis_hash: String,
    /// Whether that hash was given beforehand. If not, whoever made the first block may have made up everything.
    pub genesis_pinned: bool,
    /// Blocks that were audited. That the newest ones are not missing nobody can see from the blocks themselves:
    /// compare height and last hash with a peer's.
    pub blocks: u64,
    /// Hash of the last block's header, in hex.
    pub last_block_hash: String,
    /// Transactions by validation code.
    pub transactions: BTreeMap<String, u64>,
    /// The committed chaincodes.
    pub chaincodes: Vec<Chaincode>,
    /// What was checked of the market.
    pub market: MarketSummary,
    /// How many findings there are.
    pub findings_count: u64,
    /// The findings, the first ones if there are very many.
    pub findings: Vec<Finding>,
}

/// A committed chaincode definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chaincode {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How often it was defined.
    pub sequence: i64,
    /// Organizations whose packages were found to hold the module that the version names.
    pub packages: Vec<String>,
}

/// What was checked of the market on the channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MarketSummary {
    /// Transactions of the market's chaincodes that were checked against their rules.
    pub transactions: u64,
    /// Declarations among them.
    pub declarations: u64,
    /// Sessions that were opened.
    pub sessions: u64,
    /// Rounds whose clearing was proven to be optimal.
    pub rounds: u64,
    /// Trades in them.
    pub trades: u64,
    /// Energy that these trades carry, Wh.
    pub volume_wh: u64,
    /// Members' signatures that were verified.
    pub member_signatures: u64,
    /// Certificates that were issued.
    pub certificates: u64,
    /// Energy that they were issued for, Wh.
    pub certified_wh: u64,
    /// Energy of those that were cancelled, Wh.
    pub cancelled_wh: u64,
    /// Batches of records that were anchored.
    pub anchored_batches: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings_count == 0
    }
}
