//! What a declaration must fulfil. The `declaration` contract asks it at once, clearing asks it again of every bundle.

use alloc::collections::BTreeSet;
use alloc::string::String;

use crate::bundle::{Bundle, DeclaredOrder};
use crate::limits::{ORDERS_PER_BUNDLE_MAX, VOLUME_MAX};
use crate::order::Side;
use crate::units::{Nanoseconds, Price, WattHours};

/// Why a bundle is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Refusal {
    /// The bundle is for another channel.
    #[error("WRONG_CHANNEL: the bundle is for another channel")]
    WrongChannel,
    /// The bundle is for another session.
    #[error("WRONG_SESSION: the bundle is for another session")]
    WrongSession,
    /// The bundle is for another round.
    #[error("WRONG_ROUND: the bundle is for another round")]
    WrongRound,
    /// The window of the round was not open yet.
    #[error("WINDOW_NOT_OPEN: the window of the round was not open yet")]
    WindowNotOpen,
    /// The window of the round was over.
    #[error("WINDOW_OVER: the window of the round was over")]
    WindowOver,
    /// The member has declared with this or a higher sequence number.
    #[error("SEQUENCE_REPLAYED: the member has declared with this or a higher sequence number")]
    SequenceReplayed,
    /// The bundle has more orders than [`ORDERS_PER_BUNDLE_MAX`].
    #[error("TOO_MANY_ORDERS: a bundle has at most {ORDERS_PER_BUNDLE_MAX} orders")]
    TooManyOrders,
    /// Two orders have one number.
    #[error("DUPLICATE_NUMBER: two orders have one number")]
    DuplicateNumber,
    /// An order's class is not in the fee table.
    #[error("UNKNOWN_CLASS: the class of an order is not in the session's fee table")]
    UnknownClass,
    /// An order has no volume.
    #[error("EMPTY_ORDER: an order has no volume")]
    EmptyOrder,
    /// An order's price is outside the session's floor and cap.
    #[error("PRICE_OUT_OF_RANGE: the price of an order is below the floor or above the cap")]
    PriceOutOfRange,
    /// An order's volume is above [`VOLUME_MAX`].
    #[error("VOLUME_OUT_OF_RANGE: the volume of an order is above {VOLUME_MAX} Wh")]
    VolumeOutOfRange,
    /// The member's highest bid is not below its lowest ask.
    #[error("CROSSES_ITSELF: the member's highest bid is not below its lowest ask")]
    CrossesItself,
    /// McAfee's rule allows one order per member and side.
    #[error("MCAFEE_ONE_ORDER_PER_MEMBER_AND_SIDE: the session's rule allows one order per member and side")]
    McafeeOneOrderPerMemberAndSide,
    /// Traded and open volume together exceed the member's limit.
    #[error("OVER_LIMIT: traded and open volume together exceed the member's limit")]
    OverLimit,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::WrongChannel => "WRONG_CHANNEL",
            Self::WrongSession => "WRONG_SESSION",
            Self::WrongRound => "WRONG_ROUND",
            Self::WindowNotOpen => "WINDOW_NOT_OPEN",
            Self::WindowOver => "WINDOW_OVER",
            Self::SequenceReplayed => "SEQUENCE_REPLAYED",
            Self::TooManyOrders => "TOO_MANY_ORDERS",
            Self::DuplicateNumber => "DUPLICATE_NUMBER",
            Self::UnknownClass => "UNKNOWN_CLASS",
            Self::EmptyOrder => "EMPTY_ORDER",
            Self::PriceOutOfRange => "PRICE_OUT_OF_RANGE",
            Self::VolumeOutOfRange => "VOLUME_OUT_OF_RANGE",
            Self::CrossesItself => "CROSSES_ITSELF",
            Self::McafeeOneOrderPerMemberAndSide => "MCAFEE_ONE_ORDER_PER_MEMBER_AND_SIDE",
            Self::OverLimit => "OVER_LIMIT",
        }
    }
}

/// A bundle with the time of the transaction that declared it. That its member signed it, is active and declares for its
/// own connection points is checked before, where keys and the register of members are at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Declaration {
    /// The bundle.
    pub bundle: Bundle,
    /// When it was declared.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub declared_at: Nanoseconds,
}

/// What a member has done in the session so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Standing {
    /// The sequence number of its last bundle that counts; 0 before the first.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub last_sequence: u64,
    /// What it has sold, Wh.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub sold: WattHours,
    /// What it has bought, Wh.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub bought: WattHours,
}

/// The most that a member may have traded and open in a session, from its credit and capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limits {
    /// To sell, Wh.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub sell: WattHours,
    /// To buy, Wh.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub buy: WattHours,
}

/// An open round, as far as a declaration has to do with it: small enough to be written where declarations are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OpenRound {
    /// The market's channel.
    pub channel: String,
    /// The session.
    pub session: String,
    /// The round, from 1.
    pub round: u32,
    /// From when declarations count.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub opens: Nanoseconds,
    /// From when they no longer count.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub closes: Nanoseconds,
    /// The lowest price, fen/MWh.
    pub price_floor: Price,
    /// The highest price, fen/MWh.
    pub price_cap: Price,
    /// How many classes there are.
    pub classes: u8,
    /// Whether the pricing rule allows only one order per member and side.
    pub one_order_per_side: bool,
}

impl OpenRound {
    /// Everything that a declaration must fulfil.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, declaration: &Declaration, standing: &Standing, limits: &Limits) -> Result<(), Refusal> {
        self.check_address(&declaration.bundle)?;
        self.check_time(declaration.declared_at)?;
        if declaration.bundle.sequence <= standing.last_sequence {
            return Err(Refusal::SequenceReplayed);
        }
        self.check_orders(&declaration.bundle.orders)?;
        check_limits(&declaration.bundle.orders, standing, limits)
    }

    /// The bundle is for this channel, session and round.
    ///
    /// # Errors
    /// The first of them that differs.
    pub fn check_address(&self, bundle: &Bundle) -> Result<(), Refusal> {
        if bundle.channel != self.channel {
            return Err(Refusal::WrongChannel);
        }
        if bundle.session != self.session {
            return Err(Refusal::WrongSession);
        }
        if bundle.round != self.round {
            return Err(Refusal::WrongRound);
        }
        Ok(())
    }

    /// The window is open.
    ///
    /// # Errors
    /// It is not.
    pub fn check_time(&self, declared_at: Nanoseconds) -> Result<(), Refusal> {
        if declared_at < self.opens {
            return Err(Refusal::WindowNotOpen);
        }
        if declared_at >= self.closes {
            return Err(Refusal::WindowOver);
        }
        Ok(())
    }

    /// The orders are well formed, each by itself and together.
    ///
    /// # Errors
    /// The first rule that they break.
    pub fn check_orders(&self, orders: &[DeclaredOrder]) -> Result<(), Refusal> {
        if orders.len() > ORDERS_PER_BUNDLE_MAX {
            return Err(Refusal::TooManyOrders);
        }
        let numbers: BTreeSet<u32> = orders.iter().map(|order| order.number).collect();
        if numbers.len() < orders.len() {
            return Err(Refusal::DuplicateNumber);
        }
        orders.iter().try_for_each(|order| self.check_order(order))?;
        let prices = |side| orders.iter().filter(move |order| order.side == side).map(|order| order.price);
        if let (Some(bid), Some(ask)) = (prices(Side::Buy).max(), prices(Side::Sell).min())
            && bid >= ask
        {
            return Err(Refusal::CrossesItself);
        }
        if self.one_order_per_side && Side::BOTH.into_iter().any(|side| prices(side).count() > 1) {
            return Err(Refusal::McafeeOneOrderPerMemberAndSide);
        }
        Ok(())
    }

    fn check_order(&self, order: &DeclaredOrder) -> Result<(), Refusal> {
        if order.class.0 >= self.classes {
            return Err(Refusal::UnknownClass);
        }
        if order.volume == 0 {
            return Err(Refusal::EmptyOrder);
        }
        if !(self.price_floor..=self.price_cap).contains(&order.price) {
            return Err(Refusal::PriceOutOfRange);
        }
        if order.volume > VOLUME_MAX {
            return Err(Refusal::VolumeOutOfRange);
        }
        Ok(())
    }
}

/// What the member has traded and what it declares is within its limits, on each side.
///
/// # Errors
/// [`Refusal::OverLimit`].
pub fn check_limits(orders: &[DeclaredOrder], standing: &Standing, limits: &Limits) -> Result<(), Refusal> {
    let wanted =
        |side| -> u128 { orders.iter().filter(|order| order.side == side).map(|order| u128::from(order.volume)).sum() };
    let over_sell = wanted(Side::Sell) + u128::from(standing.sold) > limits.sell.into();
    let over_buy = wanted(Side::Buy) + u128::from(standing.bought) > limits.buy.into();
    if over_sell || over_buy { Err(Refusal::OverLimit) } else { Ok(()) }
}
