//! McAfee's trade reduction for divisible orders.
//!
//! Where the fee is a seller's part plus a buyer's part, prices shifted by these parts make one market without fees. There,
//! with the efficient trades between the best asks and the best bids, the mean of the first ask and the first bid that do
//! not trade is tried as the price. If it does for the last pair that trades, and both trade in full, everybody trades at
//! it. Else the last pair is left out; the other sellers receive its ask, the other buyers pay its bid, the auction account
//! keeps the difference, and the longer side is rationed, the earliest orders first.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use super::matching::{Depth, Matching};
use super::priority::{Ranked, Ranking, lottery};
use super::{Clearing, ClearingError, Trade};
use crate::fees::FeeTable;
use crate::limits::CLASSES_MAX;
use crate::order::{Book, ClassIndex, Order, Side};
use crate::units::{Price, WattHours};

/// How McAfee's rule came to its trades. Prices are those of the market without fees.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Reduction {
    /// Nobody could trade.
    NoTrade,
    /// All efficient trades take place at one price.
    Full {
        /// The price, fen/MWh.
        price: Price,
    },
    /// The last pair is left out.
    Reduced {
        /// What sellers receive: the ask that is left out.
        seller_net: Price,
        /// What buyers pay: the bid that is left out.
        buyer_gross: Price,
        /// The places in the book of the ask and the bid that are left out.
        left_out: (u32, u32),
        /// The places of the orders that trade less than they could, or nothing, because their side is rationed.
        rationed: Vec<u32>,
    },
}

/// The seller's and the buyer's part of the fee, by class.
struct Parts {
    sell: [Price; CLASSES_MAX],
    buy: [Price; CLASSES_MAX],
}

impl Parts {
    /// fee(s, b) = sell(s) + buy(b) over these classes, with every pair allowed.
    fn of(sells: &BTreeSet<ClassIndex>, buys: &BTreeSet<ClassIndex>, fees: &FeeTable) -> Option<Self> {
        let mut parts = Self { sell: [0; CLASSES_MAX], buy: [0; CLASSES_MAX] };
        let (Some(&first_sell), Some(&first_buy)) = (sells.first(), buys.first()) else { return Some(parts) };
        let column = sells.iter().map(|&sell| fees.fee(sell, first_buy)).collect::<Option<Vec<_>>>()?;
        let least = column.iter().min()?;
        for (sell, fee) in sells.iter().zip(&column) {
            parts.sell[sell.index()] = fee - least;
        }
        for buy in buys {
            parts.buy[buy.index()] = fees.fee(first_sell, *buy)? - parts.sell[first_sell.index()];
        }
        let separable = |sell: &ClassIndex, buy: &ClassIndex| {
            fees.fee(*sell, *buy) == Some(parts.sell[sell.index()] + parts.buy[buy.index()])
        };
        sells.iter().all(|sell| buys.iter().all(|buy| separable(sell, buy))).then_some(parts)
    }

    /// The order in the market without fees and with one class.
    fn flatten(&self, order: &Order) -> Order {
        let price = match order.side {
            Side::Sell => order.price + self.sell[order.class.index()],
            Side::Buy => order.price - self.buy[order.class.index()],
        };
        Order { price, class: ClassIndex(0), ..*order }
    }
}

/// Whether every fee of the table is a seller's part plus a buyer's part, and no pair of classes is forbidden: then any
/// book can be cleared by McAfee's rule.
#[must_use]
pub fn fees_are_separable(fees: &FeeTable) -> bool {
    let classes = (0..).zip(fees.classes()).map(|(class, _)| ClassIndex(class)).collect();
    Parts::of(&classes, &classes, fees).is_some()
}

/// Clears by McAfee's rule; the book's bounds are checked already.
pub(super) fn clear(book: &Book, fees: &FeeTable) -> Result<Clearing, ClearingError> {
    one_order_per_member_and_side(book)?;
    let (sells, buys) = (book.classes(Side::Sell), book.classes(Side::Buy));
    let parts = Parts::of(&sells, &buys, fees).ok_or(ClearingError::McafeeNeedsSeparableFee)?;
    let flat = Book {
        session: book.session.clone(),
        members: book.members.clone(),
        orders: book.orders.iter().map(|order| parts.flatten(order)).collect(),
    };
    let ranking = Ranking::of(&flat)?;
    let matching = Matching::without_fees(&ranking);
    let (asks, bids) = (&matching.sells[0], &matching.buys[0]);
    let mut fills = vec![0; book.orders.len()];
    let reduction = reduce(&flat, asks, bids, &mut fills);
    let trades = match &reduction {
        Reduction::NoTrade => Vec::new(),
        Reduction::Full { price } => merge(book, fees, &parts, asks, bids, &fills, *price, 0),
        Reduction::Reduced { seller_net, buyer_gross, .. } => {
            merge(book, fees, &parts, asks, bids, &fills, *seller_net, buyer_gross - seller_net)
        }
    };
    Ok(Clearing { trades, fills, class_prices: Vec::new(), matched: Vec::new(), reduction: Some(reduction) })
}

fn one_order_per_member_and_side(book: &Book) -> Result<(), ClearingError> {
    let mut seen = BTreeSet::new();
    match book.orders.iter().position(|order| !seen.insert((order.member, order.side))) {
        Some(order) => Err(ClearingError::McafeeOneOrderPerMemberAndSide { order }),
        None => Ok(()),
    }
}

/// Decides the price or the reduction, and writes what each order trades into `fills`.
fn reduce(flat: &Book, asks: &Depth<'_>, bids: &Depth<'_>, fills: &mut [WattHours]) -> Reduction {
    let (Some((last_ask, better_asks)), Some((last_bid, better_bids))) =
        (asks.filled.split_last(), bids.filled.split_last())
    else {
        return Reduction::NoTrade;
    };
    let in_full = |depth: &Depth<'_>, last: &Ranked| depth.last_fill == last.volume;
    if let (Some(next_ask), Some(next_bid)) = (asks.first_open, bids.first_open)
        && in_full(asks, last_ask)
        && in_full(bids, last_bid)
    {
        let price = (next_ask.price() + next_bid.price()).div_euclid(2);
        if (last_ask.price()..=last_bid.price()).contains(&price) {
            for ranked in asks.filled.iter().chain(bids.filled) {
                fills[ranked.place as usize] = ranked.volume;
            }
            return Reduction::Full { price };
        }
    }
    let total = |side: &[Ranked]| side.iter().map(|ranked| ranked.volume).sum::<WattHours>();
    let traded = total(better_asks).min(total(better_bids));
    let lottery = lottery(flat);
    for side in [better_asks, better_bids] {
        ration(flat, side, traded, &lottery, fills);
    }
    let better = better_asks.iter().chain(better_bids);
    let rationed = better.filter(|ranked| fills[ranked.place as usize] < ranked.volume).map(|ranked| ranked.place);
    Reduction::Reduced {
        seller_net: last_ask.price(),
        buyer_gross: last_bid.price(),
        left_out: (last_ask.place, last_bid.place),
        rationed: rationed.collect(),
    }
}

/// All winners of a side have one price, so the earliest go first, not the best priced.
fn ration(flat: &Book, side: &[Ranked], mut room: WattHours, lottery: &[u32], fills: &mut [WattHours]) {
    let mut places: Vec<u32> = side.iter().map(|ranked| ranked.place).collect();
    places.sort_unstable_by_key(|&place| {
        let order = &flat.orders[place as usize];
        (order.time, lottery[order.member as usize], order.sequence, order.index)
    });
    for place in places {
        let fill = flat.orders[place as usize].volume.min(room);
        fills[place as usize] = fill;
        room -= fill;
    }
}

/// Pairs the fills of both sides in priority. Prices are those of the market without fees.
#[expect(clippy::too_many_arguments, reason = "all of them differ, and there is one caller")]
fn merge(
    book: &Book,
    fees: &FeeTable,
    parts: &Parts,
    asks: &Depth<'_>,
    bids: &Depth<'_>,
    fills: &[WattHours],
    seller_net: Price,
    margin: Price,
) -> Vec<Trade> {
    let with_fill = |depth: &Depth<'_>| -> Vec<(u32, WattHours)> {
        let all = depth.filled.iter().map(|ranked| (ranked.place, fills[ranked.place as usize]));
        all.filter(|(_, fill)| *fill > 0).collect()
    };
    let (mut asks, mut bids) = (with_fill(asks).into_iter(), with_fill(bids).into_iter());
    let (mut ask, mut bid) = (asks.next(), bids.next());
    let mut trades = Vec::new();
    while let (Some((seller, on_sale)), Some((buyer, wanted))) = (ask, bid) {
        let (sell, buy) = (book.orders[seller as usize].class, book.orders[buyer as usize].class);
        let Some(fee) = fees.fee(sell, buy) else { break };
        let volume = on_sale.min(wanted);
        let seller_net = seller_net - parts.sell[sell.index()];
        trades.push(Trade { ask: seller, bid: buyer, volume, fee, seller_net, margin });
        ask = if on_sale > volume { Some((seller, on_sale - volume)) } else { asks.next() };
        bid = if wanted > volume { Some((buyer, wanted - volume)) } else { bids.next() };
    }
    trades
}
