//! From the volume matched between classes to trades between orders: while volume remains, the heads of the class pair
//! with the largest gain trade with each other.

use alloc::vec::Vec;

use super::Trade;
use super::heads::Heads;
use super::matching::{Depth, Matching, Progress, key, keys};
use super::repairing::fee_matrix;
use crate::fees::FeeTable;
use crate::order::{Book, Order};
use crate::units::{Price, WattHours};

/// Lists the trades. `seller_net` prices a pair: ask, bid, fee.
pub(super) fn list<'r>(
    book: &Book,
    fees: &FeeTable,
    matching: &Matching<'r>,
    seller_net: impl Fn(&Order, &Order, Price) -> Price,
) -> Vec<Trade> {
    let order = |place: u32| &book.orders[place as usize];
    // Only the last matched order of a class is matched in part; no volume is taken beyond it.
    let volume_of = |place: u32| order(place).volume;
    let start = |depth: &Depth<'r>| Progress::new(depth.filled, volume_of);
    let (mut sells, mut buys) = (matching.sells.each_ref().map(start), matching.buys.each_ref().map(start));
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
        let seller_net = seller_net(order(ask.place), order(bid.place), fee);
        trades.push(Trade { ask: ask.place, bid: bid.place, volume, fee, seller_net, margin: 0 });
        *left -= volume;
        if *left == 0 {
            heads.forbid(sell, buy);
        }
        if sells[sell].take(volume, volume_of) {
            heads.set_ask(sell, key(&sells[sell]));
        }
        if buys[buy].take(volume, volume_of) {
            heads.set_bid(buy, key(&buys[buy]));
        }
    }
    trades
}
