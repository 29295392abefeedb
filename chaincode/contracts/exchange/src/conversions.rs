//! Between messages and the types of the rules.

use declaration::messages::{Phase, RoundRecord};
use rules::clearing::{self, Share};
use rules::fees::FeeTable;
use rules::order::ClassIndex;
use rules::outcome::{self, QuoteSource, ReferenceQuotes, Suspension};
use rules::remainder::Reason;
use rules::session::{self, Parameters, State, Window};
use rules::settlement::{self, DeviationPrices};

use crate::error::Error;
use crate::messages::{
    ClassFee, ClassPrice, DeviationRule, DeviationTerms, EndReason, Outcome, Pricing, PricingRule, Progress,
    ReferencePrices, ReferenceSource, RemainderReason, SessionParameters, SessionPhase, Side,
};

impl SessionParameters {
    /// The parameters as the rules see them.
    ///
    /// # Errors
    /// The rules refuse the fee table or the share k.
    pub fn to_rules(&self, channel: &str) -> Result<Parameters, Error> {
        let schedule = &self.schedule;
        Ok(Parameters {
            channel: channel.to_owned(),
            session: self.session.clone(),
            starts: schedule.start_ns,
            delivery_starts: schedule.delivery_start_ns,
            delivery_ends: schedule.delivery_end_ns,
            schedule: session::Schedule {
                rounds: self.rounds,
                first_window_ends_s: schedule.first_window_ends_s,
                last_window_ends_s: schedule.last_window_ends_s,
                clear_by_s: schedule.clear_by_s,
                settle_from_s: schedule.settle_from_s,
            },
            rule: self.pricing.to_rules()?,
            fees: fee_table(&self.classes, &self.fees)?,
            price_floor: self.price_floor,
            price_cap: self.price_cap,
        })
    }

    /// What declarations are checked against while the session is at `progress`.
    pub(crate) fn round_record(&self, progress: &Progress) -> RoundRecord {
        RoundRecord {
            phase: match progress.phase {
                SessionPhase::Open => Phase::Open,
                SessionPhase::Sealed => Phase::Sealed,
                _ => Phase::Ended,
            },
            round: progress.round,
            window_start_ns: progress.window_start_ns,
            window_end_ns: progress.window_end_ns,
            price_floor: self.price_floor,
            price_cap: self.price_cap,
            bundle_orders_max: self.bounds.bundle_orders_max,
            one_order_per_side: self.pricing.rule == PricingRule::Mcafee,
            classes: self.classes.clone(),
        }
    }
}

fn fee_table(classes: &[String], fees: &[ClassFee]) -> Result<FeeTable, Error> {
    let mut rows = vec![vec![None; classes.len()]; classes.len()];
    for ClassFee { sell_class, buy_class, fee } in fees {
        let row = rows.get_mut(*sell_class as usize).ok_or(Error::UnknownClass)?;
        let entry = row.get_mut(*buy_class as usize).ok_or(Error::UnknownClass)?;
        if entry.replace(*fee).is_some() {
            return Err(Error::DuplicateFee);
        }
    }
    Ok(FeeTable::new(classes.to_vec(), rows)?)
}

impl Pricing {
    fn to_rules(self) -> Result<clearing::PricingRule, Error> {
        let share = Share::new(self.k_numerator, self.k_denominator)?;
        Ok(match self.rule {
            PricingRule::KDoubleAuction => clearing::PricingRule::KDoubleAuction(share),
            PricingRule::PayAsBid => clearing::PricingRule::PayAsBid,
            PricingRule::PayAsAsk => clearing::PricingRule::PayAsAsk,
            PricingRule::Uniform => clearing::PricingRule::Uniform(share),
            PricingRule::Mcafee => clearing::PricingRule::Mcafee,
        })
    }
}

impl DeviationTerms {
    pub(crate) fn to_rules(self) -> DeviationPrices {
        DeviationPrices {
            long: self.surplus_price,
            short: self.shortfall_price,
            rule: match self.rule {
                DeviationRule::TwoPrice => settlement::DeviationRule::TwoPrice,
                DeviationRule::OnePrice => settlement::DeviationRule::OnePrice,
            },
        }
    }
}

impl Progress {
    /// The state as the rules see it.
    pub(crate) fn to_rules(&self) -> State {
        let window = Window { round: self.round, opens: self.window_start_ns, closes: self.window_end_ns };
        // A session that has ended has a reason; TIME is what a session without one would have ended by.
        let reason = self.end_reason.map_or(session::EndReason::Time, EndReason::to_rules);
        match self.phase {
            SessionPhase::Open => State::Open(window),
            SessionPhase::Sealed => State::Sealed(window),
            SessionPhase::Ended => State::Ended(reason),
            SessionPhase::Settled => State::Settled(reason),
            SessionPhase::Reconciled => State::Reconciled(reason),
            SessionPhase::Cancelled => State::Cancelled,
        }
    }

    /// Follows the session to a new state.
    pub(crate) fn follow(&mut self, state: State) {
        let (phase, window, reason) = match state {
            State::Scheduled | State::Cancelled => (SessionPhase::Cancelled, None, None),
            State::Open(window) => (SessionPhase::Open, Some(window), None),
            State::Sealed(window) => (SessionPhase::Sealed, Some(window), None),
            State::Ended(reason) => (SessionPhase::Ended, None, Some(reason)),
            State::Settled(reason) => (SessionPhase::Settled, None, Some(reason)),
            State::Reconciled(reason) => (SessionPhase::Reconciled, None, Some(reason)),
        };
        self.phase = phase;
        if let Some(window) = window {
            (self.round, self.window_start_ns, self.window_end_ns) = (window.round, window.opens, window.closes);
        }
        self.end_reason = reason.map(Into::into).or(self.end_reason);
    }
}

impl EndReason {
    fn to_rules(self) -> session::EndReason {
        match self {
            Self::Exhausted => session::EndReason::Exhausted,
            Self::NoContinuation => session::EndReason::NoContinuation,
            Self::Time => session::EndReason::Time,
        }
    }
}

impl From<session::EndReason> for EndReason {
    fn from(reason: session::EndReason) -> Self {
        match reason {
            session::EndReason::Exhausted => Self::Exhausted,
            session::EndReason::NoContinuation => Self::NoContinuation,
            session::EndReason::Time => Self::Time,
        }
    }
}

impl From<outcome::Outcome> for Outcome {
    fn from(outcome: outcome::Outcome) -> Self {
        match outcome {
            outcome::Outcome::Traded => Self::Traded,
            outcome::Outcome::OneSided => Self::OneSided,
            outcome::Outcome::Suspended(Suspension::AllBidsBelowAllAsks) => Self::AllBidsBelowAllAsks,
            outcome::Outcome::Suspended(Suspension::NoPairLeftAfterFees) => Self::NoPairLeftAfterFees,
            outcome::Outcome::Suspended(Suspension::NoTradeLeftAfterGridCheck) => Self::NoTradeLeftAfterGridCheck,
        }
    }
}

impl From<ReferenceQuotes> for ReferencePrices {
    fn from(quotes: ReferenceQuotes) -> Self {
        let source = match quotes.source {
            QuoteSource::LastTrade => ReferenceSource::LastTrade,
            QuoteSource::Carried => ReferenceSource::Carried,
            QuoteSource::BestQuote => ReferenceSource::BestQuote,
        };
        Self { best_sell: quotes.best_sell, best_buy: quotes.best_buy, source }
    }
}

impl ReferencePrices {
    pub(crate) fn to_rules(self) -> ReferenceQuotes {
        let source = match self.source {
            ReferenceSource::LastTrade => QuoteSource::LastTrade,
            ReferenceSource::Carried => QuoteSource::Carried,
            ReferenceSource::BestQuote => QuoteSource::BestQuote,
        };
        ReferenceQuotes { best_sell: self.best_sell, best_buy: self.best_buy, source }
    }
}

impl From<rules::order::Side> for Side {
    fn from(side: rules::order::Side) -> Self {
        match side {
            rules::order::Side::Sell => Self::Sell,
            rules::order::Side::Buy => Self::Buy,
        }
    }
}

impl From<clearing::ClassPrice> for ClassPrice {
    fn from(price: clearing::ClassPrice) -> Self {
        let ClassIndex(class) = price.class;
        Self {
            side: price.side.into(),
            class: class.into(),
            lowest: price.low,
            highest: price.high,
            chosen: price.chosen,
        }
    }
}

impl From<Reason> for RemainderReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::OutOfMoney => Self::OutOfMoney,
            Reason::AtMargin => Self::AtMargin,
            Reason::NoCounterparty => Self::NoCounterparty,
            Reason::Reduced => Self::Reduced,
            Reason::Rationed => Self::Rationed,
            Reason::Grid => Self::Grid,
        }
    }
}
