//! Why a part of an order was left: evidence that its member can check.

use alloc::vec::Vec;

use crate::clearing::{Clearing, Reduction};
use crate::fees::FeeTable;
use crate::order::{Book, Order, Side};

/// Why a part of an order was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Reason {
    /// Its price is outside what supports the result.
    OutOfMoney,
    /// Its price is the only supporting price of its class: others at the margin went first.
    AtMargin,
    /// No order is there that its class may trade with.
    NoCounterparty,
    /// McAfee's rule left its pair out.
    Reduced,
    /// McAfee's rule rationed its side.
    Rationed,
    /// The grid check cut its trade.
    Grid,
}

impl Reason {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OutOfMoney => "OUT_OF_MONEY",
            Self::AtMargin => "AT_MARGIN",
            Self::NoCounterparty => "NO_COUNTERPARTY",
            Self::Reduced => "REDUCED",
            Self::Rationed => "RATIONED",
            Self::Grid => "GRID",
        }
    }
}

/// The reason for every order of the book that is not traded in full; `None` where it is.
#[must_use]
pub fn reasons(book: &Book, fees: &FeeTable, clearing: &Clearing) -> Vec<Option<Reason>> {
    let has_counterparty = counterparties(book, fees);
    let reason = |(place, (order, fill)): (u32, (&Order, &u64))| {
        if *fill == order.volume {
            None
        } else if !has_counterparty(order) {
            Some(Reason::NoCounterparty)
        } else {
            Some(priced(order, clearing).or_else(|| reduced(place, clearing)).unwrap_or(Reason::OutOfMoney))
        }
    };
    (0..).zip(book.orders.iter().zip(&clearing.fills)).map(reason).collect()
}

/// Whether an order's class may trade with a class that has an order of the other side.
fn counterparties(book: &Book, fees: &FeeTable) -> impl Fn(&Order) -> bool {
    let (sells, buys) = (book.classes(Side::Sell), book.classes(Side::Buy));
    move |order| match order.side {
        Side::Sell => buys.iter().any(|&buy| fees.fee(order.class, buy).is_some()),
        Side::Buy => sells.iter().any(|&sell| fees.fee(sell, order.class).is_some()),
    }
}

fn priced(order: &Order, clearing: &Clearing) -> Option<Reason> {
    let price = clearing.class_prices.iter().find(|price| price.side == order.side && price.class == order.class)?;
    (price.low == order.price && price.high == order.price).then_some(Reason::AtMargin)
}

fn reduced(place: u32, clearing: &Clearing) -> Option<Reason> {
    match clearing.reduction.as_ref()? {
        Reduction::Reduced { left_out: (ask, bid), .. } if place == *ask || place == *bid => Some(Reason::Reduced),
        Reduction::Reduced { rationed, .. } if rationed.contains(&place) => Some(Reason::Rationed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::{Reason, reasons};
    use crate::clearing::{PricingRule, clear};
    use crate::fees::FeeTable;
    use crate::order::{Book, ClassIndex, Order, Side};

    #[test]
    fn mcafees_rule_reduces_and_rations() {
        let order = |side, price, volume, time| (side, price, volume, time);
        let (sell, buy) = (Side::Sell, Side::Buy);
        let terms = [
            order(sell, 1, 5, 0),
            order(sell, 2, 5, 1),
            order(sell, 8, 5, 0),
            order(buy, 20, 6, 0),
            order(buy, 10, 9, 0),
            order(buy, 1, 1, 0),
        ];
        let members = (0..6).map(|member| alloc::format!("m{member}")).collect();
        let orders = (0..).zip(terms).map(|(place, (side, price, volume, time))| Order {
            side,
            class: ClassIndex(0),
            member: place,
            number: 0,
            price,
            volume,
            time,
            sequence: 1,
            index: 0,
        });
        let book = Book { session: "s".into(), members, orders: orders.collect() };
        let fees = FeeTable::new(vec!["z".into()], vec![vec![Some(0)]]).unwrap();
        let clearing = clear(&book, &fees, PricingRule::Mcafee).unwrap();
        assert_eq!(clearing.fills, [5, 1, 0, 6, 0, 0]);
        let codes: Vec<_> =
            reasons(&book, &fees, &clearing).into_iter().map(|reason| reason.map(Reason::code)).collect();
        let expected = [None, Some("RATIONED"), Some("REDUCED"), None, Some("REDUCED"), Some("OUT_OF_MONEY")];
        assert_eq!(codes, expected);
    }
}
