//! What is frozen when a session is scheduled.

use alloc::string::String;

use super::schedule::Schedule;
use crate::clearing::{self, PricingRule};
use crate::fees::FeeTable;
use crate::limits::{NAME_BYTES_MAX, PRICE_MAX};
use crate::units::{Nanoseconds, Price};

/// All that is frozen when a session is scheduled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Parameters {
    /// The market's channel.
    pub channel: String,
    /// The session's name, unique on the channel.
    pub session: String,
    /// Minute 0.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub starts: Nanoseconds,
    /// When delivery starts.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub delivery_starts: Nanoseconds,
    /// When delivery ends.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub delivery_ends: Nanoseconds,
    /// The times of the windows.
    pub schedule: Schedule,
    /// How trades are priced.
    pub rule: PricingRule,
    /// The classes and their fees.
    pub fees: FeeTable,
    /// The lowest price of an order, fen/MWh.
    pub price_floor: Price,
    /// The highest price of an order, fen/MWh.
    pub price_cap: Price,
}

impl Parameters {
    /// Whether a session can run with them.
    ///
    /// # Errors
    /// See [`ParameterError`].
    pub fn check(&self) -> Result<(), ParameterError> {
        if [&self.channel, &self.session].into_iter().any(|name| !(1..=NAME_BYTES_MAX).contains(&name.len())) {
            return Err(ParameterError::NameLength);
        }
        if !self.schedule.is_in_order() {
            return Err(ParameterError::ScheduleNotInOrder);
        }
        if !(self.starts <= self.delivery_starts && self.delivery_starts < self.delivery_ends) {
            return Err(ParameterError::DeliveryNotInOrder);
        }
        if !(-PRICE_MAX <= self.price_floor && self.price_floor <= self.price_cap && self.price_cap <= PRICE_MAX) {
            return Err(ParameterError::PriceRange);
        }
        if self.rule == PricingRule::Mcafee {
            if self.schedule.rounds != 1 {
                return Err(ParameterError::McafeeSingleRound);
            }
            if !clearing::fees_are_separable(&self.fees) {
                return Err(ParameterError::McafeeNeedsSeparableFee);
            }
        }
        Ok(())
    }

    pub(super) fn class_count(&self) -> u8 {
        // A fee table has at most 16 classes.
        u8::try_from(self.fees.classes().len()).unwrap_or(u8::MAX)
    }
}

/// Why parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A name is empty or too long for a bundle.
    #[error("NAME_LENGTH: the channel's or the session's name is empty or too long")]
    NameLength,
    /// The schedule's times do not follow each other, or there are too many rounds.
    #[error("SCHEDULE_NOT_IN_ORDER: the times of the schedule do not follow each other, or the rounds are too many")]
    ScheduleNotInOrder,
    /// The end of delivery is not after its start, or delivery starts before the session does.
    #[error("DELIVERY_NOT_IN_ORDER: session, start and end of delivery do not follow each other")]
    DeliveryNotInOrder,
    /// The floor is above the cap, or one of them beyond the largest price.
    #[error("PRICE_RANGE: the floor is above the cap, or one of them is beyond the largest price")]
    PriceRange,
    /// McAfee's rule is truthful for a single round only.
    #[error("MCAFEE_SINGLE_ROUND: the rule needs a session of one round")]
    McafeeSingleRound,
    /// McAfee's rule is only defined where the fee is a part of the seller's class plus a part of the buyer's.
    #[error("MCAFEE_NEEDS_SEPARABLE_FEE: the fees are not the sum of a seller's and a buyer's part")]
    McafeeNeedsSeparableFee,
}

impl ParameterError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NameLength => "NAME_LENGTH",
            Self::ScheduleNotInOrder => "SCHEDULE_NOT_IN_ORDER",
            Self::DeliveryNotInOrder => "DELIVERY_NOT_IN_ORDER",
            Self::PriceRange => "PRICE_RANGE",
            Self::McafeeSingleRound => "MCAFEE_SINGLE_ROUND",
            Self::McafeeNeedsSeparableFee => "MCAFEE_NEEDS_SEPARABLE_FEE",
        }
    }
}
