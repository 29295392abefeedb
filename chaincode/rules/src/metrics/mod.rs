//! How good a result was, measured on reservation prices: for the simulation, which alone knows them, and off-chain.
//!
//! A member's reservation price stays with the member. With declared prices in its place the numbers say how well the
//! declared book was cleared, which is always perfectly.

mod max_volume;
mod product_root;
mod self_supply;

pub use max_volume::max_volume;
pub use self_supply::{Interval, SelfSupply};

use crate::clearing::{self, Clearing, ClearingError, PricingRule, Share, Trade};
use crate::fees::FeeTable;
use crate::order::{Book, Side};
use crate::units::{Money, Price, WattHours, money};

/// A signed ratio in parts per million, rounded down.
pub type SignedPartsPerMillion = i128;

/// The measures of a result. A ratio whose denominator is zero is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Values of the buyers less costs of the sellers less fees.
    pub surplus: Money,
    /// The largest possible surplus.
    pub surplus_max: Money,
    /// surplus / largest surplus.
    pub efficiency_ppm: Option<SignedPartsPerMillion>,
    /// The sellers' part of the surplus.
    pub seller_surplus: Money,
    /// The buyers' part.
    pub buyer_surplus: Money,
    /// The auction account's part.
    pub auction_surplus: Money,
    /// The network fees.
    pub fees: Money,
    /// The sellers' part / surplus.
    pub seller_share_ppm: Option<SignedPartsPerMillion>,
    /// Smith's alpha: the root mean square distance of the sellers' net prices from the competitive prices of their classes,
    /// as a part of the mean competitive price; by volume. (V. L. Smith, "An experimental study of competitive market
    /// behavior", Journal of Political Economy 70, 1962.)
    pub alpha_ppm: Option<SignedPartsPerMillion>,
    /// The volume of the trades, Wh.
    pub volume: WattHours,
    /// volume / volume of the most efficient result.
    pub volume_efficient_ppm: Option<SignedPartsPerMillion>,
    /// volume / largest volume that could trade without loss to anybody.
    pub volume_max_ppm: Option<SignedPartsPerMillion>,
}

/// Measures `trades` against `values`: one order per participant and side with its true limit price and whole volume over
/// the session. The places in the trades are those of `values`.
///
/// # Errors
/// `values` is not a book: see [`ClearingError`].
pub fn measure(values: &Book, fees: &FeeTable, trades: &[Trade]) -> Result<Metrics, ClearingError> {
    let best = clearing::clear(values, fees, PricingRule::Uniform(Share::HALF))?;
    let value = |place: u32| values.orders[place as usize].price;
    let total = |per_trade: &dyn Fn(&Trade) -> Price| -> Money {
        trades.iter().map(|trade| money(per_trade(trade), trade.volume)).sum()
    };
    let seller_surplus = total(&|trade| trade.seller_net - value(trade.ask));
    let buyer_surplus = total(&|trade| value(trade.bid) - trade.buyer_gross());
    let auction_surplus = total(&|trade| trade.margin);
    let surplus = seller_surplus + buyer_surplus + auction_surplus;
    let surplus_max = surplus_of(values, &best);
    let volume = trades.iter().map(|trade| trade.volume).sum();
    let efficient: WattHours = best.trades.iter().map(|trade| trade.volume).sum();
    Ok(Metrics {
        surplus,
        surplus_max,
        efficiency_ppm: ratio(surplus, surplus_max),
        seller_surplus,
        buyer_surplus,
        auction_surplus,
        fees: total(&|trade| trade.fee),
        seller_share_ppm: ratio(seller_surplus, surplus),
        alpha_ppm: alpha(values, trades, &best),
        volume,
        volume_efficient_ppm: ratio(volume.into(), efficient.into()),
        volume_max_ppm: ratio(volume.into(), max_volume(values, fees).into()),
    })
}

/// The surplus of a clearing: value of the bids less cost of the asks less fees.
#[must_use]
pub fn surplus_of(book: &Book, clearing: &Clearing) -> Money {
    let price = |place: u32| book.orders[place as usize].price;
    clearing.trades.iter().map(|trade| money(price(trade.bid) - price(trade.ask) - trade.fee, trade.volume)).sum()
}

fn ratio(part: i128, whole: i128) -> Option<SignedPartsPerMillion> {
    // Python's floor division, for every sign of the whole.
    let (part, whole) = if whole < 0 { (-part, -whole) } else { (part, whole) };
    (whole != 0).then(|| (part * 1_000_000).div_euclid(whole))
}

/// sqrt(Q sum v d²) / sum v p, with Q the volume, d the distance from the competitive price p.
fn alpha(values: &Book, trades: &[Trade], best: &Clearing) -> Option<SignedPartsPerMillion> {
    let competitive = |trade: &Trade| {
        let class = values.orders[trade.ask as usize].class;
        best.class_prices
            .iter()
            .find(|price| price.side == Side::Sell && price.class == class)
            .map(|price| price.chosen)
    };
    let (mut volume, mut turnover, mut squares) = (0_u128, 0_i128, 0_u128);
    for (trade, price) in trades.iter().filter_map(|trade| Some((trade, competitive(trade)?))) {
        volume += u128::from(trade.volume);
        turnover += money(price, trade.volume);
        squares += u128::from(trade.volume) * u128::from((trade.seller_net - price).unsigned_abs()).pow(2);
    }
    let root = product_root::floor_sqrt_of_product(volume * 1_000_000_000_000, squares);
    (turnover > 0).then(|| root.cast_signed() / turnover)
}
