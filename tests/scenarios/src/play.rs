use exchange::messages::{RoundResult, SessionParameters};
use rules::grid::{CopperPlate, GridCheck};
use rules::order::Side;
use rules::session::{ClearedRound, Declaration, Session};

use crate::market::Market;
use crate::session::{MINUTE_NS, SECOND_NS};
use crate::shadow::Shadow;
use crate::{Failure, Mismatch, Participant, expect};

/// One session in play, on the network and beside it by the rules alone; every clearing is compared.
pub struct Play<'m, 'a> {
    /// The market.
    pub market: &'m mut Market<'a>,
    session: String,
    start_ns: u64,
    shadow: Shadow,
}

/// An order as [`crate::sell`] and [`crate::buy`] write it.
pub type Order = (u32, Side, i64, u64);

impl<'m, 'a> Play<'m, 'a> {
    /// Registers the members, each with this limit in Wh on both sides, and opens the session.
    ///
    /// # Errors
    /// Something is refused.
    pub fn open(
        market: &'m mut Market<'a>,
        members: &[Participant],
        limit_wh: u64,
        parameters: &SessionParameters,
    ) -> Result<Self, Mismatch> {
        market.register(members, limit_wh)?;
        Self::open_again(market, limit_wh, parameters)
    }

    /// Opens a session for members that are registered.
    ///
    /// # Errors
    /// Something is refused.
    pub fn open_again(
        market: &'m mut Market<'a>,
        limit_wh: u64,
        parameters: &SessionParameters,
    ) -> Result<Self, Mismatch> {
        let start_ns = parameters.schedule.start_ns;
        market.set_time(start_ns);
        market.open(parameters)?;
        let refused = |error: &dyn std::fmt::Display| Mismatch::Difference(format!("by the rules: {error}"));
        let by_rules = parameters.to_rules(market.channel()).map_err(|error| refused(&error))?;
        let mut session = Session::new(by_rules).map_err(|error| refused(&error))?;
        session.open(start_ns).map_err(|error| refused(&error))?;
        let shadow = Shadow::new(session, limit_wh);
        Ok(Self { market, session: parameters.session.clone(), start_ns, shadow })
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Sets the clock: minutes and seconds from the session's start.
    pub fn at(&mut self, minutes: u64, seconds: u64) {
        self.market.set_time(self.start_ns + minutes * MINUTE_NS + seconds * SECOND_NS);
    }

    /// Declares a member's whole set of open orders.
    ///
    /// # Errors
    /// It is refused.
    pub fn declare(&mut self, member: &str, round: u32, sequence: u64, orders: &[Order]) -> Result<(), Failure> {
        let bundle = self.market.bundle(member, &self.session, round, sequence, orders)?;
        self.market.declare(&bundle)?;
        self.shadow.declare(Declaration { bundle, declared_at: self.market.now_ns() });
        Ok(())
    }

    /// The code by which a declaration is refused.
    ///
    /// # Errors
    /// It is not refused.
    pub fn refused(&mut self, member: &str, round: u32, sequence: u64, orders: &[Order]) -> Result<String, Mismatch> {
        let bundle = self.market.bundle(member, &self.session, round, sequence, orders)?;
        code_of(self.market.declare(&bundle))
    }

    /// Seals and clears the round, and compares the result with that of the rules.
    ///
    /// # Errors
    /// It is refused, or differs.
    pub fn clear(&mut self) -> Result<RoundResult, Mismatch> {
        self.clear_on(&mut CopperPlate)
    }

    /// The same on a grid.
    ///
    /// # Errors
    /// It is refused, or differs.
    pub fn clear_on(&mut self, grid: &mut dyn GridCheck) -> Result<RoundResult, Mismatch> {
        self.market.seal(&self.session)?;
        let result = self.market.clear(&self.session)?;
        let by_rules = self.shadow.clear_on(self.market.now_ns(), grid);
        let by_rules = by_rules.map_err(|error| Mismatch::Difference(format!("by the rules: {error}")))?;
        self.compare(&result, &by_rules)?;
        Ok(result)
    }

    fn compare(&mut self, result: &RoundResult, by_rules: &rules::session::RoundResult) -> Result<(), Mismatch> {
        let trades = self.market.trades(result)?;
        let found = trades.iter().filter(|trade| trade.volume_wh > 0).map(|trade| {
            let parties = (trade.seller.clone(), trade.ask_number, trade.buyer.clone(), trade.bid_number);
            (parties, trade.volume_wh, trade.seller_net, trade.buyer_gross, trade.fee)
        });
        let firm = by_rules.cleared.iter().flat_map(ClearedRound::firm_trades).map(|trade| {
            let gross = trade.buyer_gross();
            ((trade.seller, trade.ask, trade.buyer, trade.bid), trade.volume, trade.seller_net, gross, trade.fee)
        });
        expect("trades", found.collect::<Vec<_>>(), firm.collect())?;
        let fills = by_rules.cleared.iter().flat_map(|cleared| cleared.fills.clone());
        let book = self.market.book(result)?;
        expect("fills", book.iter().map(|order| order.filled_wh).collect::<Vec<_>>(), fills.collect())?;
        let outcome = by_rules.cleared.as_ref().map(|cleared| cleared.outcome.into());
        expect("outcome", Some(result.outcome), outcome.or(Some(exchange::messages::Outcome::NoContinuation)))?;
        expect("reference", result.reference, self.shadow.session().quotes().map(Into::into))?;
        let (next, ended) = match by_rules.state {
            rules::session::State::Open(window) => (Some(window.round), None),
            rules::session::State::Ended(reason) => (None, Some(reason.into())),
            _ => (None, None),
        };
        expect("next round", result.next_round, next)?;
        expect("end reason", result.end_reason, ended)
    }
}

/// The code of a failure.
///
/// # Errors
/// There is none.
pub fn code_of<T: std::fmt::Debug>(result: Result<T, Failure>) -> Result<String, Mismatch> {
    match result {
        Err(failure) => Ok(failure.code().to_owned()),
        Ok(value) => Err(Mismatch::Difference(format!("must be refused, but: {value:?}"))),
    }
}
