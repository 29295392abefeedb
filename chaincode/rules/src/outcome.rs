//! What a round came to, and the quotes that members see before the next one.

use crate::clearing::Trade;
use crate::order::{Book, Order, Side};
use crate::units::Price;

/// Why a round in which both sides were there had no trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Suspension {
    /// The highest bid is below the lowest ask.
    AllBidsBelowAllAsks,
    /// Prices cross, but not by as much as the fees, or only between classes that may not trade.
    NoPairLeftAfterFees,
    /// The grid could carry none of the matched trades.
    NoTradeLeftAfterGridCheck,
}

impl Suspension {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AllBidsBelowAllAsks => "ALL_BIDS_BELOW_ALL_ASKS",
            Self::NoPairLeftAfterFees => "NO_PAIR_LEFT_AFTER_FEES",
            Self::NoTradeLeftAfterGridCheck => "NO_TRADE_LEFT_AFTER_GRID_CHECK",
        }
    }
}

/// What a round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Outcome {
    /// There are trades.
    Traded,
    /// Both sides were there, and no trade: all open orders go back to their members.
    Suspended(Suspension),
    /// A side had no order.
    OneSided,
}

impl core::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Traded => formatter.write_str("Traded"),
            Self::Suspended(why) => write!(formatter, "Suspended:{}", why.code()),
            Self::OneSided => formatter.write_str("OneSided"),
        }
    }
}

/// Where the reference quotes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum QuoteSource {
    /// The two orders of the round's last trade.
    LastTrade,
    /// An earlier round's last trade.
    Carried,
    /// The best open orders: there has been no trade in the session.
    BestQuote,
}

/// The quotes that members see before the next round: "best sell" and "best buy" price of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReferenceQuotes {
    /// An ask, fen/MWh; none if no one sells.
    pub best_sell: Option<Price>,
    /// A bid, fen/MWh; none if no one buys.
    pub best_buy: Option<Price>,
    /// Where they come from.
    pub source: QuoteSource,
}

/// Judges a round by its trades, and gives the quotes for the next one; `previous` are those of the round before.
#[must_use]
pub fn judge(book: &Book, trades: &[Trade], previous: Option<ReferenceQuotes>) -> (Outcome, ReferenceQuotes) {
    let price = |place: u32| book.orders.get(place as usize).map(|order: &Order| order.price);
    if let Some(last) = trades.last() {
        let quotes =
            ReferenceQuotes { best_sell: price(last.ask), best_buy: price(last.bid), source: QuoteSource::LastTrade };
        return (Outcome::Traded, quotes);
    }
    let prices = |side| {
        let open = book.orders.iter().filter(move |order| order.side == side && order.volume > 0);
        open.map(|order| order.price)
    };
    let (best_sell, best_buy) = (prices(Side::Sell).min(), prices(Side::Buy).max());
    let outcome = match (best_sell, best_buy) {
        (Some(ask), Some(bid)) if bid < ask => Outcome::Suspended(Suspension::AllBidsBelowAllAsks),
        (Some(_), Some(_)) => Outcome::Suspended(Suspension::NoPairLeftAfterFees),
        _ => Outcome::OneSided,
    };
    let quotes = match previous {
        Some(quotes) if quotes.source != QuoteSource::BestQuote => {
            ReferenceQuotes { source: QuoteSource::Carried, ..quotes }
        }
        _ => ReferenceQuotes { best_sell, best_buy, source: QuoteSource::BestQuote },
    };
    (outcome, quotes)
}
