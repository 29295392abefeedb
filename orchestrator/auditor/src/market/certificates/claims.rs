//! Claims: who says to have used the energy, and when.

use super::super::documents::{Change, Claim, ClaimedPeriod, Decimal, Device};
use super::super::keys::{Key, hex64, parts_after};
use super::super::members;
use super::super::metering::{find_device, find_reading, intervals};
use super::super::step::{Checked, Step, ensure, require};
use super::changes::Changes;
use super::trading::{check_own, each};
use crate::finding::Code;

const HOUR_NS: u64 = 3_600_000_000_000;
/// Hours of a claim's period.
const HOURS_MAX: u64 = 31 * 24;

/// Certificates are cancelled for a beneficiary and a period.
pub(super) fn cancel(
    changes: &mut Changes<'_, '_>,
    certificates: &[String],
    claim: &Claim,
    change: &Change,
) -> Checked<()> {
    let (from, to) = (claim.from_ns.0, claim.to_ns.0);
    let whole_hours = from.is_multiple_of(HOUR_NS) && to.is_multiple_of(HOUR_NS) && from < to;
    require(whole_hours && (to - from) / HOUR_NS <= HOURS_MAX, "BAD_PERIOD")?;
    require(to <= change.at_ns.0, "PERIOD_NOT_OVER")?;
    require(members::find(changes.step, &claim.beneficiary)?.is_some(), "UNKNOWN_MEMBER")?;
    let mut energy = 0_u64;
    each(changes, certificates, change, |_, certificate| {
        check_own(certificate, change)?;
        let message = || format!("{} is produced after the period that it is claimed for", certificate.certificate);
        ensure(certificate.produced_ns.0 <= to, Code::Claim, message())?;
        energy = energy.saturating_add(certificate.energy_wh());
        certificate.claim = Some(claim.clone());
        Ok(())
    })?;
    add(changes, claim, energy)
}

/// A beneficiary claims no hour in two periods, and no more than it drew.
fn add(changes: &mut Changes<'_, '_>, claim: &Claim, energy: u64) -> Checked<()> {
    let Claim { beneficiary, from_ns, to_ns } = claim.clone();
    for key in changes.keys(&Key::exchange("claim", &[&beneficiary])) {
        let Some(other) = changes.find::<ClaimedPeriod>(&key)? else { continue };
        let is_same = (other.from_ns, other.to_ns) == (from_ns, to_ns);
        let overlaps = other.from_ns < to_ns && from_ns < other.to_ns;
        ensure(is_same || !overlaps, Code::Claim, format!("{beneficiary} claims an hour in two periods"))?;
    }
    let key = Key::exchange("claim", &[&beneficiary, &hex64(from_ns.0)]);
    let before = changes.find::<ClaimedPeriod>(&key)?.map_or(0, |claimed| claimed.claimed_wh.0);
    let claimed = before.saturating_add(energy);
    let consumed = consumption(changes.step, claim)?;
    let message = || format!("{beneficiary} claims {claimed} Wh, it drew {consumed} Wh");
    ensure(claimed <= consumed, Code::Claim, message())?;
    let (claimed_wh, consumed_wh) = (Decimal(claimed), Decimal(consumed));
    changes.put(Code::Claim, key, &ClaimedPeriod { beneficiary, from_ns, to_ns, claimed_wh, consumed_wh });
    Ok(())
}

/// What the beneficiary drew in the period by its meters.
fn consumption(step: &Step<'_>, claim: &Claim) -> Checked<u64> {
    let prefix = Key::exchange("member-device", &[&claim.beneficiary]);
    let mut sum = 0_u64;
    for (key, _) in step.prefix(&prefix) {
        let names = parts_after(key, &prefix).unwrap_or_default();
        let device: Option<Device> = names.first().map(|name| find_device(step, name)).transpose()?.flatten();
        let Some(device) = device.filter(|device| device.generation.is_none()) else { continue };
        for start in intervals(&device, &(claim.from_ns.0..claim.to_ns.0)) {
            let reading = find_reading(step, &device.device, start)?;
            sum = sum.saturating_add(reading.map_or(0, |reading| reading.energy_wh.0));
        }
    }
    Ok(sum)
}
