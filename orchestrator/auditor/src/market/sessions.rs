//! The steps of a session but its clearing and settlement.

use std::collections::BTreeSet;

use fabric_msp::sha256;

use super::documents::{
    Decimal, EndReason, FeederVersion, PricingRule, RoundSealed, SessionCancelled, SessionEnded, SessionParameters,
    SessionPhase,
};
use super::feeders;
use super::keys::{Key, bundle_name, hex32, hex64};
use super::members::{check_name, check_reason};
use super::pages::{SealedBundle, encode_seal};
use super::policy::{CONSENSUS, REGULATOR, TRADING_CENTRE};
use super::session::{Session, fee_matrix};
use super::step::{Checked, Expected, Step, Wrong, require};
use crate::finding::Code;

const CLASSES_MAX: usize = 16;
const ROUNDS_MAX: u32 = 64;
/// Largest price and largest fee, fen/MWh.
const PRICE_MAX: i64 = 1_000_000_000;
const SHARE_DENOMINATOR_MAX: u32 = 1_000_000;
const ROUND_BUNDLES_MAX: u32 = 5_000;
const ROUND_ORDERS_MAX: u32 = 50_000;
const ROUND_BYTES_MAX: u32 = 8 << 20;

pub(super) fn open(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[TRADING_CENTRE])?;
    let parameters: SessionParameters = step.argument(1)?;
    check_parameters(&parameters)?;
    let session_key = Key::exchange("session", &[&parameters.session]);
    require(step.bytes(&session_key).is_none(), "SESSION_EXISTS")?;
    let delivery = Key::exchange("delivery", &[&hex64(parameters.schedule.delivery_start_ns.0)]);
    require(step.bytes(&delivery).is_none(), "DELIVERY_TAKEN")?;
    let feeder = parameters.feeder.as_deref().map(|feeder| feeders::latest(step, feeder)).transpose()?;

    let mut session = Session::new(parameters, feeder.map_or(0, |FeederVersion { version, .. }| version));
    require(step.now() >= session.after_start(0), "NOT_STARTED")?;
    require(session.open_round(1, step.now()), "DEADLINE_OVER")?;
    let mut expected = Expected::default();
    expected.document(Code::WrongWrite, session_key, &session.frozen);
    expected.document(Code::WrongWrite, delivery, &session.name());
    session.expect(step, &mut expected)?;
    expected.event("session_opened", &session.round_opened());
    Ok(expected)
}

/// Everything that a session's parameters must fulfil.
fn check_parameters(parameters: &SessionParameters) -> Checked<()> {
    let SessionParameters { schedule, rounds, pricing, classes, price_floor, price_cap, deviation, bounds, .. } =
        parameters;
    check_name(&parameters.session)?;
    let bounded = bounds.bundles_max <= ROUND_BUNDLES_MAX
        && bounds.orders_max <= ROUND_ORDERS_MAX
        && bounds.bytes_max <= ROUND_BYTES_MAX
        && bounds.bundle_orders_max <= bounds.orders_max;
    require(bounded, "BOUNDS_TOO_LARGE")?;
    require(deviation.shortfall_price >= deviation.surplus_price, "DEVIATION_PRICES")?;
    let in_order = (1..=ROUNDS_MAX).contains(rounds)
        && schedule.first_window_ends_s > 0
        && schedule.last_window_ends_s >= schedule.first_window_ends_s.saturating_add(rounds.saturating_sub(1))
        && schedule.clear_by_s > schedule.last_window_ends_s;
    require(in_order, "SCHEDULE_NOT_IN_ORDER")?;
    let delivered =
        schedule.start_ns <= schedule.delivery_start_ns && schedule.delivery_start_ns < schedule.delivery_end_ns;
    require(delivered, "DELIVERY_NOT_IN_ORDER")?;
    let priced = -PRICE_MAX <= price_floor.0 && price_floor <= price_cap && price_cap.0 <= PRICE_MAX;
    require(priced, "PRICE_RANGE")?;
    let share =
        pricing.k_numerator <= pricing.k_denominator && (1..=SHARE_DENOMINATOR_MAX).contains(&pricing.k_denominator);
    require(share, "SHARE_OUT_OF_RANGE")?;
    require((1..=CLASSES_MAX).contains(&classes.len()), "CLASS_COUNT")?;
    require(classes.iter().collect::<BTreeSet<_>>().len() == classes.len(), "DUPLICATE_CLASS")?;
    let fees = fee_matrix(parameters).ok_or_else(|| Wrong::refused("UNKNOWN_CLASS or DUPLICATE_FEE"))?;
    let all_fees = || fees.iter().flatten().flatten();
    require(all_fees().all(|fee| (0..=PRICE_MAX).contains(fee)), "FEE_OUT_OF_RANGE")?;
    if pricing.rule == PricingRule::Mcafee {
        require(*rounds == 1, "MCAFEE_SINGLE_ROUND")?;
        require(is_separable(&fees), "MCAFEE_NEEDS_SEPARABLE_FEE")?;
    }
    Ok(())
}

/// Whether every pair is allowed, and all rows differ by one number each.
fn is_separable(fees: &[Vec<Option<i64>>]) -> bool {
    let difference = |row: &[Option<i64>], column: usize| Some(row[column]? - fees[0][column]?);
    fees.iter().all(|row| {
        let first = difference(row, 0);
        first.is_some() && (0..row.len()).all(|column| difference(row, column) == first)
    })
}

/// The list of the round's bundles is exactly what lies on the ledger.
pub(super) fn seal(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&CONSENSUS)?;
    let mut session = Session::of(step)?;
    session.require_phase(SessionPhase::Open, "NOT_OPEN")?;
    require(step.now() >= session.progress.window_end_ns.0, "WINDOW_NOT_OVER")?;
    require(step.now() < session.deadline(), "DEADLINE_OVER")?;
    let round = session.progress.round;
    let bundles = bundles(step, &session)?;
    session.progress.phase = SessionPhase::Sealed;
    let mut expected = Expected::default();
    expected.bytes(Code::SealList, seal_key(&session), encode_seal(&bundles));
    session.expect(step, &mut expected)?;
    let bundles = u32::try_from(bundles.len()).unwrap_or(u32::MAX);
    expected.event("round_sealed", &RoundSealed { session: session.name().to_owned(), round, bundles });
    Ok(expected)
}

/// The key of the current round's seal.
pub(super) fn seal_key(session: &Session) -> Key {
    Key::exchange("seal", &[session.name(), &hex32(session.progress.round)])
}

/// The bundles of the current round. Keys that are no bundle's count for the bounds only.
fn bundles(step: &Step<'_>, session: &Session) -> Checked<Vec<SealedBundle>> {
    let prefix = Key::bundles(session.name(), session.progress.round);
    let bounds = &session.parameters().bounds;
    let (mut entries, mut bytes, mut bundles) = (0_usize, 0_usize, Vec::new());
    for (key, value) in step.prefix(&prefix) {
        entries += 1;
        if let Some((member, sequence)) = bundle_name(key, &prefix) {
            bytes += value.len();
            bundles.push(SealedBundle { member, sequence, hash: sha256([value]) });
        }
    }
    require(entries <= bounds.bundles_max as usize && bytes <= bounds.bytes_max as usize, "ROUND_TOO_LARGE")?;
    Ok(bundles)
}

/// A session that was not cleared in time ends.
pub(super) fn expire(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&CONSENSUS)?;
    let mut session = Session::of(step)?;
    require(matches!(session.progress.phase, SessionPhase::Open | SessionPhase::Sealed), "ALREADY_ENDED")?;
    require(step.now() >= session.deadline(), "DEADLINE_NOT_OVER")?;
    session.end(EndReason::Time);
    let mut expected = Expected::default();
    session.expect(step, &mut expected)?;
    let ended = SessionEnded { session: session.name().to_owned(), reason: EndReason::Time };
    expected.event("session_expired", &ended);
    Ok(expected)
}

/// A session becomes void, and its delivery hour free.
pub(super) fn cancel(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[TRADING_CENTRE, REGULATOR])?;
    let reason = step.text(2)?;
    check_reason(&reason)?;
    let mut session = Session::of(step)?;
    let phase = session.progress.phase;
    require(!matches!(phase, SessionPhase::Settled | SessionPhase::Reconciled), "ALREADY_SETTLED")?;
    require(phase != SessionPhase::Cancelled, "ALREADY_ENDED")?;
    session.close_orders();
    session.progress.phase = SessionPhase::Cancelled;
    let Decimal(delivery) = session.parameters().schedule.delivery_start_ns;
    let mut expected = Expected::default();
    expected.deleted(Code::WrongWrite, Key::exchange("delivery", &[&hex64(delivery)]));
    session.expect(step, &mut expected)?;
    expected.event("session_cancelled", &SessionCancelled { session: session.name().to_owned(), reason });
    Ok(expected)
}
