//! Exact clearing of one round: matching, the list of trades, their prices.
//!
//! The result has the largest surplus net of fees, then the largest volume, then the best price-time ranks. It is a
//! min-cost flow over *classes*, not orders, solved by successive best re-pairing:
//!
//! 1. `priority` sorts each side by price, time, lottery, sequence, index; the place is the order's rank. Its key joins
//!    price and rank in one integer, so that one comparison of keys compares surplus, volume and rank at once.
//! 2. `matching` takes, while the gain is not negative, the largest gain among the heads of all classes, where bringing
//!    energy from a sell to a buy class may re-pair what is already matched (`repairing`). Fills are never undone, so
//!    each class fills in strict price-time order.
//! 3. `listing` turns the volume matched between classes into trades between orders.
//! 4. The [`PricingRule`] gives each trade its prices.
//!
//! With zero fees this is the textbook merge: lowest ask and highest bid first.

mod class_prices;
mod heads;
mod listing;
mod matching;
mod mcafee;
mod priority;
mod repairing;
mod rule;

use alloc::vec::Vec;

pub use class_prices::ClassPrice;
pub use mcafee::{Reduction, fees_are_separable};
pub use priority::lottery_ticket;
pub use rule::{PricingRule, Share, ShareError};

use crate::fees::FeeTable;
use crate::limits::{CLASSES_MAX, ORDERS_PER_SIDE_MAX, PRICE_MAX, VOLUME_MAX};
use crate::order::{Book, ClassIndex, Side};
use crate::units::{Price, WattHours};

/// One trade between two orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Trade {
    /// The place of the seller's order in [`Book::orders`].
    pub ask: u32,
    /// The place of the buyer's order.
    pub bid: u32,
    /// Wh.
    pub volume: WattHours,
    /// The whole network fee, fen/MWh.
    pub fee: Price,
    /// What the seller receives, fen/MWh.
    pub seller_net: Price,
    /// What the buyer pays beyond the seller's net and the fee, to the auction account, fen/MWh. McAfee's rule only.
    pub margin: Price,
}

impl Trade {
    /// The seller's share of the fee. How the fee is shared is for display: the gain of a trade does not depend on it.
    #[must_use]
    pub fn seller_fee(&self) -> Price {
        self.fee / 2
    }

    /// The buyer's share of the fee.
    #[must_use]
    pub fn buyer_fee(&self) -> Price {
        self.fee - self.seller_fee()
    }

    /// What the buyer pays in all, fen/MWh.
    #[must_use]
    pub fn buyer_gross(&self) -> Price {
        self.seller_net + self.fee + self.margin
    }
}

/// The volume matched between two classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MatchedVolume {
    /// The sell class.
    pub sell: ClassIndex,
    /// The buy class.
    pub buy: ClassIndex,
    /// Wh, more than 0.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub volume: WattHours,
}

/// The result of one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// The trades, in the order in which the heads of the classes pair.
    pub trades: Vec<Trade>,
    /// How much of each order is traded, in the order of [`Book::orders`].
    pub fills: Vec<WattHours>,
    /// The prices that support the result, for the classes that traded: sell classes first. Empty under McAfee's rule.
    pub class_prices: Vec<ClassPrice>,
    /// The volumes between classes, by sell class, then buy class. Empty under McAfee's rule.
    pub matched: Vec<MatchedVolume>,
    /// How McAfee's rule came to its trades; `None` under every other rule.
    pub reduction: Option<Reduction>,
}

/// Why a book cannot be cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClearingError {
    /// An order's class is not in the fee table.
    #[error("UNKNOWN_CLASS: order at place {order}")]
    UnknownClass {
        /// The order's place in the book.
        order: usize,
    },
    /// An order's member is not in [`Book::members`].
    #[error("UNKNOWN_MEMBER: order at place {order}")]
    UnknownMember {
        /// The order's place in the book.
        order: usize,
    },
    /// A price is further than [`PRICE_MAX`] from zero.
    #[error("PRICE_OUT_OF_RANGE: order at place {order}")]
    PriceOutOfRange {
        /// The order's place in the book.
        order: usize,
    },
    /// A volume is above [`VOLUME_MAX`].
    #[error("VOLUME_OUT_OF_RANGE: order at place {order}")]
    VolumeOutOfRange {
        /// The order's place in the book.
        order: usize,
    },
    /// A side has more orders than [`ORDERS_PER_SIDE_MAX`].
    #[error("TOO_MANY_ORDERS: more than {ORDERS_PER_SIDE_MAX} orders on one side")]
    TooManyOrders,
    /// Two orders have the same member, price, time, sequence, index and number: nothing can decide between them.
    #[error("DUPLICATE_ORDER: order at place {order}")]
    DuplicateOrder {
        /// The place of one of them in the book.
        order: usize,
    },
    /// McAfee's rule is only defined where the fee is a part of the seller's class plus a part of the buyer's.
    #[error("MCAFEE_NEEDS_SEPARABLE_FEE: the fees are not the sum of a seller's and a buyer's part")]
    McafeeNeedsSeparableFee,
    /// McAfee's rule is only truthful if no member has two orders on one side.
    #[error("MCAFEE_ONE_ORDER_PER_MEMBER_AND_SIDE: order at place {order}")]
    McafeeOneOrderPerMemberAndSide {
        /// The place of the second order in the book.
        order: usize,
    },
}

impl ClearingError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownClass { .. } => "UNKNOWN_CLASS",
            Self::UnknownMember { .. } => "UNKNOWN_MEMBER",
            Self::PriceOutOfRange { .. } => "PRICE_OUT_OF_RANGE",
            Self::VolumeOutOfRange { .. } => "VOLUME_OUT_OF_RANGE",
            Self::TooManyOrders => "TOO_MANY_ORDERS",
            Self::DuplicateOrder { .. } => "DUPLICATE_ORDER",
            Self::McafeeNeedsSeparableFee => "MCAFEE_NEEDS_SEPARABLE_FEE",
            Self::McafeeOneOrderPerMemberAndSide { .. } => "MCAFEE_ONE_ORDER_PER_MEMBER_AND_SIDE",
        }
    }

    /// The place in [`Book::orders`] of the order that is to blame, where it is one order.
    #[must_use]
    pub fn order(self) -> Option<usize> {
        match self {
            Self::UnknownClass { order }
            | Self::UnknownMember { order }
            | Self::PriceOutOfRange { order }
            | Self::VolumeOutOfRange { order }
            | Self::DuplicateOrder { order }
            | Self::McafeeOneOrderPerMemberAndSide { order } => Some(order),
            Self::TooManyOrders | Self::McafeeNeedsSeparableFee => None,
        }
    }
}

/// Clears one round.
///
/// # Errors
/// See [`ClearingError`].
pub fn clear(book: &Book, fees: &FeeTable, rule: PricingRule) -> Result<Clearing, ClearingError> {
    check_bounds(book, fees)?;
    if rule == PricingRule::Mcafee {
        return mcafee::clear(book, fees);
    }
    let ranking = priority::Ranking::of(book)?;
    let matching = matching::Matching::of(&ranking, fees);
    let prices = class_prices::supporting(&matching, fees, rule.share());
    let mut chosen = [0; CLASSES_MAX];
    for price in prices.iter().filter(|price| price.side == Side::Sell) {
        chosen[price.class.index()] = price.chosen;
    }
    Ok(Clearing {
        trades: listing::list(&matching, fees, |pair| rule.seller_net(pair, &chosen)),
        fills: matching.fills(book.orders.len()),
        class_prices: prices,
        matched: matching.matched_volumes(),
        reduction: None,
    })
}

/// The bounds within which nothing overflows.
fn check_bounds(book: &Book, fees: &FeeTable) -> Result<(), ClearingError> {
    let (classes, members) = (fees.classes().len(), book.members.len());
    let mut sells = 0;
    for (place, order) in book.orders.iter().enumerate() {
        if order.class.index() >= classes {
            return Err(ClearingError::UnknownClass { order: place });
        }
        if order.member as usize >= members {
            return Err(ClearingError::UnknownMember { order: place });
        }
        if !(-PRICE_MAX..=PRICE_MAX).contains(&order.price) {
            return Err(ClearingError::PriceOutOfRange { order: place });
        }
        if order.volume > VOLUME_MAX {
            return Err(ClearingError::VolumeOutOfRange { order: place });
        }
        sells += usize::from(order.side == Side::Sell);
    }
    if sells.max(book.orders.len() - sells) > ORDERS_PER_SIDE_MAX {
        return Err(ClearingError::TooManyOrders);
    }
    Ok(())
}
