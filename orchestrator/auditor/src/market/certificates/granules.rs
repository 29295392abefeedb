//! Readings on their way to certificates.

use fabric_msp::sha256;

use super::super::documents::{
    Action, CertificateState, Change, Decimal, Device, Granule, GranuleName, GranulesDecided, Reading,
};
use super::super::members::check_reason;
use super::super::metering::{find_device, find_reading};
use super::super::policy::REGULATOR;
use super::super::step::{Checked, Expected, Step, Wrong, ensure, require};
use super::changes::{Changes, granule_key};
use crate::finding::Code;

/// What is hashed before device, a zero byte and start to make a granule's id.
const PREFIX: &[u8] = b"GridBourse granule 1\n";

/// The owner of a device wants readings certified.
pub(super) fn request(
    changes: &mut Changes<'_, '_>,
    device: &str,
    readings: &[(u64, u32)],
    change: &Change,
) -> Checked<Vec<GranuleName>> {
    let device = own_device(changes.step, device, &change.actor)?.device;
    let mut granules = Vec::new();
    for (start_ns, version) in readings {
        let reading = load_reading(changes.step, &device, *start_ns)?;
        check_version(&reading, *version)?;
        require(reading.energy_wh.0 > 0, "NOTHING_TO_CERTIFY")?;
        if let Some(before) = changes.find::<Granule>(&granule_key(&device, *start_ns))? {
            before.after(Action::Request)?;
            require(before.version != reading.version, "READING_REJECTED")?;
        }
        changes.put_granule(&Granule {
            granule: hex::encode(sha256([PREFIX, device.as_bytes(), &[0], &start_ns.to_be_bytes()])),
            device: device.clone(),
            start_ns: Decimal(*start_ns),
            member: change.actor.clone(),
            state: CertificateState::Requested,
            version: reading.version,
            energy_wh: reading.energy_wh,
            evidence_hash: reading.evidence_hash,
            session: None,
            trades: Vec::new(),
            reason: String::new(),
            change: change.clone(),
        });
        granules.push(GranuleName { device: device.clone(), start_ns: Decimal(*start_ns) });
    }
    Ok(granules)
}

/// The owner takes requests back: their granules are no more.
pub(super) fn recall(
    changes: &mut Changes<'_, '_>,
    device: &str,
    starts: &[u64],
    change: &Change,
) -> Checked<Vec<GranuleName>> {
    let device = own_device(changes.step, device, &change.actor)?.device;
    let mut granules = Vec::new();
    for start_ns in starts {
        let name = GranuleName { device: device.clone(), start_ns: Decimal(*start_ns) };
        changes.granule(&name)?.check_recall()?;
        changes.delete(granule_key(&device, *start_ns));
        granules.push(name);
    }
    Ok(granules)
}

/// A generator of this member.
fn own_device(step: &Step<'_>, device: &str, member: &str) -> Checked<Device> {
    let device = find_device(step, device)?.ok_or_else(|| Wrong::refused(format!("UNKNOWN_DEVICE: {device}")))?;
    let message = || format!("{member} instructs about {}, which is {}'s", device.device, device.member);
    ensure(device.member == member, Code::CertificateOwner, message())?;
    require(device.generation.is_some(), "NOT_A_GENERATOR")?;
    Ok(device)
}

pub(super) fn load_reading(step: &Step<'_>, device: &str, start_ns: u64) -> Checked<Reading> {
    let unknown = || Wrong::refused(format!("UNKNOWN_READING: {device} from {start_ns}"));
    find_reading(step, device, start_ns)?.ok_or_else(unknown)
}

/// The reading is still the one that was meant.
pub(super) fn check_version(reading: &Reading, version: u32) -> Checked<()> {
    require(reading.version == version, "READING_CHANGED")
}

/// The regulator finds readings good.
pub(in crate::market) fn audit(step: &Step<'_>) -> Checked<Expected> {
    decide(step, Action::Audit, String::new(), "granules_audited")
}

/// The regulator finds readings bad.
pub(in crate::market) fn reject(step: &Step<'_>) -> Checked<Expected> {
    let reason = step.text(2)?;
    check_reason(&reason)?;
    decide(step, Action::Reject, reason, "granules_rejected")
}

fn decide(step: &Step<'_>, action: Action, reason: String, event: &'static str) -> Checked<Expected> {
    step.require_caller(&[REGULATOR])?;
    let granules: Vec<GranuleName> = step.argument(1)?;
    let mut changes = Changes::new(step);
    changes.count(granules.len())?;
    let change = super::change(step, action, REGULATOR);
    for name in &granules {
        let mut granule = changes.granule(name)?;
        granule.advance(&change)?;
        if action == Action::Audit {
            check_version(&load_reading(step, &name.device, name.start_ns.0)?, granule.version)?;
        }
        granule.reason.clone_from(&reason);
        changes.put_granule(&granule);
    }
    let mut expected = Expected::default();
    changes.expect(&mut expected);
    expected.event(event, &GranulesDecided { granules, reason });
    Ok(expected)
}
