//! Claims: who says to have used the energy, and when.

use fabric_contract_api::ReadContext;

use super::registry::Registry;
use super::trading::check_own;
use crate::devices;
use crate::error::Error;
use crate::limits::CLAIM_HOURS_MAX;
use crate::messages::{Change, Claim, ClaimedPeriod};
use crate::readings::intervals;
use crate::state_layout::{CLAIMS, READINGS};

const HOUR_NS: u64 = 3_600_000_000_000;

/// Cancels certificates for a beneficiary and a period.
pub(super) fn cancel(
    context: &ReadContext,
    registry: &mut Registry,
    certificates: Vec<String>,
    (beneficiary, from_ns, to_ns): (String, u64, u64),
    change: &Change,
) -> Result<Vec<String>, Error> {
    check_period(from_ns, to_ns, change.at_ns)?;
    if registry.members.get(context, &beneficiary)?.is_none() {
        return Err(Error::UnknownMember(beneficiary));
    }
    let claim = Claim { beneficiary, from_ns, to_ns };
    registry.certificates.fetch(context, certificates.iter().cloned())?;
    let mut energy_wh = 0_u64;
    for name in &certificates {
        let mut certificate = registry.certificate(context, name)?;
        check_own(&certificate, change)?;
        certificate.advance(change.clone())?;
        if certificate.produced_ns > to_ns {
            return Err(Error::ProducedLater(name.clone()));
        }
        energy_wh += certificate.energy_wh();
        certificate.claim = Some(claim.clone());
        registry.put_certificate(certificate);
    }
    add(context, registry, claim, energy_wh)?;
    Ok(certificates)
}

fn check_period(from_ns: u64, to_ns: u64, now_ns: u64) -> Result<(), Error> {
    let whole_hours = from_ns.is_multiple_of(HOUR_NS) && to_ns.is_multiple_of(HOUR_NS) && from_ns < to_ns;
    if !whole_hours || (to_ns - from_ns) / HOUR_NS > CLAIM_HOURS_MAX {
        return Err(Error::BadPeriod);
    }
    if to_ns > now_ns { Err(Error::PeriodNotOver) } else { Ok(()) }
}

/// Adds to what the beneficiary claims for the period. It claims no hour in two periods, and no more than it drew.
fn add(context: &ReadContext, registry: &mut Registry, claim: Claim, energy_wh: u64) -> Result<(), Error> {
    let Claim { beneficiary, from_ns, to_ns } = claim;
    // A period that reaches into this one begins at most a longest period before it.
    let earliest = from_ns.saturating_sub(CLAIM_HOURS_MAX * HOUR_NS);
    let stored = CLAIMS.range(context, (beneficiary.as_str(),), earliest..to_ns)?;
    let keys = stored.map(|entry| entry.map(|(key, _)| key)).collect::<Result<Vec<_>, _>>()?;
    registry.claims.fetch(context, keys)?;
    let around = (beneficiary.clone(), earliest)..(beneficiary.clone(), to_ns);
    let overlaps = |other: &ClaimedPeriod| {
        (other.from_ns, other.to_ns) != (from_ns, to_ns) && other.from_ns < to_ns && from_ns < other.to_ns
    };
    if registry.claims.range(around).any(overlaps) {
        return Err(Error::ClaimOverlaps(beneficiary));
    }
    let key = (beneficiary.clone(), from_ns);
    let before_wh = registry.claims.get(context, &key)?.map_or(0, |claimed| claimed.claimed_wh);
    let (claimed_wh, consumed_wh) = (before_wh + energy_wh, consumption(context, &beneficiary, from_ns, to_ns)?);
    if claimed_wh > consumed_wh {
        return Err(Error::ClaimExceedsConsumption { claimed_wh, consumed_wh });
    }
    registry.claims.put(key, ClaimedPeriod { beneficiary, from_ns, to_ns, claimed_wh, consumed_wh });
    Ok(())
}

/// What a member drew in a period by its meters, as far as they are read.
fn consumption(context: &ReadContext, member: &str, from_ns: u64, to_ns: u64) -> Result<u64, Error> {
    let devices = devices::of_member(context, member)?;
    let consuming = devices.iter().filter(|device| device.generation.is_none());
    let keys = consuming.flat_map(|device| intervals(device, &(from_ns..to_ns)).map(|start| (&device.device, start)));
    let readings = READINGS.get_many(context, keys)?;
    Ok(readings.into_iter().flatten().map(|reading| reading.energy_wh).sum())
}
