//! The pricing rules: who gets which part of a trade's gain.

use super::listing::Pair;
use crate::limits::{CLASSES_MAX, SHARE_DENOMINATOR_MAX};
use crate::units::Price;

/// A part of a whole, k = numerator / denominator: the seller's part of a trade's gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "(u32, u32)", into = "(u32, u32)")
)]
pub struct Share {
    numerator: u32,
    denominator: u32,
}

/// A share that is not between 0 and 1, or too fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "SHARE_OUT_OF_RANGE: {numerator}/{denominator} is not within 0 to 1 with a denominator of 1 to {SHARE_DENOMINATOR_MAX}"
)]
pub struct ShareError {
    /// The upper number.
    pub numerator: u32,
    /// The lower number.
    pub denominator: u32,
}

impl ShareError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        "SHARE_OUT_OF_RANGE"
    }
}

impl Share {
    /// Nothing.
    pub const NONE: Self = Self { numerator: 0, denominator: 1 };
    /// One half.
    pub const HALF: Self = Self { numerator: 1, denominator: 2 };
    /// Everything.
    pub const ALL: Self = Self { numerator: 1, denominator: 1 };

    /// numerator / denominator.
    ///
    /// # Errors
    /// The share is not within 0 to 1, or the denominator is above [`SHARE_DENOMINATOR_MAX`].
    pub fn new(numerator: u32, denominator: u32) -> Result<Self, ShareError> {
        if numerator > denominator || !(1..=SHARE_DENOMINATOR_MAX).contains(&denominator) {
            return Err(ShareError { numerator, denominator });
        }
        Ok(Self { numerator, denominator })
    }

    /// low + floor(k (high - low)).
    pub(super) fn between(self, low: Price, high: Price) -> Price {
        let step = (high - low) * i64::from(self.numerator);
        low + step.div_euclid(self.denominator.into())
    }
}

impl TryFrom<(u32, u32)> for Share {
    type Error = ShareError;

    fn try_from((numerator, denominator): (u32, u32)) -> Result<Self, ShareError> {
        Self::new(numerator, denominator)
    }
}

impl From<Share> for (u32, u32) {
    fn from(share: Share) -> Self {
        (share.numerator, share.denominator)
    }
}

/// How a trade is priced. The seller's net is n; the buyer pays n + fee (and under McAfee's rule a margin).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum PricingRule {
    /// Each pair shares its gain: n = ask + floor(k gain). The odd tick goes to the buyer.
    KDoubleAuction(Share),
    /// The buyer pays what it bid: k = 1.
    PayAsBid,
    /// The seller receives what it asked: k = 0.
    PayAsAsk,
    /// One price per class, between the lowest and the highest that support the result: floor(low + k (high - low)).
    Uniform(Share),
    /// McAfee's trade reduction for divisible orders: truthful, at the price of a little volume. One round only,
    /// separable fees, one order per member and side. (R. P. McAfee, "A dominant strategy double auction", Journal of
    /// Economic Theory 56, 1992.)
    Mcafee,
}

impl PricingRule {
    /// The rule of this name, with `share` where the rule has one.
    #[must_use]
    pub fn from_name(name: &str, share: Share) -> Option<Self> {
        Some(match name {
            "k_double_auction" => Self::KDoubleAuction(share),
            "pay_as_bid" => Self::PayAsBid,
            "pay_as_ask" => Self::PayAsAsk,
            "uniform" => Self::Uniform(share),
            "mcafee" => Self::Mcafee,
            _ => return None,
        })
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KDoubleAuction(_) => "k_double_auction",
            Self::PayAsBid => "pay_as_bid",
            Self::PayAsAsk => "pay_as_ask",
            Self::Uniform(_) => "uniform",
            Self::Mcafee => "mcafee",
        }
    }

    /// The seller's part of the gain. McAfee's rule has none; its value is not used.
    pub(super) fn share(self) -> Share {
        match self {
            Self::KDoubleAuction(share) | Self::Uniform(share) => share,
            Self::PayAsBid => Share::ALL,
            Self::PayAsAsk | Self::Mcafee => Share::NONE,
        }
    }

    /// What the seller of a pair receives, fen/MWh; `chosen` are the supporting prices of the sell classes.
    pub(super) fn seller_net(self, pair: &Pair, chosen: &[Price; CLASSES_MAX]) -> Price {
        match self {
            Self::Uniform(_) => chosen[pair.sell_class],
            _ => self.share().between(pair.ask, pair.bid - pair.fee),
        }
    }
}
