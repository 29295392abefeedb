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
/// A step changes one or two heads, so most of what was compared before still stands: only a row whose best buy class
/// has a new head is compared again. A head never becomes more attractive, since the better orders go first.
#[derive(Debug)]
pub(super) struct Heads {
    asks: [i64; CLASSES_MAX],
    bids: [i64; CLASSES_MAX],
    /// On the scale of keys.
    costs: ByClasses<i64>,
    /// Per sell class the largest bid less cost, and the buy class that it is from.
    best_of_row: [(i64, usize); CLASSES_MAX],
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
            best_of_row: [(-NEVER, 0); CLASSES_MAX],
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
        for sell in 0..CLASSES_MAX {
            if self.best_of_row[sell].1 == class {
                self.compare_row(sell);
            }
        }
    }

    /// The sell and the buy class whose heads have the largest gain, unless it is negative. Ties: the lower ask key, then
    /// the higher bid key.
    pub(super) fn best(&self) -> Option<(usize, usize)> {
        let gain = |sell: usize| self.best_of_row[sell].0 - self.asks[sell];
        let mut best = 0;
        for sell in 1..CLASSES_MAX {
            let (one, other) = (gain(sell), gain(best));
            if one > other || (one == other && self.asks[sell] < self.asks[best]) {
                best = sell;
            }
        }
        (gain(best) >= 0).then(|| (best, self.best_of_row[best].1))
    }

    fn compare_row(&mut self, sell: usize) {
        let (bids, costs) = (&self.bids, &self.costs[sell]);
        let mut best = 0;
        for buy in 1..CLASSES_MAX {
            let (one, other) = (bids[buy] - costs[buy], bids[best] - costs[best]);
            if one > other || (one == other && bids[buy] > bids[best]) {
                best = buy;
            }
        }
        self.best_of_row[sell] = (bids[best] - costs[best], best);
    }
}
