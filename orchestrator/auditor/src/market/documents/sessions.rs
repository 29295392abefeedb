use super::{Decimal, ReferencePrices, document, names};

document! {
    /// An argument of `open_session`.
    pub(in crate::market) struct SessionParameters {
        pub(in crate::market) session: String,
        pub(in crate::market) schedule: Schedule,
        pub(in crate::market) rounds: u32,
        pub(in crate::market) pricing: Pricing,
        pub(in crate::market) classes: Vec<String>,
        pub(in crate::market) fees: Vec<ClassFee>,
        pub(in crate::market) price_floor: Decimal<i64>,
        pub(in crate::market) price_cap: Decimal<i64>,
        pub(in crate::market) deviation: DeviationTerms,
        pub(in crate::market) feeder: Option<String>,
        pub(in crate::market) bounds: RoundBounds,
    }
}

document! {
    /// Moments, and seconds from the start.
    pub(in crate::market) struct Schedule {
        pub(in crate::market) start_ns: Decimal<u64>,
        pub(in crate::market) first_window_ends_s: u32,
        pub(in crate::market) last_window_ends_s: u32,
        pub(in crate::market) clear_by_s: u32,
        pub(in crate::market) settle_from_s: u32,
        pub(in crate::market) delivery_start_ns: Decimal<u64>,
        pub(in crate::market) delivery_end_ns: Decimal<u64>,
    }
}

document! {
    /// A pricing rule with its k.
    pub(in crate::market) struct Pricing {
        pub(in crate::market) rule: PricingRule,
        pub(in crate::market) k_numerator: u32,
        pub(in crate::market) k_denominator: u32,
    }
}

names! {
    /// The pricing rules.
    "snake_case" enum PricingRule { KDoubleAuction, PayAsBid, PayAsAsk, Uniform, Mcafee }
}

document! {
    /// The fee of an allowed pair of classes.
    pub(in crate::market) struct ClassFee {
        pub(in crate::market) sell_class: u32,
        pub(in crate::market) buy_class: u32,
        pub(in crate::market) fee: Decimal<i64>,
    }
}

document! {
    /// How deviations are charged.
    pub(in crate::market) struct DeviationTerms {
        pub(in crate::market) rule: DeviationRule,
        pub(in crate::market) surplus_price: Decimal<i64>,
        pub(in crate::market) shortfall_price: Decimal<i64>,
    }
}

names! {
    /// The deviation rules.
    "snake_case" enum DeviationRule { TwoPrice, OnePrice }
}

document! {
    /// Bounds of one round.
    pub(in crate::market) struct RoundBounds {
        pub(in crate::market) bundles_max: u32,
        pub(in crate::market) orders_max: u32,
        pub(in crate::market) bytes_max: u32,
        pub(in crate::market) bundle_orders_max: u32,
    }
}

document! {
    /// `exchange` session.
    pub(in crate::market) struct FrozenSession {
        pub(in crate::market) parameters: SessionParameters,
        pub(in crate::market) feeder_version: u32,
    }
}

document! {
    /// `exchange` progress.
    pub(in crate::market) struct Progress {
        pub(in crate::market) phase: SessionPhase,
        pub(in crate::market) round: u32,
        pub(in crate::market) window_start_ns: Decimal<u64>,
        pub(in crate::market) window_end_ns: Decimal<u64>,
        pub(in crate::market) cleared: Vec<u32>,
        pub(in crate::market) reference: Option<ReferencePrices>,
        pub(in crate::market) end_reason: Option<EndReason>,
        pub(in crate::market) postings: u32,
    }
}

names! {
    /// Where a session stands.
    "SCREAMING_SNAKE_CASE" enum SessionPhase { Open, Sealed, Ended, Settled, Reconciled, Cancelled }
}

names! {
    /// Why a session ended.
    "SCREAMING_SNAKE_CASE" enum EndReason { Exhausted, NoContinuation, Time }
}

document! {
    /// `declaration` round.
    pub(in crate::market) struct RoundRecord {
        pub(in crate::market) phase: RoundPhase,
        pub(in crate::market) round: u32,
        pub(in crate::market) window_start_ns: Decimal<u64>,
        pub(in crate::market) window_end_ns: Decimal<u64>,
        pub(in crate::market) price_floor: Decimal<i64>,
        pub(in crate::market) price_cap: Decimal<i64>,
        pub(in crate::market) bundle_orders_max: u32,
        pub(in crate::market) one_order_per_side: bool,
        pub(in crate::market) classes: Vec<String>,
    }
}

names! {
    /// Whether a session takes declarations.
    "SCREAMING_SNAKE_CASE" enum RoundPhase { Open, Sealed, Ended }
}

impl SessionParameters {
    /// What declarations are checked against while the session stands at `progress`.
    pub(in crate::market) fn round_record(&self, progress: &Progress) -> RoundRecord {
        RoundRecord {
            phase: match progress.phase {
                SessionPhase::Open => RoundPhase::Open,
                SessionPhase::Sealed => RoundPhase::Sealed,
                _ => RoundPhase::Ended,
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
