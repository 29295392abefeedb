//! Members' credit: their records, and the scores that follow from them.

use std::collections::BTreeMap;

use super::documents::{CreditEvaluated, CreditRecord, CreditScore, Deviation, PaidBills, PaymentsRecorded};
use super::keys::Key;
use super::members::{check_batch, load, write};
use super::policy::{CONSENSUS, TRADING_CENTRE};
use super::step::{Checked, Expected, Step, require};
use crate::finding::Code;

/// One whole, in millionths.
const WHOLE: u64 = 1_000_000;
/// The weight of fulfilment; that of punctuality is the rest.
const FULFILMENT: u64 = 600_000;
/// What a breach takes off.
const BREACH: u64 = 200_000;
/// The lowest score.
const FLOOR: u64 = 100_000;

/// What a session's meters say is in the members' records, in place of what they said before.
pub(super) fn add_fulfilment(
    step: &Step<'_>,
    expected: &mut Expected,
    before: &[Deviation],
    now: &[Deviation],
) -> Checked<()> {
    let before: BTreeMap<&str, _> = before.iter().map(|one| (one.member.as_str(), fulfilment(one))).collect();
    for one in now {
        let (old, new) = (before.get(one.member.as_str()).copied().unwrap_or_default(), fulfilment(one));
        if old != new {
            change(step, expected, &one.member, |record| {
                let replace = |sum: u64, old: u64, new: u64| sum.saturating_sub(old).saturating_add(new);
                record.contracted_wh.0 = replace(record.contracted_wh.0, old.0, new.0);
                record.unfulfilled_wh.0 = replace(record.unfulfilled_wh.0, old.1, new.1);
            })?;
        }
    }
    Ok(())
}

/// What was sold or bought, and what of it was not fed in or not drawn.
fn fulfilment(deviation: &Deviation) -> (u64, u64) {
    let (contract, metered) = (i128::from(deviation.contract_wh.0), i128::from(deviation.metered_wh.0));
    let short = if contract > 0 { contract - metered } else { metered - contract };
    let contracted = deviation.contract_wh.0.unsigned_abs();
    (contracted, u64::try_from(short.max(0)).unwrap_or(u64::MAX).min(contracted))
}

pub(super) fn add_breach(step: &Step<'_>, expected: &mut Expected, member: &str) -> Checked<()> {
    change(step, expected, member, |record| record.breaches = record.breaches.saturating_add(1))
}

pub(super) fn record_payments(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[TRADING_CENTRE])?;
    let payments: Vec<PaidBills> = step.argument(1)?;
    check_batch(payments.iter().map(|paid| paid.member.as_str()))?;
    let mut expected = Expected::default();
    for paid in &payments {
        load(step, &paid.member)?;
        require(paid.late <= paid.due, "BAD_PAYMENTS")?;
        change(step, &mut expected, &paid.member, |record| {
            record.bills = record.bills.saturating_add(paid.due);
            record.bills_late = record.bills_late.saturating_add(paid.late);
        })?;
    }
    let members = payments.into_iter().map(|paid| paid.member).collect();
    expected.event("payments_recorded", &PaymentsRecorded { members });
    Ok(expected)
}

fn change(
    step: &Step<'_>,
    expected: &mut Expected,
    member: &str,
    change: impl FnOnce(&mut CreditRecord),
) -> Checked<()> {
    let mut record = record(step, member)?;
    change(&mut record);
    expected.document(Code::WrongWrite, key(member), &record);
    Ok(())
}

pub(super) fn evaluate(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&CONSENSUS)?;
    let members: Vec<String> = step.argument(1)?;
    check_batch(members.iter().map(String::as_str))?;
    let mut expected = Expected::default();
    let mut scores = Vec::new();
    for name in members {
        let mut member = load(step, &name)?;
        let score_ppm = score(&record(step, &name)?);
        if member.credit_ppm != score_ppm {
            member.credit_ppm = score_ppm;
            write(step, &mut expected, &member)?;
        }
        scores.push(CreditScore { member: name, score_ppm });
    }
    expected.event("credit_evaluated", &CreditEvaluated { scores });
    Ok(expected)
}

/// The weighted mean of the energy that was fulfilled and of the bills that were paid in time, less what breaches cost.
fn score(record: &CreditRecord) -> u64 {
    let fulfilled = kept(record.contracted_wh.0, record.unfulfilled_wh.0);
    let punctual = kept(record.bills.into(), record.bills_late.into());
    let mean = (fulfilled * FULFILMENT + punctual * (WHOLE - FULFILMENT)) / WHOLE;
    mean.saturating_sub(BREACH.saturating_mul(record.breaches.into())).max(FLOOR)
}

/// The part that was not missed, in millionths; all of it where there is nothing to miss.
fn kept(whole: u64, missed: u64) -> u64 {
    if whole == 0 {
        return WHOLE;
    }
    let kept = u128::from(whole.saturating_sub(missed)) * u128::from(WHOLE) / u128::from(whole);
    u64::try_from(kept).unwrap_or(WHOLE)
}

fn record(step: &Step<'_>, member: &str) -> Checked<CreditRecord> {
    Ok(step.find(&key(member))?.unwrap_or_default())
}

fn key(member: &str) -> Key {
    Key::exchange("credit", &[member])
}
