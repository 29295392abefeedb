//! Supporting prices: bounds by orders, differences by fees.

use std::collections::{BTreeMap, BTreeSet};

use super::ranks::{KEY_PER_PRICE, Ranking};
use super::{Matched, Order, Side, Terms};

/// Lowest, highest and chosen supporting price of one side of a class, fen/MWh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassPrice {
    /// Sell: net prices. Buy: gross prices.
    pub side: Side,
    /// The class.
    pub class: usize,
    /// The lowest.
    pub lowest: i128,
    /// The highest.
    pub highest: i128,
    /// What the share k chooses between them.
    pub chosen: i128,
}

/// Further from zero than any price or key.
const UNBOUNDED: i128 = 1 << 100;

/// The side of a class, whose price is a variable; none is money, whose price is zero.
type Node = Option<(Side, usize)>;

/// `price(to) <= price(from) + most`.
struct Constraint {
    from: Node,
    to: Node,
    most: i128,
}

/// The bounds and differences that prices must satisfy to support a result. `value` is what an order is worth, by its
/// place; fees count `scale`.
fn constraints(
    terms: &Terms,
    book: &[Order],
    fills: &[u64],
    matched: &Matched,
    value: impl Fn(usize) -> i128,
    scale: i128,
) -> Vec<Constraint> {
    // Of all orders of a class only the tightest count.
    let mut bounds = BTreeMap::<(Side, usize), (i128, i128)>::new();
    for (place, order) in book.iter().enumerate().filter(|(_, order)| order.volume > 0) {
        let (most, least) = bounds.entry((order.side, order.class)).or_insert((UNBOUNDED, -UNBOUNDED));
        let (trades, waits) = (fills[place] > 0, fills[place] < order.volume);
        let (is_most, is_least) = if order.side == Side::Sell { (waits, trades) } else { (trades, waits) };
        if is_most {
            *most = value(place).min(*most);
        }
        if is_least {
            *least = value(place).max(*least);
        }
    }
    let mut constraints = Vec::new();
    for (node, (most, least)) in &bounds {
        constraints.push(Constraint { from: None, to: Some(*node), most: *most });
        constraints.push(Constraint { from: Some(*node), to: None, most: -least });
    }
    let nodes: Vec<_> = bounds.into_keys().collect();
    for &(_, sell) in nodes.iter().filter(|(side, _)| *side == Side::Sell) {
        for &(_, buy) in nodes.iter().filter(|(side, _)| *side == Side::Buy) {
            let Some(fee) = terms.fee(sell, buy) else { continue };
            let (fee, net, gross) = (i128::from(fee) * scale, Some((Side::Sell, sell)), Some((Side::Buy, buy)));
            constraints.push(Constraint { from: net, to: gross, most: fee });
            if matched.get(&(sell, buy)).is_some_and(|volume| *volume > 0) {
                constraints.push(Constraint { from: gross, to: net, most: -fee });
            }
        }
    }
    constraints
}

/// Where the price of a node is kept; money comes first.
fn slot(node: Node, classes: usize) -> usize {
    match node {
        None => 0,
        Some((Side::Sell, class)) => 1 + class,
        Some((Side::Buy, class)) => 1 + classes + class,
    }
}

/// Whether there are prices, in keys, that support the result: whether it is the best (Bellman and Ford).
pub(super) fn exist(terms: &Terms, book: &[Order], fills: &[u64], matched: &Matched, ranking: &Ranking) -> bool {
    let constraints = constraints(terms, book, fills, matched, |place| ranking.keys[place], KEY_PER_PRICE);
    let classes = terms.fees.len();
    let mut prices = vec![0; 1 + 2 * classes];
    for _ in 0..=prices.len() {
        let mut changed = false;
        for Constraint { from, to, most } in &constraints {
            let bound = prices[slot(*from, classes)] + most;
            let price = &mut prices[slot(*to, classes)];
            if bound < *price {
                *price = bound;
                changed = true;
            }
        }
        if !changed {
            return true;
        }
    }
    false
}

/// The supporting prices of the classes that trade, asks first.
pub(super) fn class_prices(terms: &Terms, book: &[Order], fills: &[u64], matched: &Matched) -> Vec<ClassPrice> {
    let constraints = constraints(terms, book, fills, matched, |place| book[place].price.into(), 1);
    let classes = terms.fees.len();
    let (mut highest, mut lowest) = (vec![UNBOUNDED; 1 + 2 * classes], vec![-UNBOUNDED; 1 + 2 * classes]);
    (highest[0], lowest[0]) = (0, 0);
    for _ in 0..highest.len() {
        for Constraint { from, to, most } in &constraints {
            let (from, to) = (slot(*from, classes), slot(*to, classes));
            if to != 0 {
                highest[to] = highest[to].min(highest[from] + most);
            }
            if from != 0 {
                lowest[from] = lowest[from].max(lowest[to] - most);
            }
        }
    }
    let (numerator, denominator) = terms.share();
    let trading: BTreeSet<(Side, usize)> =
        matched.keys().flat_map(|(sell, buy)| [(Side::Sell, *sell), (Side::Buy, *buy)]).collect();
    let price = |&(side, class): &(Side, usize)| {
        let slot = slot(Some((side, class)), classes);
        let (lowest, highest) = (lowest[slot], highest[slot]);
        let chosen = lowest + ((highest - lowest) * numerator).div_euclid(denominator);
        ClassPrice { side, class, lowest, highest, chosen }
    };
    trading.iter().map(price).collect()
}
