//! What the numbers mean. Every amount is an integer; nothing is rounded before a bill is made.

/// Energy in watt-hours, the smallest amount that can be traded.
pub type WattHours = u64;

/// A signed amount of energy in watt-hours: injection into the grid is positive, withdrawal negative.
pub type SignedWattHours = i64;

/// A price or a fee in fen per megawatt-hour (0.01 CNY/MWh), the tick of the market.
pub type Price = i64;

/// Money in 10^-6 fen: a [`Price`] times [`WattHours`], exact.
pub type Money = i128;

/// A moment in nanoseconds since the Unix epoch, UTC; or, where the name says so, a span of nanoseconds.
pub type Nanoseconds = u64;

/// A ratio in parts per million.
pub type PartsPerMillion = u64;

/// Units of [`Money`] in one fen.
pub const MONEY_PER_FEN: Money = 1_000_000;

/// One whole, in parts per million.
pub const WHOLE_PPM: PartsPerMillion = 1_000_000;

/// Nanoseconds in one second.
pub const SECOND_NS: Nanoseconds = 1_000_000_000;

/// The product of a price and a volume.
#[must_use]
pub fn money(price: Price, volume: WattHours) -> Money {
    Money::from(price) * Money::from(volume)
}
