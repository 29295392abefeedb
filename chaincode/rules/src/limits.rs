//! How large things may be. Everything else in this crate relies on these bounds: within them no sum can overflow.

use crate::units::{Price, WattHours};

/// Orders on one side of a book. The priority rank of an order takes 20 bits of its key.
pub const ORDERS_PER_SIDE_MAX: usize = 1 << 20;

/// Classes of connection points in one market.
pub const CLASSES_MAX: usize = 16;

/// Largest price, and largest fee, in fen/MWh, either way from zero: ten million CNY/MWh.
pub const PRICE_MAX: Price = 1_000_000_000;

/// Largest volume of one order in Wh: 2^42 (4.4 TWh), so that a full side of a book still adds up in 63 bits.
pub const VOLUME_MAX: WattHours = 1 << 42;

/// Largest denominator of a [`Share`](crate::clearing::Share).
pub const SHARE_DENOMINATOR_MAX: u32 = 1_000_000;

/// Orders in one bundle.
pub const ORDERS_PER_BUNDLE_MAX: usize = 4096;

/// Bytes of a channel, session or member name in a bundle.
pub const NAME_BYTES_MAX: usize = 128;

/// Rounds of one session.
pub const ROUNDS_MAX: u32 = 64;
