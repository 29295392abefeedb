//! Prices that support the result: at them nobody who traded would rather not have, and nobody who did not would rather
//! have.

use alloc::vec::Vec;

use super::matching::{Depth, Matching};
use super::priority::Ranked;
use super::repairing::fee_matrix;
use super::rule::Share;
use crate::fees::FeeTable;
use crate::limits::CLASSES_MAX;
use crate::order::{ClassIndex, Side};
use crate::units::Price;

/// The supporting prices of one class: the seller's net price of a sell class, the buyer's gross price of a buy class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ClassPrice {
    /// The side.
    pub side: Side,
    /// The class.
    pub class: ClassIndex,
    /// The lowest supporting price, fen/MWh.
    pub low: Price,
    /// The highest supporting price.
    pub high: Price,
    /// low + floor(k (high - low)), which supports the result as well.
    pub chosen: Price,
}

/// Further from zero than any price.
const UNBOUNDED: Price = 1 << 60;

/// Bounds of a class's price.
#[derive(Clone, Copy)]
struct Bounds {
    low: Price,
    high: Price,
}

/// The supporting prices of the classes that traded.
///
/// Every condition is a bound (orders) or a difference (fees) with an integer on its right side, so both ends, and
/// everything chosen between them with one share, are feasible in integers.
pub(super) fn supporting(matching: &Matching<'_>, fees: &FeeTable, share: Share) -> Vec<ClassPrice> {
    let mut sells = matching.sells.map(|depth| Bounds {
        low: depth.filled.last().map_or(-UNBOUNDED, |order| order.price()),
        high: depth.first_open.map_or(UNBOUNDED, Ranked::price),
    });
    let mut buys = matching.buys.map(|depth| Bounds {
        low: depth.first_open.map_or(-UNBOUNDED, Ranked::price),
        high: depth.filled.last().map_or(UNBOUNDED, |order| order.price()),
    });
    let fees = fee_matrix(fees);
    // As many passes as there are prices are enough for differences to spread.
    for _ in 0..=2 * CLASSES_MAX {
        for (sell, row) in fees.iter().enumerate() {
            for (buy, fee) in row.iter().enumerate() {
                let Some(fee) = *fee else { continue };
                let (net, gross) = (&mut sells[sell], &mut buys[buy]);
                // The buyer's price is at most the seller's and the fee, and no less where they trade.
                gross.high = gross.high.min(net.high + fee);
                net.low = net.low.max(gross.low - fee);
                if matching.matched[sell][buy] > 0 {
                    net.high = net.high.min(gross.high - fee);
                    gross.low = gross.low.max(net.low + fee);
                }
            }
        }
    }
    let traded = |side, bounds: [Bounds; CLASSES_MAX], depths: &[Depth<'_>]| -> Vec<ClassPrice> {
        (0..)
            .zip(bounds)
            .zip(depths)
            .filter(|(_, depth)| !depth.filled.is_empty())
            .map(|((class, Bounds { low, high }), _)| ClassPrice {
                side,
                class: ClassIndex(class),
                low,
                high,
                chosen: share.between(low, high),
            })
            .collect()
    };
    let mut prices = traded(Side::Sell, sells, &matching.sells);
    prices.extend(traded(Side::Buy, buys, &matching.buys));
    prices
}
