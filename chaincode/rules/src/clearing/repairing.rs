//! The cheapest way to bring energy from a sell class to a buy class, re-pairing what is already matched.
//!
//! From a sell class to a buy class costs the fee; back from a buy class to a sell class, whose volume is released, gives
//! the fee of what is matched there. Ties: the fewest arcs, then class order along the way.

use super::heads::ByClasses;
use crate::fees::FeeTable;
use crate::limits::{CLASSES_MAX, PRICE_MAX};
use crate::order::ClassIndex;
use crate::units::{Price, WattHours};

/// A way through the classes: sell, buy, sell, buy, ... Paths compare by cost, then arcs, then classes along the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path {
    cost: Price,
    arcs: u32,
    /// Four bits a class, the first class highest: paths of one length compare as their classes do.
    classes: u128,
}

const _: () = assert!(CLASSES_MAX == 16, "a class takes four bits, and a path visits at most 32");

impl Path {
    fn from(class: usize) -> Self {
        Self { cost: 0, arcs: 0, classes: class as u128 }
    }

    fn then(self, class: usize, cost: Price) -> Self {
        Self { cost: self.cost + cost, arcs: self.arcs + 1, classes: self.classes << 4 | class as u128 }
    }

    fn class(self, step: u32) -> usize {
        (self.classes >> (4 * (self.arcs - step)) & 15) as usize
    }

    /// The (sell, buy) class pairs that gain volume.
    pub(super) fn forward(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.arcs).step_by(2).map(move |step| (self.class(step), self.class(step + 1)))
    }

    /// The (sell, buy) class pairs that give volume up.
    pub(super) fn backward(self) -> impl Iterator<Item = (usize, usize)> {
        (1..self.arcs).step_by(2).map(move |step| (self.class(step + 1), self.class(step)))
    }
}

/// The fees as a plain matrix.
pub(super) fn fee_matrix(fees: &FeeTable) -> ByClasses<Option<Price>> {
    let mut matrix = [[None; CLASSES_MAX]; CLASSES_MAX];
    for (sell, row) in (0..).zip(&mut matrix) {
        for (buy, fee) in (0..).zip(row) {
            *fee = fees.fee(ClassIndex(sell), ClassIndex(buy));
        }
    }
    matrix
}

/// The cheapest paths between all classes, as long as volume is matched between the same ones.
pub(super) struct CheapestPaths<'f> {
    fees: &'f ByClasses<Option<Price>>,
    support: Support,
    costs: ByClasses<Option<Price>>,
    /// From the sell classes that were asked for: most never are before the next change.
    paths: [Option<[Option<Path>; CLASSES_MAX]>; CLASSES_MAX],
}

impl<'f> CheapestPaths<'f> {
    pub(super) fn new(fees: &'f ByClasses<Option<Price>>, matched: &ByClasses<WattHours>) -> Self {
        let support = support(matched);
        Self { fees, support, costs: cheapest_costs(fees, &support), paths: [None; CLASSES_MAX] }
    }

    /// What they cost, fen/MWh; `None` where there is none.
    pub(super) fn costs(&self) -> &ByClasses<Option<Price>> {
        &self.costs
    }

    /// The one from a sell to a buy class.
    pub(super) fn path(&mut self, sell: usize, buy: usize) -> Option<Path> {
        self.paths[sell].get_or_insert_with(|| paths_from(self.fees, &self.support, sell))[buy]
    }
}

/// Between which classes volume is matched: all that the paths depend on. One bit per sell class, by buy class.
type Support = [u16; CLASSES_MAX];

/// Which pairs of classes have volume.
fn support(matched: &ByClasses<WattHours>) -> Support {
    let mut support = [0; CLASSES_MAX];
    for (sell, row) in matched.iter().enumerate() {
        for (buy, _) in row.iter().enumerate().filter(|(_, volume)| **volume > 0) {
            support[buy] |= 1 << sell;
        }
    }
    support
}

/// Dearer than any path, and small enough that three of them add up in 64 bits.
const NEVER: Price = 1 << 60;

const _: () = assert!(NEVER > 64 * PRICE_MAX, "a path has at most 31 arcs, and an end of it may be missing");

/// What the cheapest path from every sell class to every buy class costs; `None` where there is none.
///
/// Floyd and Warshall's algorithm over the sell classes. What is matched is always the cheapest way to match it, so no
/// cycle has a negative cost.
fn cheapest_costs(fees: &ByClasses<Option<Price>>, support: &Support) -> ByClasses<Option<Price>> {
    let fees = fees.map(|row| row.map(|fee| fee.unwrap_or(NEVER)));
    let mut between_sells = [[NEVER; CLASSES_MAX]; CLASSES_MAX];
    let mut supported = 0;
    for (buy, &released) in support.iter().enumerate() {
        supported |= released;
        for back in classes_of(released) {
            for (sell, row) in between_sells.iter_mut().enumerate() {
                row[back] = row[back].min(fees[sell][buy] - fees[back][buy]);
            }
        }
    }
    for via in classes_of(supported) {
        let onwards = between_sells[via];
        for row in &mut between_sells {
            shorten(row, row[via], &onwards);
        }
    }
    let mut costs = fees;
    for via in classes_of(supported) {
        for (row, to_sells) in costs.iter_mut().zip(&between_sells) {
            shorten(row, to_sells[via], &fees[via]);
        }
    }
    costs.map(|row| row.map(|cost| (cost < NEVER / 2).then_some(cost)))
}

/// Takes the way over a class where it is cheaper: `first` to get there, then `onwards`.
#[inline]
fn shorten(costs: &mut [Price; CLASSES_MAX], first: Price, onwards: &[Price; CLASSES_MAX]) {
    for (cost, onward) in costs.iter_mut().zip(onwards) {
        *cost = (*cost).min(first + onward);
    }
}

/// The classes whose bits are set.
fn classes_of(mut bits: u16) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let class = bits.trailing_zeros() as usize;
        bits &= bits.checked_sub(1)?;
        Some(class)
    })
}

/// The cheapest path from a sell class to every buy class.
///
/// Label correcting: no cycle has a negative cost, so a label improves a finite number of times.
fn paths_from(fees: &ByClasses<Option<Price>>, support: &Support, origin: usize) -> [Option<Path>; CLASSES_MAX] {
    let mut at_sell = [None; CLASSES_MAX];
    let mut at_buy = [None; CLASSES_MAX];
    at_sell[origin] = Some(Path::from(origin));
    let mut changed = 1_u16 << origin;
    while changed != 0 {
        let sell = changed.trailing_zeros() as usize;
        changed &= changed - 1;
        let Some(here) = at_sell[sell] else { continue };
        for (buy, fee) in fees[sell].iter().enumerate() {
            let Some(there) = fee.map(|fee| here.then(buy, fee)) else { continue };
            if !improves(&mut at_buy[buy], there) {
                continue;
            }
            for back in classes_of(support[buy]) {
                let Some(fee) = fees[back][buy] else { continue };
                if improves(&mut at_sell[back], there.then(back, -fee)) {
                    changed |= 1 << back;
                }
            }
        }
    }
    at_buy
}

/// Puts the path at a class if it is better than what is there.
fn improves(at: &mut Option<Path>, path: Path) -> bool {
    let better = at.is_none_or(|known| path < known);
    if better {
        *at = Some(path);
    }
    better
}
