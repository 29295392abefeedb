use fabric_contract_api::message;

use super::ReferencePrices;

/// Everything that `open_session` freezes.
#[message]
pub struct SessionParameters {
    /// Identifier: 1 to 64 bytes of UTF-8 without control characters, not starting with `@`.
    pub session: String,
    /// When what happens.
    pub schedule: Schedule,
    /// Rounds at most (K).
    pub rounds: u32,
    /// How trades are priced.
    pub pricing: Pricing,
    /// Names of the classes, at most 16; declarations and fees refer to them by index.
    pub classes: Vec<String>,
    /// The fee of each allowed pair of classes; a pair that is not listed is forbidden.
    pub fees: Vec<ClassFee>,
    /// Lowest price allowed, fen/MWh.
    #[decimal]
    pub price_floor: i64,
    /// Highest price allowed, fen/MWh.
    #[decimal]
    pub price_cap: i64,
    /// How deviations from contracts are charged.
    pub deviation: DeviationTerms,
    /// Name of the feeder, set by the dispatcher, that trades are checked against; `null` for no grid check.
    pub feeder: Option<String>,
    /// Bounds of one round; none may exceed the contract's own.
    pub bounds: RoundBounds,
}

/// The times of a session: moments as such, the rest as seconds from its start. The first window is from the start to
/// `first_window_ends_s`; the others share the time until `last_window_ends_s` in equal parts.
#[message]
#[derive(Copy)]
pub struct Schedule {
    /// Start of the first window (minute 0).
    #[decimal]
    pub start_ns: u64,
    /// End of the first window (by the paper minute 15).
    pub first_window_ends_s: u32,
    /// End of the last window (minute 45).
    pub last_window_ends_s: u32,
    /// A round that is not cleared by then is cleared no more, and the session ends (minute 50).
    pub clear_by_s: u32,
    /// Settlement is possible from here on (minute 45).
    pub settle_from_s: u32,
    /// Start of the delivery hour.
    #[decimal]
    pub delivery_start_ns: u64,
    /// End of the delivery hour; meters are recorded from here on.
    #[decimal]
    pub delivery_end_ns: u64,
}

/// A pricing rule with its parameter.
#[message]
#[derive(Copy)]
pub struct Pricing {
    /// The rule.
    pub rule: PricingRule,
    /// Numerator of k; used by the k-double auction and the uniform price, `1` of `2` by default.
    pub k_numerator: u32,
    /// Denominator of k.
    pub k_denominator: u32,
}

/// The pricing rules, named as in the reference.
#[message]
#[derive(Copy)]
#[serde(rename_all = "snake_case")]
pub enum PricingRule {
    /// The share k of each pair's gain goes to the seller.
    KDoubleAuction,
    /// The seller gets the whole gain.
    PayAsBid,
    /// The buyer keeps the whole gain.
    PayAsAsk,
    /// One price per class.
    Uniform,
    /// Divisible trade reduction, one round.
    Mcafee,
}

/// The network fee of a trade between two classes.
#[message]
#[derive(Copy)]
pub struct ClassFee {
    /// Index of the seller's class.
    pub sell_class: u32,
    /// Index of the buyer's class.
    pub buy_class: u32,
    /// Fee, fen/MWh, not negative.
    #[decimal]
    pub fee: i64,
}

/// How deviations are charged.
#[message]
#[derive(Copy)]
pub struct DeviationTerms {
    /// One price for all, or one for each direction.
    pub rule: DeviationRule,
    /// What a surplus earns (P_long), fen/MWh.
    #[decimal]
    pub surplus_price: i64,
    /// What a shortfall pays (P_short), fen/MWh, not below `surplus_price`.
    #[decimal]
    pub shortfall_price: i64,
}

/// The deviation rules.
#[message]
#[derive(Copy)]
#[serde(rename_all = "snake_case")]
pub enum DeviationRule {
    /// A surplus earns `surplus_price`, a shortfall pays `shortfall_price`.
    TwoPrice,
    /// All pay and earn the price of the system's direction.
    OnePrice,
}

/// Bounds of one round.
#[message]
#[derive(Copy)]
pub struct RoundBounds {
    /// Bundles that a round may hold.
    pub bundles_max: u32,
    /// Orders that a round's book may hold.
    pub orders_max: u32,
    /// Bytes that a round's bundles may hold together.
    pub bytes_max: u32,
    /// Orders that one bundle may hold.
    pub bundle_orders_max: u32,
}

/// What is frozen when a session opens.
#[message]
pub struct FrozenSession {
    /// As they were given.
    pub parameters: SessionParameters,
    /// Version of the feeder at that time; 0 without a feeder.
    pub feeder_version: u32,
}

/// A session: what is frozen and where it stands.
#[message]
pub struct Session {
    /// Never changes.
    pub frozen: FrozenSession,
    /// Where it stands.
    pub progress: Progress,
}

/// A page of sessions in the order of their identifiers.
#[message]
pub struct SessionPage {
    /// At most as many as were asked for.
    pub sessions: Vec<String>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// Where a session stands.
#[message]
pub struct Progress {
    /// The phase.
    pub phase: SessionPhase,
    /// The current round, or the last one.
    pub round: u32,
    /// Start of its window.
    #[decimal]
    pub window_start_ns: u64,
    /// End of its window.
    #[decimal]
    pub window_end_ns: u64,
    /// Rounds that were cleared, in order. Rounds can be skipped.
    pub cleared: Vec<u32>,
    /// Quotes that the last clearing disclosed.
    pub reference: Option<ReferencePrices>,
    /// Why it ended, once it has.
    pub end_reason: Option<EndReason>,
    /// How often something was posted: by settlement, by each reconciliation.
    pub postings: u32,
}

/// The phases of a session.
#[message]
#[derive(Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SessionPhase {
    /// Takes declarations for the current round (from the start of its window).
    Open,
    /// The current round is sealed and waits for its clearing.
    Sealed,
    /// No more rounds.
    Ended,
    /// Trades are posted to the accounts.
    Settled,
    /// Deviations are posted as well.
    Reconciled,
    /// Void: nothing of it counts.
    Cancelled,
}

/// Why a session ended.
#[message]
#[derive(Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndReason {
    /// After trades one side has no open volume.
    Exhausted,
    /// A window after the first without a bundle.
    NoContinuation,
    /// Rounds or time are over.
    Time,
}
