use exchange::messages::{
    ClassFee, DeviationRule, DeviationTerms, Pricing, PricingRule, RoundBounds, Schedule, SessionParameters,
};

/// Wh in a MWh.
pub const MWH: u64 = 1_000_000;
/// Wh in a kWh.
pub const KWH: u64 = 1_000;
/// Nanoseconds in a second.
pub const SECOND_NS: u64 = 1_000_000_000;
/// Nanoseconds in a minute.
pub const MINUTE_NS: u64 = 60 * SECOND_NS;

/// Classes of the standard session.
pub const CLASSES: [&str; 2] = ["A1/20kV", "A1/0.4kV"];

/// A session with the paper's times that starts at `start_ns` for the hour after it: three rounds, two classes of one
/// supply area, and no fee within a class.
#[must_use]
pub fn parameters(session: &str, start_ns: u64) -> SessionParameters {
    let fee = |sell_class, buy_class, fee| ClassFee { sell_class, buy_class, fee };
    SessionParameters {
        session: session.to_owned(),
        schedule: Schedule {
            start_ns,
            first_window_ends_s: 15 * 60,
            last_window_ends_s: 45 * 60,
            clear_by_s: 50 * 60,
            settle_from_s: 45 * 60,
            delivery_start_ns: start_ns + 60 * MINUTE_NS,
            delivery_end_ns: start_ns + 120 * MINUTE_NS,
        },
        rounds: 3,
        pricing: Pricing { rule: PricingRule::KDoubleAuction, k_numerator: 1, k_denominator: 2 },
        classes: CLASSES.map(str::to_owned).to_vec(),
        fees: vec![fee(0, 0, 0), fee(0, 1, 501), fee(1, 0, 501), fee(1, 1, 0)],
        price_floor: 0,
        price_cap: 150_000,
        deviation: DeviationTerms { rule: DeviationRule::TwoPrice, surplus_price: 20_000, shortfall_price: 60_000 },
        feeder: None,
        bounds: RoundBounds { bundles_max: 1_000, orders_max: 10_000, bytes_max: 1 << 20, bundle_orders_max: 8 },
    }
}
