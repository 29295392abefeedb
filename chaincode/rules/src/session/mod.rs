//! The state machine of one trading session: one delivery hour, several rounds.
//!
//! ```text
//! Scheduled -> Open(1) -> Sealed(1) -> Open(2) -> ... -> Ended -> Settled -> Reconciled
//!     any state before Settled -> Cancelled
//! ```
//!
//! Every step is a pure function of the session, the time of the transaction and its arguments; a step that is refused
//! changes nothing. Times are absolute: a late clearing shortens the next window or skips it, and without a clearing by
//! the deadline the session [expires](Session::expire), so nothing hangs if an organization is down.
//!
//! Declarations are not part of the session's value: the `declaration` contract keeps them, and
//! [`clear`](Session::clear) takes exactly those that were sealed and checks every one again.

mod declaration;
mod members;
mod parameters;
mod round;
mod schedule;
mod state;

use alloc::vec::Vec;

pub use declaration::{Declaration, Limits, OpenRound, Refusal, Standing, check_limits};
pub use members::{Member, Members, OpenOrder};
pub use parameters::{ParameterError, Parameters};
pub use round::{ClearedRound, FirmTrade, LeftOut, RoundResult};
pub use schedule::Schedule;
pub use state::{EndReason, State, StepError, Window};

use crate::clearing::{self, PricingRule};
use crate::grid::GridCheck;
use crate::order::Side;
use crate::outcome::{self, Outcome, ReferenceQuotes, Suspension};
use crate::remainder::{self, Reason};
use crate::units::{Nanoseconds, SECOND_NS, WattHours};

/// One trading session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Session {
    parameters: Parameters,
    state: State,
    members: Members,
    quotes: Option<ReferenceQuotes>,
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    traded: WattHours,
}

impl Session {
    /// A scheduled session.
    ///
    /// # Errors
    /// See [`ParameterError`].
    pub fn new(parameters: Parameters) -> Result<Self, ParameterError> {
        parameters.check()?;
        Ok(Self { parameters, state: State::Scheduled, members: Members::default(), quotes: None, traded: 0 })
    }

    /// A session as a ledger has kept it.
    #[must_use]
    pub fn resume(parameters: Parameters, state: State, members: Members, quotes: Option<ReferenceQuotes>) -> Self {
        let traded = members.iter().map(|(_, member)| member.standing.sold).sum();
        Self { parameters, state, members, quotes, traded }
    }

    /// What was frozen.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Where the session is.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Open orders and traded volumes of the members.
    #[must_use]
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// The quotes that the last clearing disclosed.
    #[must_use]
    pub fn quotes(&self) -> Option<ReferenceQuotes> {
        self.quotes
    }

    /// The volume of all firm trades, Wh.
    #[must_use]
    pub fn traded(&self) -> WattHours {
        self.traded
    }

    /// What declarations are checked against, while the session is open.
    #[must_use]
    pub fn open_round(&self) -> Option<OpenRound> {
        match self.state {
            State::Open(window) => Some(self.round_of(window)),
            _ => None,
        }
    }

    /// Opens the first round; late, the round whose window `now` is in.
    ///
    /// # Errors
    /// `NOT_SCHEDULED`, `NOT_STARTED`, or `DEADLINE_OVER` if all windows are over.
    pub fn open(&mut self, now: Nanoseconds) -> Result<(), StepError> {
        if self.state != State::Scheduled {
            return Err(StepError::NotScheduled(self.state.name()));
        }
        if now < self.parameters.starts {
            return Err(StepError::NotStarted);
        }
        self.state = State::Open(self.next_window(1, now).ok_or(StepError::DeadlineOver)?);
        Ok(())
    }

    /// Closes the round's window for good: from now on no declaration is added to it.
    ///
    /// # Errors
    /// `NOT_OPEN`, `WINDOW_NOT_OVER`, or `DEADLINE_OVER` if it is too late to clear.
    pub fn seal(&mut self, now: Nanoseconds) -> Result<(), StepError> {
        let State::Open(window) = self.state else { return Err(StepError::NotOpen(self.state.name())) };
        if now < window.closes {
            return Err(StepError::WindowNotOver);
        }
        if now >= self.deadline() {
            return Err(StepError::DeadlineOver);
        }
        self.state = State::Sealed(window);
        Ok(())
    }

    /// Clears the sealed round: checks every declaration of the sealed list again and leaves out those that break a rule,
    /// clears the open orders of all members, asks the grid, and opens the next round or ends the session.
    ///
    /// A member's declarations count in the order of the list, each of which replaces the one before. `limits` gives what
    /// a member may trade in the session.
    ///
    /// # Errors
    /// `NOT_SEALED`, `WINDOW_NOT_OVER`, `DEADLINE_OVER`, or a [`ClearingError`](clearing::ClearingError).
    pub fn clear(
        &mut self,
        now: Nanoseconds,
        sealed: &[Declaration],
        limits: impl Fn(&str) -> Limits,
        grid: &mut dyn GridCheck,
    ) -> Result<RoundResult, StepError> {
        let State::Sealed(window) = self.state else { return Err(StepError::NotSealed(self.state.name())) };
        // The client sets a transaction's time: one from before the seal would lengthen the next window.
        if now < window.closes {
            return Err(StepError::WindowNotOver);
        }
        if now >= self.deadline() {
            return Err(StepError::DeadlineOver);
        }
        let mut next = self.clone();
        let left_out = next.replay(window, sealed, limits);
        let cleared = if window.round > 1 && left_out.len() == sealed.len() {
            next.end(EndReason::NoContinuation);
            None
        } else {
            let cleared = next.clear_book(grid)?;
            next.go_on(now, window, cleared.outcome);
            Some(cleared)
        };
        *self = next;
        Ok(RoundResult { round: window.round, left_out, cleared, state: self.state })
    }

    /// Ends a session that was not cleared in time: its open orders lapse, its trades stand.
    ///
    /// # Errors
    /// `DEADLINE_NOT_OVER`, or `ALREADY_ENDED`.
    pub fn expire(&mut self, now: Nanoseconds) -> Result<(), StepError> {
        if !matches!(self.state, State::Scheduled | State::Open(_) | State::Sealed(_)) {
            return Err(StepError::AlreadyEnded(self.state.name()));
        }
        if now < self.deadline() {
            return Err(StepError::DeadlineNotOver);
        }
        self.end(EndReason::Time);
        Ok(())
    }

    /// The trades are posted to the accounts. Late is better than never: there is no last moment.
    ///
    /// # Errors
    /// `NOT_ENDED`, or `SETTLEMENT_NOT_DUE`.
    pub fn settle(&mut self, now: Nanoseconds) -> Result<(), StepError> {
        let State::Ended(reason) = self.state else { return Err(StepError::NotEnded(self.state.name())) };
        if now < self.after_start(self.parameters.schedule.settle_from_s) {
            return Err(StepError::SettlementNotDue);
        }
        self.state = State::Settled(reason);
        Ok(())
    }

    /// The deviations from the meters are posted to the accounts, the first time or as a correction.
    ///
    /// # Errors
    /// `NOT_SETTLED`, or `DELIVERY_NOT_OVER`.
    pub fn reconcile(&mut self, now: Nanoseconds) -> Result<(), StepError> {
        let (State::Settled(reason) | State::Reconciled(reason)) = self.state else {
            return Err(StepError::NotSettled(self.state.name()));
        };
        if now < self.parameters.delivery_ends {
            return Err(StepError::DeliveryNotOver);
        }
        self.state = State::Reconciled(reason);
        Ok(())
    }

    /// Nothing of the session counts, neither open orders nor trades.
    ///
    /// # Errors
    /// `ALREADY_SETTLED`, or `ALREADY_ENDED` if it is cancelled.
    pub fn cancel(&mut self) -> Result<(), StepError> {
        match self.state {
            State::Settled(_) | State::Reconciled(_) => return Err(StepError::AlreadySettled(self.state.name())),
            State::Cancelled => return Err(StepError::AlreadyEnded(self.state.name())),
            State::Scheduled | State::Open(_) | State::Sealed(_) | State::Ended(_) => {}
        }
        self.members.close();
        self.state = State::Cancelled;
        Ok(())
    }

    fn after_start(&self, seconds: u32) -> Nanoseconds {
        self.parameters.starts.saturating_add(u64::from(seconds) * SECOND_NS)
    }

    fn deadline(&self) -> Nanoseconds {
        self.after_start(self.parameters.schedule.clear_by_s)
    }

    /// The next window from this round on that is not over, opened now.
    fn next_window(&self, from: u32, now: Nanoseconds) -> Option<Window> {
        let Parameters { starts, schedule, .. } = &self.parameters;
        let round = schedule.next_round(from, now.saturating_sub(*starts))?;
        Some(Window { round, opens: now, closes: starts.saturating_add(schedule.window_ends(round)) })
    }

    fn round_of(&self, window: Window) -> OpenRound {
        let parameters = &self.parameters;
        OpenRound {
            channel: parameters.channel.clone(),
            session: parameters.session.clone(),
            round: window.round,
            opens: window.opens,
            closes: window.closes,
            price_floor: parameters.price_floor,
            price_cap: parameters.price_cap,
            classes: parameters.class_count(),
            one_order_per_side: parameters.rule == PricingRule::Mcafee,
        }
    }

    fn replay(&mut self, window: Window, sealed: &[Declaration], limits: impl Fn(&str) -> Limits) -> Vec<LeftOut> {
        let round = self.round_of(window);
        let mut left_out = Vec::new();
        for (place, declaration) in sealed.iter().enumerate() {
            let limits = limits(&declaration.bundle.member);
            if let Err(refusal) = self.members.declare(&round, declaration, &limits) {
                left_out.push(LeftOut { place, refusal });
            }
        }
        left_out
    }

    /// Clears the open orders, and takes what is traded from them.
    fn clear_book(&mut self, grid: &mut dyn GridCheck) -> Result<ClearedRound, StepError> {
        let Parameters { session, fees, rule, .. } = &self.parameters;
        let (book, points) = self.members.book(session);
        let clearing = clearing::clear(&book, fees, *rule)?;
        let carried = round::check_grid(&clearing, &points, grid);
        let (mut outcome, quotes) = outcome::judge(&book, &carried.trades, self.quotes);
        if carried.trades.is_empty() && !clearing.trades.is_empty() {
            outcome = Outcome::Suspended(Suspension::NoTradeLeftAfterGridCheck);
        }
        let reasons = remainder::reasons(&book, fees, &clearing);
        let cut = clearing.fills.iter().zip(&carried.fills).map(|(matched, carried)| matched > carried);
        let reasons = reasons.into_iter().zip(cut).map(|(reason, cut)| if cut { Some(Reason::Grid) } else { reason });
        let cleared = ClearedRound {
            reasons: reasons.collect(),
            book,
            points,
            matched_trades: clearing.trades,
            carried: carried.volumes,
            class_prices: clearing.class_prices,
            matched: clearing.matched,
            reduction: clearing.reduction,
            fills: carried.fills,
            outcome,
            quotes,
        };
        self.members.fill(&cleared.fills);
        self.quotes = Some(quotes);
        self.traded += carried.trades.iter().map(|trade| trade.volume).sum::<WattHours>();
        Ok(cleared)
    }

    /// Opens the next round, or ends the session.
    fn go_on(&mut self, now: Nanoseconds, window: Window, outcome: Outcome) {
        match outcome {
            Outcome::Traded if Side::BOTH.into_iter().any(|side| !self.members.has_open(side)) => {
                return self.end(EndReason::Exhausted);
            }
            Outcome::Suspended(_) => self.members.close(),
            Outcome::Traded | Outcome::OneSided => {}
        }
        match self.next_window(window.round + 1, now) {
            Some(window) => self.state = State::Open(window),
            None => self.end(EndReason::Time),
        }
    }

    fn end(&mut self, reason: EndReason) {
        self.members.close();
        self.state = State::Ended(reason);
    }
}
