//! McAfee's trade reduction, from the cumulative curves of supply and demand.
//!
//! Where a fee is a seller's part plus a buyer's part, prices shifted by these parts make one market without fees. There
//! the mean of the first ask and the first bid beyond the efficient volume is tried as the price. If it does for the last
//! pair that trades, and both trade in full, everybody trades at it. Else the last pair is given up, and the longer
//! side is rationed, the earliest orders first.

use std::collections::BTreeSet;

use super::ranks::{Lottery, Ranking, tie_break};
use super::{Code, Order, Proof, Side, Terms, Trade};

/// Orders that McAfee's rule keeps from trading, by their places in the book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reduction {
    /// The last pair, which is given up.
    pub given_up: Vec<usize>,
    /// Orders that trade less than they could, because their side is rationed.
    pub rationed: Vec<usize>,
}

/// The result by the rule.
struct Wanted {
    fills: Vec<u64>,
    /// What sellers get and buyers pay in the market without fees.
    net: i128,
    gross: i128,
    reduction: Reduction,
}

/// Checks volumes, prices and order of the trades.
pub(super) fn check(terms: &Terms, book: &[Order], trades: &[Trade], proof: &mut Proof) {
    let Some(parts) = Parts::of(terms, book) else {
        proof.violations.insert(Code::McafeeFee);
        return;
    };
    let flat: Vec<Order> = book.iter().map(|order| parts.flatten(order)).collect();
    let ranking = Ranking::of(&terms.session, &flat);
    let Some(wanted) = wanted(&terms.session, &flat, &ranking) else {
        if !trades.is_empty() {
            proof.violations.insert(Code::Mcafee);
        }
        return;
    };
    if proof.fills != wanted.fills {
        proof.violations.insert(Code::McafeeVolume);
    } else if !is_in_order(trades, &ranking, &wanted.fills) {
        proof.violations.insert(Code::TradeOrder);
    }
    let is_priced = |trade: &Trade| {
        let (sell, buy) = (book[trade.ask as usize].class, book[trade.bid as usize].class);
        i128::from(trade.seller_net) == wanted.net - i128::from(parts.sell[sell])
            && trade.buyer_gross() == wanted.gross + i128::from(parts.buy[buy])
    };
    if !trades.iter().all(is_priced) {
        proof.violations.insert(Code::McafeePrice);
    }
    proof.reduction = wanted.reduction;
}

/// The seller's and the buyer's part of the fee, by class.
struct Parts {
    sell: Vec<i64>,
    buy: Vec<i64>,
}

impl Parts {
    /// None if the fees between the classes of the book are no such sums.
    fn of(terms: &Terms, book: &[Order]) -> Option<Self> {
        let classes = |side| -> BTreeSet<usize> {
            book.iter().filter(|order| order.side == side).map(|order| order.class).collect()
        };
        let (sells, buys) = (classes(Side::Sell), classes(Side::Buy));
        let mut parts = Self { sell: vec![0; terms.fees.len()], buy: vec![0; terms.fees.len()] };
        let (Some(&first_sell), Some(&first_buy)) = (sells.first(), buys.first()) else { return Some(parts) };
        let column = sells.iter().map(|sell| terms.fee(*sell, first_buy)).collect::<Option<Vec<_>>>()?;
        let least = column.iter().min()?;
        for (sell, fee) in sells.iter().zip(&column) {
            parts.sell[*sell] = fee.saturating_sub(*least);
        }
        for buy in &buys {
            parts.buy[*buy] = terms.fee(first_sell, *buy)?.saturating_sub(parts.sell[first_sell]);
        }
        let is_sum = |sell: usize, buy: usize| terms.fee(sell, buy) == parts.sell[sell].checked_add(parts.buy[buy]);
        sells.iter().all(|sell| buys.iter().all(|buy| is_sum(*sell, *buy))).then_some(parts)
    }

    /// The order in the market without fees.
    fn flatten(&self, order: &Order) -> Order {
        let price = match order.side {
            Side::Sell => order.price.saturating_add(self.sell[order.class]),
            Side::Buy => order.price.saturating_sub(self.buy[order.class]),
        };
        Order { price, ..order.clone() }
    }
}

/// The volumes up to and with each order.
fn cumulate(places: &[usize], book: &[Order]) -> Vec<u128> {
    let volumes = places.iter().map(|place| u128::from(book[*place].volume));
    volumes
        .scan(0, |sum, volume| {
            *sum += volume;
            Some(*sum)
        })
        .collect()
}

/// What the rule gives; none if there is no trade.
fn wanted(session: &str, book: &[Order], Ranking { asks, bids, .. }: &Ranking) -> Option<Wanted> {
    let (supply, demand) = (cumulate(asks, book), cumulate(bids, book));
    let most = *supply.last()?.min(demand.last()?);
    let at = |curve: &[u128], volume| curve.partition_point(|sum| *sum < volume);
    let price = |places: &[usize], rank: usize| places.get(rank).map(|place| i128::from(book[*place].price));
    // The largest volume at which the demand's price is not below the supply's: it lies at a step of a curve.
    let steps = supply.iter().chain(&demand).copied().filter(|volume| *volume <= most);
    let efficient =
        steps.filter(|volume| price(bids, at(&demand, *volume)) >= price(asks, at(&supply, *volume))).max()?;
    let (last_ask, last_bid) = (at(&supply, efficient), at(&demand, efficient));
    let (ask, bid) = (price(asks, last_ask)?, price(bids, last_bid)?);

    let mut fills = vec![0; book.len()];
    let both_in_full = supply[last_ask] == efficient && demand[last_bid] == efficient;
    if let (true, Some(next_ask), Some(next_bid)) = (both_in_full, price(asks, last_ask + 1), price(bids, last_bid + 1))
        && (ask..=bid).contains(&(next_ask + next_bid).div_euclid(2))
    {
        for place in asks[..=last_ask].iter().chain(&bids[..=last_bid]) {
            fills[*place] = book[*place].volume;
        }
        let price = (next_ask + next_bid).div_euclid(2);
        return Some(Wanted { fills, net: price, gross: price, reduction: Reduction::default() });
    }
    let winners = [&asks[..last_ask], &bids[..last_bid]];
    let volume = |side: &[usize]| side.iter().map(|place| u128::from(book[*place].volume)).sum::<u128>();
    let traded = volume(winners[0]).min(volume(winners[1]));
    let lottery = Lottery::of(session, book);
    for side in winners {
        let mut in_time = side.to_vec();
        in_time.sort_by_key(|place| (book[*place].time, lottery.ticket(*place), tie_break(&book[*place])));
        let mut room = traded;
        for place in in_time {
            let fill = u64::try_from(room).unwrap_or(u64::MAX).min(book[place].volume);
            fills[place] = fill;
            room -= u128::from(fill);
        }
    }
    let is_rationed = |place: &usize| fills[*place] < book[*place].volume;
    let rationed = winners.into_iter().flatten().copied().filter(is_rationed).collect();
    let reduction = Reduction { given_up: vec![asks[last_ask], bids[last_bid]], rationed };
    Some(Wanted { fills, net: ask, gross: bid, reduction })
}

/// Whether the trades pair the fills of both sides in priority.
fn is_in_order(trades: &[Trade], ranking: &Ranking, fills: &[u64]) -> bool {
    let filled = |places: &[usize]| {
        places.iter().map(|place| (*place, fills[*place])).filter(|(_, fill)| *fill > 0).collect::<Vec<_>>().into_iter()
    };
    let (mut asks, mut bids) = (filled(&ranking.asks), filled(&ranking.bids));
    let (mut ask, mut bid) = (asks.next(), bids.next());
    trades.iter().all(|trade| {
        let (Some((seller, on_sale)), Some((buyer, wanted))) = (ask, bid) else { return false };
        let volume = on_sale.min(wanted);
        ask = if on_sale > volume { Some((seller, on_sale - volume)) } else { asks.next() };
        bid = if wanted > volume { Some((buyer, wanted - volume)) } else { bids.next() };
        (seller, buyer, volume) == (trade.ask as usize, trade.bid as usize, trade.volume)
    })
}
