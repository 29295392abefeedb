//! Orders as a book holds them.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::units::{Nanoseconds, Price, WattHours};

/// Who an order is from: somebody who sells energy, or somebody who buys it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Side {
    /// An ask.
    Sell,
    /// A bid.
    Buy,
}

impl Side {
    /// Both sides, sellers first.
    pub const BOTH: [Self; 2] = [Self::Sell, Self::Buy];

    /// The side that this one trades with.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Sell => Self::Buy,
            Self::Buy => Self::Sell,
        }
    }
}

/// The place of a class in the market's [`FeeTable`](crate::fees::FeeTable). A class is a supply area and a voltage
/// level: all that the network fee depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ClassIndex(pub u8);

impl ClassIndex {
    /// The index as it is used to look things up.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One order in a [`Book`]: divisible down to 1 Wh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Whether it sells or buys.
    pub side: Side,
    /// The class of its connection point.
    pub class: ClassIndex,
    /// The place of its member in [`Book::members`].
    pub member: u32,
    /// The member's own number for it, unique per member.
    pub number: u32,
    /// An ask is the least that the seller receives net of its fee, a bid the most that the buyer pays with its fee.
    pub price: Price,
    /// What it still wants to trade. An order of 0 Wh takes no part.
    pub volume: WattHours,
    /// When its price was set or its volume raised.
    pub time: Nanoseconds,
    /// The sequence number of the bundle that set it.
    pub sequence: u64,
    /// Its place in that bundle.
    pub index: u32,
}

/// All orders of one round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// The session's name. It seeds the lottery that decides between members whose orders tie in price and time.
    pub session: String,
    /// Names of the members that have orders, each once, in any order.
    pub members: Vec<String>,
    /// The orders, in any order: the result does not depend on it.
    pub orders: Vec<Order>,
}

impl Book {
    /// The classes that have orders on a side.
    #[must_use]
    pub fn classes(&self, side: Side) -> BTreeSet<ClassIndex> {
        self.orders.iter().filter(|order| order.side == side).map(|order| order.class).collect()
    }
}
