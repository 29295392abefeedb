use declaration::encoding::Hash;
use declaration::messages::BundleName;
use fabric_contract_api::message;

use super::EndReason;

/// What `seal` answers and `sealed` lists.
#[message]
pub struct SealedRound {
    /// The session.
    pub session: String,
    /// The round.
    pub round: u32,
    /// The bundles that the round consists of, in key order.
    pub bundles: Vec<BundleName>,
}

/// The disclosure of a cleared round.
#[message]
pub struct RoundResult {
    /// The session.
    pub session: String,
    /// The round.
    pub round: u32,
    /// When it was cleared.
    #[decimal]
    pub cleared_ns: u64,
    /// Whether it traded.
    pub outcome: Outcome,
    /// Reference quotes for the next round; `null` if nothing was cleared yet.
    pub reference: Option<ReferencePrices>,
    /// Prices that support the result, of the classes that traded.
    pub class_prices: Vec<ClassPrice>,
    /// Bundles that the seal listed.
    pub bundles: u32,
    /// Those of them that do not count, with the reason.
    pub left_out: Vec<LeftOut>,
    /// Resting orders that were dropped before clearing, because their member may no longer hold them.
    pub lapsed: Vec<Lapsed>,
    /// Orders in the book.
    pub orders: u32,
    /// Pairs that were matched: the length of the trade list.
    pub matches: u32,
    /// Those of them that the grid carries, at least in part.
    pub trades: u32,
    /// Pages of the book.
    pub book_pages: u32,
    /// Pages of the trade list.
    pub trade_pages: u32,
    /// SHA-256 over all trade pages as stored, one after the other.
    pub trades_digest: Hash,
    /// Energy traded, Wh.
    #[decimal]
    pub volume_wh: u64,
    /// Network fees, account units.
    #[decimal]
    pub fees: i128,
    /// What buyers pay beyond sellers' net and fees (McAfee), account units.
    #[decimal]
    pub margins: i128,
    /// Why the session ended with this round, if it did.
    pub end_reason: Option<EndReason>,
    /// The next round, if there is one.
    pub next_round: Option<u32>,
}

/// Outcome of a round.
#[message]
#[derive(Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// There are trades.
    Traded,
    /// No trade, because a side is empty.
    OneSided,
    /// Suspended: every bid is below every ask. All open orders went back.
    AllBidsBelowAllAsks,
    /// Suspended: no pair gains after fees. All open orders went back.
    NoPairLeftAfterFees,
    /// Suspended: the grid carries none of the matched trades. All open orders went back.
    NoTradeLeftAfterGridCheck,
    /// Not cleared: a window after the first without a bundle.
    NoContinuation,
}

/// Quotes that agents compare themselves with.
#[message]
#[derive(Copy)]
pub struct ReferencePrices {
    /// Best sell price, fen/MWh.
    #[decimal]
    pub best_sell: Option<i64>,
    /// Best buy price, fen/MWh.
    #[decimal]
    pub best_buy: Option<i64>,
    /// Where they come from.
    pub source: ReferenceSource,
}

/// Where reference prices come from.
#[message]
#[derive(Copy)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceSource {
    /// The quotes of the last trade listed.
    LastTrade,
    /// Those of an earlier round.
    Carried,
    /// Lowest ask and highest bid, as nothing has traded yet.
    BestQuote,
}

/// Which side of the market.
#[message]
#[derive(Copy, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Sells.
    Sell,
    /// Buys.
    Buy,
}

/// Lowest, highest and chosen supporting price of one side of a class, fen/MWh.
#[message]
#[derive(Copy)]
pub struct ClassPrice {
    /// Sell: prices net of fees. Buy: prices with fees.
    pub side: Side,
    /// Index of the class.
    pub class: u32,
    /// Lowest.
    #[decimal]
    pub lowest: i64,
    /// Highest.
    #[decimal]
    pub highest: i64,
    /// Chosen by k.
    #[decimal]
    pub chosen: i64,
}

/// A sealed bundle that does not count.
#[message]
pub struct LeftOut {
    /// The member in the key.
    pub member: String,
    /// The sequence in the key.
    pub sequence: u64,
    /// A code of the `declaration` contract, or one that only clearing can find.
    pub code: String,
}

/// A member whose resting orders were dropped.
#[message]
pub struct Lapsed {
    /// The member.
    pub member: String,
    /// Why.
    pub code: String,
}

/// An order of a cleared book.
#[message]
pub struct BookOrder {
    /// The member.
    pub member: String,
    /// The member's number for it.
    pub number: u32,
    /// Sells or buys.
    pub side: Side,
    /// Index of the class.
    pub class: u32,
    /// Connection point.
    pub point: u32,
    /// Ask or bid, fen/MWh.
    #[decimal]
    pub price: i64,
    /// Volume that entered the clearing, Wh.
    #[decimal]
    pub volume_wh: u64,
    /// Time of its priority.
    #[decimal]
    pub time_ns: u64,
    /// Sequence of the bundle that gave it its priority.
    pub sequence: u64,
    /// Its place in that bundle.
    pub index: u32,
    /// Volume traded in this round, Wh.
    #[decimal]
    pub filled_wh: u64,
    /// Why the rest did not trade; `null` if it did.
    pub remainder: Option<RemainderReason>,
}

/// Why an order, or a part of it, did not trade.
#[message]
#[derive(Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RemainderReason {
    /// Its price is beyond the supporting price of its class.
    OutOfMoney,
    /// Its price is the marginal one.
    AtMargin,
    /// No order that it may trade with.
    NoCounterparty,
    /// Given up by McAfee's trade reduction.
    Reduced,
    /// Winners were rationed by time.
    Rationed,
    /// Cut by the grid check.
    Grid,
}

/// A trade.
#[message]
pub struct Trade {
    /// Place of the ask in the round's book, from 0.
    pub ask: u32,
    /// Place of the bid in the round's book.
    pub bid: u32,
    /// The selling member.
    pub seller: String,
    /// Its number for the ask.
    pub ask_number: u32,
    /// The buying member.
    pub buyer: String,
    /// Its number for the bid.
    pub bid_number: u32,
    /// Index of the seller's class.
    pub sell_class: u32,
    /// Index of the buyer's class.
    pub buy_class: u32,
    /// The ask, fen/MWh.
    #[decimal]
    pub ask_price: i64,
    /// The bid, fen/MWh.
    #[decimal]
    pub bid_price: i64,
    /// Energy matched, Wh.
    #[decimal]
    pub matched_wh: u64,
    /// Energy traded, Wh: what the grid carries of it, 0 if nothing.
    #[decimal]
    pub volume_wh: u64,
    /// The whole network fee, fen/MWh; the seller's share is floor(fee / 2).
    #[decimal]
    pub fee: i64,
    /// What the seller gets, fen/MWh.
    #[decimal]
    pub seller_net: i64,
    /// What the buyer pays, fen/MWh: seller_net + fee + margin.
    #[decimal]
    pub buyer_gross: i64,
    /// The auction's part, fen/MWh.
    #[decimal]
    pub margin: i64,
}
