//! How much of the possible surplus was realized. Only the simulation knows: it needs the members' limits, which nobody
//! else learns.
//!
//! Efficiency (after V. L. Smith's experiments) = sum v (value - cost - fee) over the trades, divided by the largest sum
//! that any matching of the members' true limits and forecasts could reach: the exact clearing of a book with one order
//! per member for the whole session.

use crate::{Error, plan::Plan};
use agents::{agent::Agent, quoting::Side};
use exchange::messages::Trade;
use rules::{
    clearing::PricingRule,
    order::{Book, Order, Side as OrderSide},
    units::{Money, money},
};
use std::collections::BTreeMap;

/// Realized and possible surplus of a session, account units (10^-6 fen).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Efficiency {
    /// Of the trades.
    pub surplus: Money,
    /// The most that was possible.
    pub surplus_max: Money,
}

impl Efficiency {
    /// The ratio in parts per million; a session in which nothing was possible was fully efficient.
    #[must_use]
    pub fn ppm(self) -> u64 {
        if self.surplus_max == 0 {
            return rules::units::WHOLE_PPM;
        }
        u64::try_from(self.surplus * 1_000_000 / self.surplus_max).unwrap_or(0)
    }
}

/// Measures the session of a delivery hour by its trades.
///
/// # Errors
/// [`Error::Plan`] if the members' limits are out of the rules' bounds.
pub fn measure(hour: usize, plan: &Plan, agents: &[Agent], trades: &[&Trade]) -> Result<Efficiency, Error> {
    let orders = (0..).zip(agents).map(|(member, agent)| Order {
        side: match agent.side() {
            Side::Seller => OrderSide::Sell,
            Side::Buyer => OrderSide::Buy,
        },
        class: agent.class(),
        member,
        number: 1,
        price: agent.reservation,
        volume: agent.forecast_wh(hour),
        time: 0,
        sequence: 0,
        index: 0,
    });
    let book = Book {
        session: String::new(),
        members: agents.iter().map(|agent| agent.participant.id.clone()).collect(),
        orders: orders.collect(),
    };
    let best = rules::clearing::clear(&book, &plan.fees, PricingRule::PayAsBid);
    let best = best.map_err(|error| Error::Plan(format!("the members' limits cannot be cleared: {error}")))?;
    let gain = |ask: &Order, bid: &Order, fee: i64| bid.price - ask.price - fee;
    let at = |place: u32| &book.orders[place as usize];
    let surplus_max =
        best.trades.iter().map(|trade| money(gain(at(trade.ask), at(trade.bid), trade.fee), trade.volume)).sum();
    let limits: BTreeMap<&str, &Order> = book.members.iter().map(String::as_str).zip(&book.orders).collect();
    let surplus = trades.iter().filter_map(|trade| {
        let (ask, bid) = (limits.get(trade.seller.as_str())?, limits.get(trade.buyer.as_str())?);
        Some(money(gain(ask, bid, trade.fee), trade.volume_wh))
    });
    Ok(Efficiency { surplus: surplus.sum(), surplus_max })
}
