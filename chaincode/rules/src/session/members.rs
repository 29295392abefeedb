//! What the members have in a session: their open orders and what they have traded.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::declaration::{Declaration, Limits, OpenRound, Refusal, Standing};
use crate::bundle::DeclaredOrder;
use crate::order::{Book, Order, Side};
use crate::units::{Nanoseconds, WattHours};

/// An order that rests in a session, with its place in time priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OpenOrder {
    /// The order, with what is left of its volume.
    pub order: DeclaredOrder,
    /// When its price was set or its volume raised.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub time: Nanoseconds,
    /// The sequence number of the bundle that did it.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub sequence: u64,
    /// Its place in that bundle.
    pub index: u32,
}

impl OpenOrder {
    /// The order that follows this one under the same number. It keeps its time unless it asks for more than before:
    /// another price, or a larger volume.
    fn followed_by(&self, declared: DeclaredOrder) -> Option<Self> {
        let same =
            (self.order.side, self.order.class, self.order.price) == (declared.side, declared.class, declared.price);
        (same && declared.volume <= self.order.volume).then_some(Self { order: declared, ..*self })
    }
}

/// One member in a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
    /// Its last bundle and what it has traded.
    pub standing: Standing,
    /// Its open orders, as its last bundle lists them, without those that are used up.
    pub open: Vec<OpenOrder>,
}

/// All members of a session, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Members(BTreeMap<String, Member>);

impl FromIterator<(String, Member)> for Members {
    fn from_iter<T: IntoIterator<Item = (String, Member)>>(members: T) -> Self {
        Self(members.into_iter().collect())
    }
}

impl Members {
    /// A member, if it has declared.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Member> {
        self.0.get(name)
    }

    /// All members that have declared, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.0.iter().map(|(name, member)| (name.as_str(), member))
    }

    /// Replaces the member's open set by the declared one.
    ///
    /// # Errors
    /// The first rule that the declaration breaks; nothing is changed then.
    pub(super) fn declare(
        &mut self,
        round: &OpenRound,
        declaration: &Declaration,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let Declaration { bundle, declared_at } = declaration;
        let nobody = Member::default();
        let before = self.0.get(&bundle.member).unwrap_or(&nobody);
        round.check(declaration, &before.standing, limits)?;
        let by_number: BTreeMap<u32, &OpenOrder> = before.open.iter().map(|old| (old.order.number, old)).collect();
        let open = (0..)
            .zip(&bundle.orders)
            .map(|(index, &order)| {
                let old = by_number.get(&order.number);
                old.and_then(|old| old.followed_by(order)).unwrap_or(OpenOrder {
                    order,
                    time: *declared_at,
                    sequence: bundle.sequence,
                    index,
                })
            })
            .collect();
        let standing = Standing { last_sequence: bundle.sequence, ..before.standing };
        self.0.insert(bundle.member.clone(), Member { standing, open });
        Ok(())
    }

    /// The book of all open orders, and the connection point of each.
    pub(super) fn book(&self, session: &str) -> (Book, Vec<u32>) {
        let mut book = Book { session: session.into(), ..Book::default() };
        let mut points = Vec::new();
        for (member, (name, Member { open, .. })) in
            (0..).zip(self.0.iter().filter(|(_, member)| !member.open.is_empty()))
        {
            book.members.push(name.clone());
            for OpenOrder { order, time, sequence, index } in open {
                let DeclaredOrder { number, side, class, point, price, volume } = *order;
                let (time, sequence, index) = (*time, *sequence, *index);
                book.orders.push(Order { side, class, member, number, price, volume, time, sequence, index });
                points.push(point);
            }
        }
        (book, points)
    }

    /// Takes what is traded from the open orders. `traded` goes by the places of the orders in [`book`](Self::book).
    pub(super) fn fill(&mut self, traded: &[WattHours]) {
        let mut traded = traded.iter();
        for member in self.0.values_mut() {
            for (open, &volume) in member.open.iter_mut().zip(traded.by_ref()) {
                open.order.volume -= volume;
                match open.order.side {
                    Side::Sell => member.standing.sold += volume,
                    Side::Buy => member.standing.bought += volume,
                }
            }
            member.open.retain(|open| open.order.volume > 0);
        }
    }

    /// All open orders go back to their members.
    pub(super) fn close(&mut self) {
        for member in self.0.values_mut() {
            member.open.clear();
        }
    }

    /// Whether a side has open volume.
    pub(super) fn has_open(&self, side: Side) -> bool {
        self.0.values().any(|member| member.open.iter().any(|open| open.order.side == side))
    }
}
