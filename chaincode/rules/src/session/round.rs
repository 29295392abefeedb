//! One round: replaying the sealed declarations, clearing, the grid check.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::declaration::Refusal;
use super::state::State;
use crate::clearing::{ClassPrice, Clearing, MatchedVolume, Reduction, Trade};
use crate::grid::GridCheck;
use crate::order::{Book, ClassIndex};
use crate::outcome::{Outcome, ReferenceQuotes};
use crate::remainder::Reason;
use crate::units::{Price, WattHours};

/// A declaration that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LeftOut {
    /// Its place in the sealed list.
    pub place: usize,
    /// Why.
    pub refusal: Refusal,
}

/// A trade between two members, after the grid check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FirmTrade {
    /// The member that sells.
    pub seller: String,
    /// The number of its order.
    pub ask: u32,
    /// Where it injects.
    pub seller_point: u32,
    /// The class of that point.
    pub seller_class: ClassIndex,
    /// The member that buys.
    pub buyer: String,
    /// The number of its order.
    pub bid: u32,
    /// Where it withdraws.
    pub buyer_point: u32,
    /// The class of that point.
    pub buyer_class: ClassIndex,
    /// Wh.
    pub volume: WattHours,
    /// The whole network fee, fen/MWh.
    pub fee: Price,
    /// What the seller receives, fen/MWh.
    pub seller_net: Price,
    /// What the buyer pays beyond net and fee, to the auction account, fen/MWh.
    pub margin: Price,
}

impl FirmTrade {
    /// What the buyer pays in all, fen/MWh.
    #[must_use]
    pub fn buyer_gross(&self) -> Price {
        self.seller_net + self.fee + self.margin
    }
}

/// What clearing a round gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearedRound {
    /// The book that was cleared: orders by member name, then as the member lists them.
    pub book: Book,
    /// The connection points of its orders.
    pub points: Vec<u32>,
    /// The trades as matched, before the grid check. Their places are those of `book`.
    pub matched_trades: Vec<Trade>,
    /// What the grid carries of each of them; 0 where it is refused.
    pub carried: Vec<WattHours>,
    /// The supporting prices of the classes that matched.
    pub class_prices: Vec<ClassPrice>,
    /// The volumes matched between classes.
    pub matched: Vec<MatchedVolume>,
    /// How McAfee's rule came to its trades.
    pub reduction: Option<Reduction>,
    /// What each order of `book` has traded.
    pub fills: Vec<WattHours>,
    /// Why each order was not traded in full; `None` where it was.
    pub reasons: Vec<Option<Reason>>,
    /// What the round came to.
    pub outcome: Outcome,
    /// The quotes that members see before the next round.
    pub quotes: ReferenceQuotes,
}

/// The result of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundResult {
    /// The round, from 1.
    pub round: u32,
    /// The declarations that do not count, in the order of the sealed list.
    pub left_out: Vec<LeftOut>,
    /// What was cleared; `None` if nobody declared in a round after the first.
    pub cleared: Option<ClearedRound>,
    /// Where the session is now.
    pub state: State,
}

impl ClearedRound {
    /// The trades that the grid carries.
    pub fn firm_trades(&self) -> impl Iterator<Item = FirmTrade> + '_ {
        let carried = self.matched_trades.iter().zip(&self.carried).filter(|(_, volume)| **volume > 0);
        carried.map(|(trade, volume)| {
            let (ask_place, bid_place) = (trade.ask as usize, trade.bid as usize);
            let (ask, bid) = (&self.book.orders[ask_place], &self.book.orders[bid_place]);
            FirmTrade {
                seller: self.book.members[ask.member as usize].clone(),
                ask: ask.number,
                seller_point: self.points[ask_place],
                seller_class: ask.class,
                buyer: self.book.members[bid.member as usize].clone(),
                bid: bid.number,
                buyer_point: self.points[bid_place],
                buyer_class: bid.class,
                volume: *volume,
                fee: trade.fee,
                seller_net: trade.seller_net,
                margin: trade.margin,
            }
        })
    }
}

/// What the grid check left of a clearing.
pub(super) struct Carried {
    /// Per trade of the list.
    pub(super) volumes: Vec<WattHours>,
    /// Per order of the book.
    pub(super) fills: Vec<WattHours>,
    /// The trades that are left, with their volumes.
    pub(super) trades: Vec<Trade>,
}

/// One pass over the list of trades.
pub(super) fn check_grid(clearing: &Clearing, points: &[u32], grid: &mut dyn GridCheck) -> Carried {
    let mut volumes = Vec::with_capacity(clearing.trades.len());
    let mut fills = vec![0; clearing.fills.len()];
    let mut trades = Vec::with_capacity(clearing.trades.len());
    for trade in &clearing.trades {
        let (ask, bid) = (trade.ask as usize, trade.bid as usize);
        // A check that answers more than it was asked for must not create energy.
        let volume = grid.accept(points[ask], points[bid], trade.volume).min(trade.volume);
        volumes.push(volume);
        fills[ask] += volume;
        fills[bid] += volume;
        if volume > 0 {
            trades.push(Trade { volume, ..*trade });
        }
    }
    Carried { volumes, fills, trades }
}
