//! The cheapest way to bring energy from a sell class to a buy class, re-pairing what is already matched.
//!
//! From a sell class to a buy class costs the fee; back from a buy class to a sell class, whose volume is released, gives
//! the fee of what is matched there. Ties: the fewest arcs, then class order along the way.

use super::heads::ByClasses;
use crate::fees::FeeTable;
use crate::limits::CLASSES_MAX;
use crate::order::ClassIndex;
use crate::units::{Price, WattHours};

/// A way through the classes: sell, buy, sell, buy, ... Paths compare by cost, then arcs, then classes along the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path {
    pub(super) cost: Price,
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

/// Between which classes volume is matched: all that the paths depend on. One bit per sell class, by buy class.
pub(super) type Support = [u16; CLASSES_MAX];

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

/// Which pairs of classes have volume.
pub(super) fn support(matched: &ByClasses<WattHours>) -> Support {
    let mut support = [0; CLASSES_MAX];
    for (sell, row) in matched.iter().enumerate() {
        for (buy, _) in row.iter().enumerate().filter(|(_, volume)| **volume > 0) {
            support[buy] |= 1 << sell;
        }
    }
    support
}

/// The cheapest path from every sell class to every buy class.
///
/// Label correcting: what is matched is always the cheapest way to match it, so no cycle has a negative cost, and a label
/// improves a finite number of times.
pub(super) fn cheapest_paths(fees: &ByClasses<Option<Price>>, support: &Support) -> ByClasses<Option<Path>> {
    core::array::from_fn(|origin| {
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
                let mut released = support[buy];
                while released != 0 {
                    let back = released.trailing_zeros() as usize;
                    released &= released - 1;
                    let Some(fee) = fees[back][buy] else { continue };
                    if improves(&mut at_sell[back], there.then(back, -fee)) {
                        changed |= 1 << back;
                    }
                }
            }
        }
        at_buy
    })
}

/// Puts the path at a class if it is better than what is there.
fn improves(at: &mut Option<Path>, path: Path) -> bool {
    let better = at.is_none_or(|known| path < known);
    if better {
        *at = Some(path);
    }
    better
}
