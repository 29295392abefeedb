//! What members have in a session, and which declarations change it.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::{Bundle, DeclaredOrder, ORDERS_MAX};
use super::documents::Decimal;
use super::documents::{MemberRecord, Position, RoundRecord};
use crate::proof::Side;

/// Largest volume of one order, and of a meter reading, Wh.
pub(super) const VOLUME_MAX: u64 = 1 << 42;

/// An order that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenOrder {
    /// With what is left of its volume.
    pub(super) order: DeclaredOrder,
    /// When its price was set or its volume raised.
    pub(super) time: u64,
    /// Sequence of the bundle that did it.
    pub(super) sequence: u64,
    /// Its place in that bundle.
    pub(super) index: u32,
}

/// What a member has in a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) sold: u64,
    pub(super) bought: u64,
    /// The last sequence that counted.
    pub(super) last_sequence: u64,
    pub(super) open: Vec<OpenOrder>,
}

/// All members that have declared, by name.
pub(super) type Standings = BTreeMap<String, Standing>;

/// Why a bundle does not count, or orders may not rest: the market's code.
pub(super) type Refusal = &'static str;

impl Standing {
    /// As `declaration` keeps it.
    pub(super) fn position(&self) -> Position {
        Position { sold_wh: Decimal(self.sold), bought_wh: Decimal(self.bought), sequence: self.last_sequence }
    }

    /// What is kept in `declaration`, without open orders.
    pub(super) fn of_position(position: &Position) -> Self {
        let Position { sold_wh: Decimal(sold), bought_wh: Decimal(bought), sequence } = *position;
        Self { sold, bought, last_sequence: sequence, open: Vec::new() }
    }

    /// Takes over the bundle's orders as the whole open set. One that asks for no more than before under the same number,
    /// side, class and price keeps its time.
    pub(super) fn replace(&mut self, bundle: &Bundle, declared_ns: u64) {
        let before: BTreeMap<u32, OpenOrder> = self.open.iter().map(|open| (open.order.number, *open)).collect();
        let terms = |order: &DeclaredOrder| (order.side, order.class, order.price);
        let follow = |(index, order): (u32, &DeclaredOrder)| match before.get(&order.number) {
            Some(old) if terms(&old.order) == terms(order) && order.volume <= old.order.volume => {
                OpenOrder { order: *order, ..*old }
            }
            _ => OpenOrder { order: *order, time: declared_ns, sequence: bundle.sequence, index },
        };
        self.open = (0..).zip(&bundle.orders).map(follow).collect();
        self.last_sequence = bundle.sequence;
    }
}

/// The bundle is for this channel, session and round.
pub(super) fn check_address(bundle: &Bundle, channel: &str, session: &str, round: u32) -> Result<(), Refusal> {
    if bundle.channel != channel {
        return Err("WRONG_CHANNEL");
    }
    if bundle.session != session {
        return Err("WRONG_SESSION");
    }
    if bundle.round != round { Err("WRONG_ROUND") } else { Ok(()) }
}

/// All orders are at the member's connection points, under the classes of these points.
pub(super) fn check_connections(
    orders: &[DeclaredOrder],
    member: &MemberRecord,
    round: &RoundRecord,
) -> Result<(), Refusal> {
    for order in orders {
        let connection = member.connections.iter().find(|connection| connection.point == order.point);
        if Some(&connection.ok_or("WRONG_POINT")?.class) != round.classes.get(usize::from(order.class)) {
            return Err("WRONG_CLASS");
        }
    }
    Ok(())
}

/// What the member has traded and what it wants is within its limits.
pub(super) fn check_limits(
    orders: &[DeclaredOrder],
    standing: &Standing,
    sell_limit: u64,
    buy_limit: u64,
) -> Result<(), Refusal> {
    let over = |side, traded: u64, limit: u64| {
        let wanted = orders.iter().filter(|order| order.side == side).map(|order| u128::from(order.volume));
        wanted.sum::<u128>() + u128::from(traded) > limit.into()
    };
    if over(Side::Sell, standing.sold, sell_limit) || over(Side::Buy, standing.bought, buy_limit) {
        Err("OVER_LIMIT")
    } else {
        Ok(())
    }
}

/// The declaration is in the round's window, newer than the last one, and well formed.
pub(super) fn check_content(
    bundle: &Bundle,
    declared_ns: u64,
    standing: &Standing,
    round: &RoundRecord,
) -> Result<(), Refusal> {
    if declared_ns < round.window_start_ns.0 {
        return Err("WINDOW_NOT_OPEN");
    }
    if declared_ns >= round.window_end_ns.0 {
        return Err("WINDOW_OVER");
    }
    if bundle.sequence <= standing.last_sequence {
        return Err("SEQUENCE_REPLAYED");
    }
    check_orders(&bundle.orders, round)
}

fn check_orders(orders: &[DeclaredOrder], round: &RoundRecord) -> Result<(), Refusal> {
    if orders.len() > ORDERS_MAX {
        return Err("TOO_MANY_ORDERS");
    }
    if orders.iter().map(|order| order.number).collect::<BTreeSet<_>>().len() < orders.len() {
        return Err("DUPLICATE_NUMBER");
    }
    for order in orders {
        if usize::from(order.class) >= round.classes.len() {
            return Err("UNKNOWN_CLASS");
        }
        if order.volume == 0 {
            return Err("EMPTY_ORDER");
        }
        if !(round.price_floor.0..=round.price_cap.0).contains(&order.price) {
            return Err("PRICE_OUT_OF_RANGE");
        }
        if order.volume > VOLUME_MAX {
            return Err("VOLUME_OUT_OF_RANGE");
        }
    }
    let prices = |side| orders.iter().filter(move |order| order.side == side).map(|order| order.price);
    if let (Some(bid), Some(ask)) = (prices(Side::Buy).max(), prices(Side::Sell).min())
        && bid >= ask
    {
        return Err("CROSSES_ITSELF");
    }
    if round.one_order_per_side && [Side::Sell, Side::Buy].into_iter().any(|side| prices(side).count() > 1) {
        return Err("MCAFEE_ONE_ORDER_PER_MEMBER_AND_SIDE");
    }
    Ok(())
}
