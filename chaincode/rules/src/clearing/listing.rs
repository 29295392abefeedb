//! From the volume matched between classes to trades between orders: while volume remains, the heads of the class pair
//! with the largest gain trade with each other.

use alloc::vec::Vec;

use super::Trade;
use super::heads::Heads;
use super::matching::{Matching, Progress, key, keys};
use super::repairing::fee_matrix;
use crate::fees::FeeTable;
use crate::units::{Price, WattHours};

/// Two orders that are about to trade.
pub(super) struct Pair {
    pub(super) ask: Price,
    pub(super) bid: Price,
    pub(super) fee: Price,
    pub(super) sell_class: usize,
}

/// Lists the trades. `seller_net` prices a pair.
pub(super) fn list(matching: &Matching<'_>, fees: &FeeTable, seller_net: impl Fn(&Pair) -> Price) -> Vec<Trade> {
    // Only the last matched order of a class is matched in part; no volume is taken beyond what is matched.
    let mut sells = matching.sells.map(|depth| Progress::new(depth.filled));
    let mut buys = matching.buys.map(|depth| Progress::new(depth.filled));
    let mut remaining = matching.matched;
    let mut costs = fee_matrix(fees);
    for (costs, volumes) in costs.iter_mut().zip(&remaining) {
        for (cost, _) in costs.iter_mut().zip(volumes).filter(|(_, volume)| **volume == 0) {
            *cost = None;
        }
    }
    let mut heads = Heads::new(keys(&sells), keys(&buys), &costs);
    let mut trades =
        Vec::with_capacity(matching.sells.iter().chain(&matching.buys).map(|depth| depth.filled.len()).sum());

    while let Some((sell, buy)) = heads.best() {
        let (Some(ask), Some(bid), Some(fee)) = (sells[sell].head(), buys[buy].head(), costs[sell][buy]) else { break };
        let left: &mut WattHours = &mut remaining[sell][buy];
        let volume = sells[sell].left().min(buys[buy].left()).min(*left);
        let seller_net = seller_net(&Pair { ask: ask.price(), bid: bid.price(), fee, sell_class: sell });
        trades.push(Trade { ask: ask.place, bid: bid.place, volume, fee, seller_net, margin: 0 });
        *left -= volume;
        if *left == 0 {
            heads.forbid(sell, buy);
        }
        if sells[sell].take(volume) {
            heads.set_ask(sell, key(&sells[sell]));
        }
        if buys[buy].take(volume) {
            heads.set_bid(buy, key(&buys[buy]));
        }
    }
    trades
}
