//! Who pays whom: trades at settlement, deviations when the meters are read, corrections as differences.
//!
//! Every posting goes to two or more accounts and sums to zero, so that members + fees + auction + balancing = 0, exactly
//! and always. Money is counted in 10^-6 fen; only a [`Bill`] is in whole fen, and what it leaves stays on the account.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::session::FirmTrade;
use crate::units::{MONEY_PER_FEN, Money, Price, SignedWattHours, money};

/// Whose money it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Account {
    /// A member's.
    Member(String),
    /// The network fees, for the grid company.
    Fees,
    /// What buyers pay and sellers do not receive under McAfee's rule.
    Auction,
    /// The grid company's balancing account: the other side of every deviation.
    Balancing,
}

/// An amount on each account: positive where the account receives. The amounts sum to zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Postings(BTreeMap<Account, Money>);

impl Postings {
    /// The amount on an account.
    #[must_use]
    pub fn amount(&self, account: &Account) -> Money {
        self.0.get(account).copied().unwrap_or(0)
    }

    /// All accounts with their amounts, in the order of [`Account`].
    pub fn iter(&self) -> impl Iterator<Item = (&Account, Money)> {
        self.0.iter().map(|(account, amount)| (account, *amount))
    }

    /// The sum over all accounts: zero.
    #[must_use]
    pub fn sum(&self) -> Money {
        self.0.values().sum()
    }

    /// What must be posted on top of `posted` so that these postings hold: how a correction is made.
    #[must_use]
    pub fn difference(&self, posted: &Self) -> Self {
        let mut difference = self.clone();
        for (account, amount) in &posted.0 {
            *difference.0.entry(account.clone()).or_insert(0) -= amount;
        }
        difference.0.retain(|_, amount| *amount != 0);
        difference
    }

    /// Adds other postings.
    pub fn add(&mut self, other: &Self) {
        for (account, amount) in &other.0 {
            *self.0.entry(account.clone()).or_insert(0) += amount;
        }
    }

    fn post(&mut self, account: Account, amount: Money) {
        *self.0.entry(account).or_insert(0) += amount;
    }
}

/// What the trades move: the seller receives its net, the buyer pays net, fee and margin.
#[must_use]
pub fn trade_postings(trades: &[FirmTrade]) -> Postings {
    let mut postings = Postings::default();
    for trade in trades {
        postings.post(Account::Member(trade.seller.clone()), money(trade.seller_net, trade.volume));
        postings.post(Account::Member(trade.buyer.clone()), -money(trade.buyer_gross(), trade.volume));
        postings.post(Account::Fees, money(trade.fee, trade.volume));
        postings.post(Account::Auction, money(trade.margin, trade.volume));
    }
    postings
}

impl FromIterator<(Account, Money)> for Postings {
    fn from_iter<I: IntoIterator<Item = (Account, Money)>>(amounts: I) -> Self {
        let mut postings = Self::default();
        for (account, amount) in amounts {
            postings.post(account, amount);
        }
        postings
    }
}

/// How deviations are priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum DeviationRule {
    /// Surplus earns the long price, shortfall pays the short price.
    TwoPrice,
    /// Everybody has one price: the short price if all deviations together are a shortfall, the long price if they are a
    /// surplus, the mean of both, rounded down, if they cancel.
    OnePrice,
}

/// The prices of deviations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct DeviationPrices {
    /// What surplus earns, fen/MWh.
    pub long: Price,
    /// What shortfall pays, fen/MWh; not below `long`, or deviating would pay.
    pub short: Price,
    /// How they apply.
    pub rule: DeviationRule,
}

/// Deviation prices under which deviating would pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DEVIATION_PRICES: the short price {short} is below the long price {long} fen/MWh")]
pub struct DeviationPriceError {
    /// What surplus would earn.
    pub long: Price,
    /// What shortfall would pay.
    pub short: Price,
}

impl DeviationPrices {
    /// Whether deviating does not pay.
    ///
    /// # Errors
    /// The short price is below the long price.
    pub fn check(&self) -> Result<(), DeviationPriceError> {
        let Self { long, short, .. } = *self;
        if short < long { Err(DeviationPriceError { long, short }) } else { Ok(()) }
    }

    fn price(&self, deviation: SignedWattHours, system: i128) -> Price {
        match self.rule {
            DeviationRule::TwoPrice if deviation > 0 => self.long,
            DeviationRule::TwoPrice => self.short,
            DeviationRule::OnePrice if system < 0 => self.short,
            DeviationRule::OnePrice if system > 0 => self.long,
            DeviationRule::OnePrice => (self.long + self.short).div_euclid(2),
        }
    }
}

/// Net injections in Wh by member: what was contracted, or what was metered.
pub type Injections = BTreeMap<String, SignedWattHours>;

/// What each member has contracted to inject on the whole: sold less bought.
#[must_use]
pub fn contracted(trades: &[FirmTrade]) -> Injections {
    let mut injections = Injections::new();
    for trade in trades {
        // Volumes of orders are at most 2^42 Wh: a member's sum over a session is far below 2^63.
        *injections.entry(trade.seller.clone()).or_insert(0) += trade.volume.cast_signed();
        *injections.entry(trade.buyer.clone()).or_insert(0) -= trade.volume.cast_signed();
    }
    injections
}

/// How far each metered member is from its contract: metered less contracted. A member without a meter reading has no
/// deviation until the reading comes.
#[must_use]
pub fn deviations(contracted: &Injections, metered: &Injections) -> Injections {
    let contract = |member: &String| contracted.get(member).copied().unwrap_or(0);
    metered.iter().map(|(member, metered)| (member.clone(), metered - contract(member))).collect()
}

/// What the deviations move: the balancing account takes the other side of each.
#[must_use]
pub fn deviation_postings(deviations: &Injections, prices: &DeviationPrices) -> Postings {
    let system = deviations.values().copied().map(i128::from).sum();
    let mut postings = Postings::default();
    for (member, &deviation) in deviations {
        let amount = Money::from(deviation) * Money::from(prices.price(deviation, system));
        postings.post(Account::Member(member.clone()), amount);
        postings.post(Account::Balancing, -amount);
    }
    postings
}

/// An account's balance in whole fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bill {
    /// What is payable, rounded down: to the account if positive, from it if negative. Fen.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub payable_fen: i128,
    /// What stays on the account for the next bill: 0 to 999,999 of 10^-6 fen.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub remainder: Money,
}

impl Bill {
    /// The bill of a balance.
    #[must_use]
    pub fn of(balance: Money) -> Self {
        Self { payable_fen: balance.div_euclid(MONEY_PER_FEN), remainder: balance.rem_euclid(MONEY_PER_FEN) }
    }
}
