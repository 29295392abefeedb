//! What a day came to: the document that programs read.

use exchange::messages::{EndReason, Outcome};
use serde::Serialize;

/// A traded day, as `gridbourse demo --output json` prints it. Energy in Wh, prices in fen/MWh, bills in fen.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// All that was drawn at random follows from it.
    pub seed: u64,
    /// Registered members.
    pub members: usize,
    /// One entry per delivery hour.
    pub sessions: Vec<SessionSummary>,
    /// Most rounds that a session had.
    pub rounds_max: usize,
    /// Orders in all bundles.
    pub orders: usize,
    /// Signed bundles.
    pub bundles: u64,
    /// Trades.
    pub trades: usize,
    /// Energy matched.
    pub matched_wh: u64,
    /// Realized surplus of all sessions over the largest possible one, parts per million.
    pub efficiency_ppm: u64,
    /// Network fees.
    pub fees_fen: i64,
    /// Classes of network fees.
    pub fee_classes: usize,
    /// Different fees between them.
    pub distinct_fees: usize,
    /// Green certificates that were issued.
    pub certificates: usize,
    /// Green energy that was certified: what certificates cover, and what is carried over to the next ones.
    pub certified_wh: u64,
    /// Green energy that was claimed: certificates of it are cancelled.
    pub cancelled_wh: u64,
    /// Off-chain records.
    pub records: u64,
    /// Their canonical bytes.
    pub records_bytes_raw: u64,
    /// Their bytes as they are stored.
    pub records_bytes_stored: u64,
    /// Valid transactions on the market's channel, those that set it up included, as an audit counts them.
    pub transactions: u64,
    /// Whether the day was begun by an earlier run. What follows is about this run, which submitted the rest.
    pub resumed: bool,
    /// Valid transactions that this run has submitted.
    pub transactions_of_run: u64,
    /// The same per second, set-up of the network not counted.
    pub transactions_per_second: u64,
    /// Orders per second; absent for a day that was resumed.
    pub orders_per_second: Option<u64>,
    /// Seconds that this run took, set-up of the network not counted.
    pub seconds: f64,
    /// Largest resident memory of the process.
    pub peak_memory_bytes: u64,
    /// SHA-256 over the contracts' state; the same for the same seed.
    pub state_digest: String,
    /// Where the ledger is.
    pub data_dir: String,
    /// Hash of the first block of the market's channel, in hex: what an audit can be pinned to.
    pub genesis_hash: String,
    /// Where the report is.
    pub report: String,
}

/// One session.
#[derive(Clone, Debug, Serialize)]
pub struct SessionSummary {
    /// Its name.
    pub session: String,
    /// The delivery hour, 0 to 23.
    pub hour: usize,
    /// Its cleared rounds.
    pub rounds: Vec<RoundSummary>,
    /// Orders in its bundles.
    pub orders: usize,
    /// Signed bundles.
    pub bundles: u64,
    /// Trades.
    pub trades: usize,
    /// What the grid check came to.
    pub grid: UseOfGrid,
    /// Energy matched.
    pub matched_wh: u64,
    /// Lowest price that a seller got; absent without a trade.
    pub price_low: Option<i64>,
    /// Highest price that a buyer paid.
    pub price_high: Option<i64>,
    /// Realized surplus over the largest possible one, parts per million.
    pub efficiency_ppm: u64,
    /// Realized surplus, 10^-6 fen, as a decimal string.
    pub surplus: String,
    /// Largest possible surplus, 10^-6 fen, as a decimal string.
    pub surplus_max: String,
    /// Network fees, rounded down.
    pub fees_fen: i64,
    /// Green energy of its delivery hour that was certified.
    pub certified_wh: u64,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// Valid transactions that this run has submitted.
    pub transactions: u64,
    /// The same per second.
    pub transactions_per_second: u64,
}

/// What the grid check of a session's trades came to. What trades make flow, not what is metered.
#[derive(Clone, Debug, Serialize)]
pub struct UseOfGrid {
    /// Trades that the grid could not carry, or not in full.
    pub trades_cut: usize,
    /// What was cut of them, and open again.
    pub cut_wh: u64,
    /// The branch that is used most.
    pub most_loaded: String,
    /// How much of its limit is used, parts per million.
    pub load_ppm: u64,
    /// The lowest voltage at a connection point, rounded down.
    pub lowest_voltage_v: u64,
    /// The highest voltage at a connection point, rounded down.
    pub highest_voltage_v: u64,
}

/// One round.
#[derive(Clone, Debug, Serialize)]
pub struct RoundSummary {
    /// Its number, from 1.
    pub round: u32,
    /// What it came to.
    pub outcome: Outcome,
    /// Orders in its book.
    pub orders: u32,
    /// Bundles that did not count.
    pub left_out: usize,
    /// Energy traded.
    pub volume_wh: u64,
    /// Lowest price that a seller got.
    pub price_low: Option<i64>,
    /// Highest price that a buyer paid.
    pub price_high: Option<i64>,
    /// Reference quotes after the round.
    pub best_sell: Option<i64>,
    /// Reference quotes after the round.
    pub best_buy: Option<i64>,
    /// Open asks of the book: price and Wh. For the report.
    #[serde(skip)]
    pub asks: Vec<(i64, u64)>,
    /// Open bids of the book: price and Wh.
    #[serde(skip)]
    pub bids: Vec<(i64, u64)>,
}

/// What a member gets or pays for the day.
#[derive(Clone, Debug, Serialize)]
pub struct Bill {
    /// The member.
    pub member: String,
    /// Its unit in the grid.
    pub name: String,
    /// Its class.
    pub class: String,
    /// What it generates from, or `consumer`.
    pub kind: &'static str,
    /// Energy sold.
    pub sold_wh: u64,
    /// Energy bought.
    pub bought_wh: u64,
    /// Metered net injection beyond the contracts.
    pub deviation_wh: i64,
    /// What the trades brought (positive) or cost.
    pub trades_fen: i64,
    /// What the deviations brought or cost.
    pub deviation_fen: i64,
    /// What certificates brought or cost.
    pub certificates_fen: i64,
    /// What is paid out: the account's balance, rounded down to whole fen.
    pub payable_fen: i64,
    /// The member's credit after the day: the part of its limits that it may use, millionths.
    pub credit_ppm: u64,
}
