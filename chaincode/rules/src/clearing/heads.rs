//! The best pair among the heads of the classes, kept up to date as heads move.

use super::priority::KEY_PER_PRICE;
use crate::limits::{CLASSES_MAX, PRICE_MAX};
use crate::units::Price;

/// Further from zero than any key or cost, and small enough that three of them add up in 64 bits.
const NEVER: i64 = 1 << 60;

const _: () = assert!(
    CLASSES_MAX == 16 && NEVER > 32 * PRICE_MAX * KEY_PER_PRICE,
    "a path has at most 31 arcs, so none costs as much"
);

/// One value for each sell class and buy class.
pub(super) type ByClasses<T> = [[T; CLASSES_MAX]; CLASSES_MAX];

/// Keys of the heads, costs between the classes, and per sell class the buy class that is worth most to it.
///
/// A head never becomes more attractive, since the better orders go first. So what was the value of a row when it was last
/// compared is at least what it is now, and a row need be compared again only when it would be chosen.
#[derive(Debug)]
pub(super) struct Heads {
    asks: [i64; CLASSES_MAX],
    bids: [i64; CLASSES_MAX],
    /// On the scale of keys.
    costs: ByClasses<i64>,
    /// Per sell class the largest bid less cost when the row was last compared.
    value: [i64; CLASSES_MAX],
    /// Per sell class the buy class that it is from.
    buy_class: [usize; CLASSES_MAX],
    /// The rows whose buy class has had another head since: one bit per sell class.
    outdated: u16,
}

impl Heads {
    /// Heads with these keys (`None`: no order left) and costs in fen/MWh (`None`: no way).
    pub(super) fn new(
        asks: [Option<i64>; CLASSES_MAX],
        bids: [Option<i64>; CLASSES_MAX],
        costs: &ByClasses<Option<Price>>,
    ) -> Self {
        let mut heads = Self {
            asks: asks.map(|key| key.unwrap_or(NEVER)),
            bids: bids.map(|key| key.unwrap_or(-NEVER)),
            costs: [[NEVER; CLASSES_MAX]; CLASSES_MAX],
            value: [-NEVER; CLASSES_MAX],
            buy_class: [0; CLASSES_MAX],
            outdated: 0,
        };
        heads.set_costs(costs);
        heads
    }

    /// Replaces all costs.
    pub(super) fn set_costs(&mut self, costs: &ByClasses<Option<Price>>) {
        self.costs = costs.map(|row| row.map(|cost| cost.map_or(NEVER, |cost| cost * KEY_PER_PRICE)));
        for sell in 0..CLASSES_MAX {
            self.compare_row(sell);
        }
    }

    /// Takes the way from `sell` to `buy` out.
    pub(super) fn forbid(&mut self, sell: usize, buy: usize) {
        self.costs[sell][buy] = NEVER;
        self.compare_row(sell);
    }

    /// The class has a new head, or none.
    pub(super) fn set_ask(&mut self, class: usize, key: Option<i64>) {
        self.asks[class] = key.unwrap_or(NEVER);
    }

    /// The class has a new head, or none.
    pub(super) fn set_bid(&mut self, class: usize, key: Option<i64>) {
        self.bids[class] = key.unwrap_or(-NEVER);
        for (sell, buy) in self.buy_class.iter().enumerate() {
            self.outdated |= u16::from(*buy == class) << sell;
        }
    }

    /// The sell and the buy class whose heads have the largest gain, unless it is negative. Ties: the lower ask key, then
    /// the higher bid key.
    pub(super) fn best(&mut self) -> Option<(usize, usize)> {
        loop {
            let (sell, gain) = largest_difference(&self.value, &self.asks, |sell| -self.asks[sell]);
            if self.outdated & 1 << sell == 0 {
                return (gain >= 0).then(|| (sell, self.buy_class[sell]));
            }
            self.compare_row(sell);
        }
    }

    fn compare_row(&mut self, sell: usize) {
        let (buy, value) = largest_difference(&self.bids, &self.costs[sell], |buy| self.bids[buy]);
        (self.value[sell], self.buy_class[sell]) = (value, buy);
        self.outdated &= !(1 << sell);
    }
}

/// Where `left - right` is largest, and how large it is; among equals, where the tie-break is largest.
#[inline]
fn largest_difference(
    left: &[i64; CLASSES_MAX],
    right: &[i64; CLASSES_MAX],
    tie_break: impl Fn(usize) -> i64,
) -> (usize, i64) {
    // Nothing here is further from zero than three times NEVER. Unchecked subtraction lets the compiler take many at once.
    let differences: [i64; CLASSES_MAX] = core::array::from_fn(|class| left[class].wrapping_sub(right[class]));
    let largest = differences.iter().copied().fold(i64::MIN, i64::max);
    let mut ties = 0_u32;
    for (class, difference) in differences.iter().enumerate() {
        ties |= u32::from(*difference == largest) << class;
    }
    let mut best = ties.trailing_zeros() as usize;
    ties &= ties - 1;
    while ties != 0 {
        let class = ties.trailing_zeros() as usize;
        ties &= ties - 1;
        if tie_break(class) > tie_break(best) {
            best = class;
        }
    }
    (best, largest)
}
