//! Proof that a clearing is the best one, in O(n + classes^3) and without clearing anything.
//!
//! The result of a round must have the largest surplus net of fees, then the largest volume, then the best price-time
//! ranks. Join price and rank of each order in one key, and the three become one: the largest gain in keys. By linear
//! programming duality a result is the best exactly if there are *supporting prices*, one for each side of each class,
//! at which nobody who traded would rather not have, nobody who did not would rather have, and no pair of classes that
//! trades gains by it more than the fee. These are bounds and differences, so there are such prices exactly if the graph
//! of these differences (the residual graph of the flow between classes) has no negative cycle.
//!
//! The order of the trade list, the pricing rule and McAfee's reduction are checked by their definitions.

mod listing;
mod mcafee;
mod ranks;
mod supporting;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::finding::Code;
pub use mcafee::Reduction;
pub use supporting::ClassPrice;

/// Which side of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// An ask.
    Sell,
    /// A bid.
    Buy,
}

/// An order of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Ask or bid.
    pub side: Side,
    /// Place of its class in the fee table.
    pub class: usize,
    /// Its member.
    pub member: String,
    /// The member's number for it.
    pub number: u32,
    /// fen/MWh.
    pub price: i64,
    /// Wh.
    pub volume: u64,
    /// When its price was set or its volume raised.
    pub time: u64,
    /// Sequence of the bundle that did it.
    pub sequence: u64,
    /// Its place in that bundle.
    pub index: u32,
}

/// A trade between two orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Place of the ask in the book.
    pub ask: u32,
    /// Place of the bid.
    pub bid: u32,
    /// Wh.
    pub volume: u64,
    /// The whole network fee, fen/MWh.
    pub fee: i64,
    /// What the seller gets, fen/MWh.
    pub seller_net: i64,
    /// What the buyer pays beyond net and fee, fen/MWh.
    pub margin: i64,
}

impl Trade {
    fn buyer_gross(&self) -> i128 {
        i128::from(self.seller_net) + i128::from(self.fee) + i128::from(self.margin)
    }
}

/// How trades are priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The share k of each pair's gain goes to the seller.
    KDoubleAuction,
    /// The seller gets the whole gain.
    PayAsBid,
    /// The buyer keeps the whole gain.
    PayAsAsk,
    /// One price per side of each class, the share k of the way from the lowest to the highest supporting one.
    Uniform,
    /// McAfee's trade reduction.
    Mcafee,
}

/// What a round is cleared by.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The session, which seeds the lottery among orders that tie.
    pub session: String,
    /// The fee of each sell class (row) with each buy class; none where the trade is forbidden.
    pub fees: Vec<Vec<Option<i64>>>,
    /// The pricing rule.
    pub rule: Rule,
    /// k as numerator and denominator.
    pub k: (u32, u32),
}

impl Terms {
    /// The fee between two classes; none if they may not trade.
    #[must_use]
    pub fn fee(&self, sell: usize, buy: usize) -> Option<i64> {
        *self.fees.get(sell)?.get(buy)?
    }

    /// The seller's share of a gain by the pricing rule.
    fn share(&self) -> (i128, i128) {
        match self.rule {
            Rule::PayAsBid => (1, 1),
            Rule::PayAsAsk | Rule::Mcafee => (0, 1),
            Rule::KDoubleAuction | Rule::Uniform => (self.k.0.into(), i128::from(self.k.1).max(1)),
        }
    }
}

/// What the check of a clearing gave.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// The rules that are broken; none if the clearing is right.
    pub violations: BTreeSet<Code>,
    /// What each order of the book trades, Wh.
    pub fills: Vec<u64>,
    /// Supporting prices of the classes that trade; none under McAfee's rule.
    pub class_prices: Vec<ClassPrice>,
    /// What McAfee's rule gave up.
    pub reduction: Reduction,
}

/// Volumes that trade between classes, Wh.
type Matched = BTreeMap<(usize, usize), u64>;

/// Checks the trades of a round, listed in their order, against its book.
#[must_use]
pub fn check(terms: &Terms, book: &[Order], trades: &[Trade]) -> Proof {
    let mut proof = Proof { fills: vec![0; book.len()], ..Proof::default() };
    if book.iter().any(|order| order.class >= terms.fees.len()) {
        proof.violations.insert(Code::Book);
        return proof;
    }
    let matched = check_each(terms, book, trades, &mut proof);
    if !proof.violations.is_empty() {
        return proof;
    }
    if terms.rule == Rule::Mcafee {
        mcafee::check(terms, book, trades, &mut proof);
        return proof;
    }
    let ranking = ranks::Ranking::of(&terms.session, book);
    let fills = std::mem::take(&mut proof.fills);
    if !supporting::exist(terms, book, &fills, &matched, &ranking) {
        proof.violations.insert(Code::NotOptimal);
    }
    if !ranking.keeps_priority(book, &fills) {
        proof.violations.insert(Code::PriceTimePriority);
    }
    if !listing::is_in_order(terms, book, trades, &fills, &matched, &ranking) {
        proof.violations.insert(Code::TradeOrder);
    }
    proof.class_prices = supporting::class_prices(terms, book, &fills, &matched);
    check_prices(terms, book, trades, &mut proof);
    proof.fills = fills;
    proof
}

/// What can be said of each trade by itself; sums up what orders and classes trade.
fn check_each(terms: &Terms, book: &[Order], trades: &[Trade], proof: &mut Proof) -> Matched {
    let (mut matched, mut totals) = (Matched::new(), vec![0_u128; book.len()]);
    for trade in trades {
        let Some((ask, bid)) = orders_of(book, trade) else {
            proof.violations = BTreeSet::from([Code::UnknownOrEmptyTrade]);
            return matched;
        };
        let mut require = |holds: bool, code| {
            if !holds {
                proof.violations.insert(code);
            }
        };
        require(ask.member != bid.member, Code::SelfTrade);
        let fee = terms.fee(ask.class, bid.class);
        require(fee == Some(trade.fee), Code::FeeNotFromTable);
        if fee.is_none_or(|fee| fee != trade.fee) {
            // With a fee from nowhere its prices mean nothing.
            continue;
        }
        require(trade.margin == 0 || (trade.margin > 0 && terms.rule == Rule::Mcafee), Code::Margin);
        require(trade.seller_net >= ask.price, Code::SellerLoses);
        require(trade.buyer_gross() <= bid.price.into(), Code::BuyerLoses);
        for place in [trade.ask, trade.bid] {
            totals[place as usize] += u128::from(trade.volume);
        }
        let between: &mut u64 = matched.entry((ask.class, bid.class)).or_default();
        *between = between.saturating_add(trade.volume);
    }
    if totals.iter().zip(book).any(|(total, order)| *total > order.volume.into()) {
        proof.violations.insert(Code::Overfilled);
    }
    proof.fills = totals.into_iter().map(|total| u64::try_from(total).unwrap_or(u64::MAX)).collect();
    matched
}

/// The ask and the bid of a trade that is one.
fn orders_of<'a>(book: &'a [Order], trade: &Trade) -> Option<(&'a Order, &'a Order)> {
    let (ask, bid) = (book.get(trade.ask as usize)?, book.get(trade.bid as usize)?);
    (ask.side == Side::Sell && bid.side == Side::Buy && trade.volume > 0).then_some((ask, bid))
}

/// The prices are those of the pricing rule.
fn check_prices(terms: &Terms, book: &[Order], trades: &[Trade], proof: &mut Proof) {
    let (numerator, denominator) = terms.share();
    for trade in trades {
        let Some((ask, bid)) = orders_of(book, trade) else { continue };
        if terms.rule == Rule::Uniform {
            let chosen = |side, class| {
                let price = proof.class_prices.iter().find(|price| price.side == side && price.class == class);
                price.map(|price| price.chosen)
            };
            let agreed = chosen(Side::Sell, ask.class) == Some(trade.seller_net.into())
                && chosen(Side::Buy, bid.class) == Some(trade.buyer_gross());
            if !agreed {
                proof.violations.insert(Code::UniformPrice);
            }
        } else {
            let gain = i128::from(bid.price) - i128::from(ask.price) - i128::from(trade.fee);
            let net = i128::from(ask.price) + (gain * numerator).div_euclid(denominator);
            if net != trade.seller_net.into() {
                proof.violations.insert(Code::PairPrice);
            }
        }
    }
}
