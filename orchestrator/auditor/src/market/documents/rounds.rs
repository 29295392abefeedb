use super::{Decimal, EndReason, document, names};

document! {
    /// `exchange` result.
    pub(in crate::market) struct RoundResult {
        pub(in crate::market) session: String,
        pub(in crate::market) round: u32,
        pub(in crate::market) cleared_ns: Decimal<u64>,
        pub(in crate::market) outcome: Outcome,
        pub(in crate::market) reference: Option<ReferencePrices>,
        pub(in crate::market) class_prices: Vec<ClassPrice>,
        pub(in crate::market) bundles: u32,
        pub(in crate::market) left_out: Vec<LeftOut>,
        pub(in crate::market) lapsed: Vec<Lapsed>,
        pub(in crate::market) orders: u32,
        pub(in crate::market) matches: u32,
        pub(in crate::market) trades: u32,
        pub(in crate::market) book_pages: u32,
        pub(in crate::market) trade_pages: u32,
        pub(in crate::market) trades_digest: String,
        pub(in crate::market) volume_wh: Decimal<u64>,
        pub(in crate::market) fees: Decimal<i128>,
        pub(in crate::market) margins: Decimal<i128>,
        pub(in crate::market) end_reason: Option<EndReason>,
        pub(in crate::market) next_round: Option<u32>,
    }
}

names! {
    /// Outcome of a round.
    "SCREAMING_SNAKE_CASE" enum Outcome {
        Traded, OneSided, AllBidsBelowAllAsks, NoPairLeftAfterFees, NoTradeLeftAfterGridCheck, NoContinuation,
    }
}

document! {
    /// Quotes that members see before the next round.
    #[derive(Copy)]
    pub(in crate::market) struct ReferencePrices {
        pub(in crate::market) best_sell: Option<Decimal<i64>>,
        pub(in crate::market) best_buy: Option<Decimal<i64>>,
        pub(in crate::market) source: ReferenceSource,
    }
}

names! {
    /// Where reference prices come from.
    "snake_case" enum ReferenceSource { LastTrade, Carried, BestQuote }
}

names! {
    /// Which side of the market.
    "snake_case" enum SideName { Sell, Buy }
}

document! {
    /// Supporting prices of one side of a class.
    pub(in crate::market) struct ClassPrice {
        pub(in crate::market) side: SideName,
        pub(in crate::market) class: u32,
        pub(in crate::market) lowest: Decimal<i128>,
        pub(in crate::market) highest: Decimal<i128>,
        pub(in crate::market) chosen: Decimal<i128>,
    }
}

document! {
    /// A sealed bundle that does not count.
    #[derive(PartialOrd, Ord)]
    pub(in crate::market) struct LeftOut {
        pub(in crate::market) member: String,
        pub(in crate::market) sequence: u64,
        pub(in crate::market) code: String,
    }
}

document! {
    /// A member whose resting orders were dropped.
    pub(in crate::market) struct Lapsed {
        pub(in crate::market) member: String,
        pub(in crate::market) code: String,
    }
}
