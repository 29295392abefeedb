//! Granules before they are issued.

use declaration::encoding::Hexadecimal;
use fabric_contract_api::{Context, ReadContext};
use rules::certificate::{Action, State};
use rules::instruction::ReadingVersion;

use super::granule_id;
use super::registry::Registry;
use crate::access::{REGULATOR, require};
use crate::devices;
use crate::error::Error;
use crate::members::check_reason;
use crate::messages::{
    CertificateAction, CertificateState, Change, Device, Granule, GranuleName, GranulesDecided, Reading, event_name,
};
use crate::state_layout::READINGS;

/// Asks for certificates of a device's readings.
pub(super) fn request(
    context: &ReadContext,
    registry: &mut Registry,
    device: &str,
    readings: &[ReadingVersion],
    change: &Change,
) -> Result<Vec<GranuleName>, Error> {
    let device = owned_device(context, device, &change.actor)?;
    if device.generation.is_none() {
        return Err(Error::NotAGenerator(device.device));
    }
    let keys: Vec<_> = readings.iter().map(|reading| (device.device.clone(), reading.start)).collect();
    let recorded = READINGS.get_many(context, &keys)?;
    registry.granules.fetch(context, keys)?;
    let granules = readings.iter().zip(recorded).map(|(wanted, recorded)| {
        let (device, start_ns) = (device.device.clone(), wanted.start);
        let reading = recorded.ok_or(Error::UnknownReading { device: device.clone(), start_ns })?;
        check_version(&reading, wanted.version)?;
        if reading.energy_wh == 0 {
            return Err(Error::NothingToCertify { device, start_ns });
        }
        let name = GranuleName { device, start_ns };
        let state = match registry.granules.get(context, &name.key())? {
            Some(rejected) if rejected.state == CertificateState::Rejected && rejected.version == reading.version => {
                return Err(Error::ReadingRejected { device: name.device, start_ns });
            }
            Some(before) => before.state_after(Action::Request)?,
            None => State::Requested,
        };
        registry.put_granule(Granule {
            granule: Hexadecimal(granule_id(&name.device, start_ns)),
            device: name.device.clone(),
            start_ns,
            member: change.actor.clone(),
            state: state.into(),
            version: reading.version,
            energy_wh: reading.energy_wh,
            evidence_hash: reading.evidence_hash,
            session: None,
            trades: Vec::new(),
            reason: String::new(),
            change: change.clone(),
        });
        Ok(name)
    });
    granules.collect()
}

fn owned_device(context: &ReadContext, device: &str, member: &str) -> Result<Device, Error> {
    let device = devices::load(context, device)?;
    if device.member == member { Ok(device) } else { Err(Error::NotOwner(device.device)) }
}

/// The reading is still the one that was meant.
pub(super) fn check_version(reading: &Reading, version: u32) -> Result<(), Error> {
    let Reading { device, start_ns, version: latest, .. } = reading;
    if *latest == version {
        return Ok(());
    }
    Err(Error::ReadingChanged { device: device.clone(), start_ns: *start_ns, version: *latest })
}

/// Takes requests back: their granules are no more.
pub(super) fn recall(
    context: &ReadContext,
    registry: &mut Registry,
    device: &str,
    starts: &[u64],
    change: &Change,
) -> Result<Vec<GranuleName>, Error> {
    let device = owned_device(context, device, &change.actor)?.device;
    let names: Vec<_> = starts.iter().map(|&start_ns| GranuleName { device: device.clone(), start_ns }).collect();
    registry.granules.fetch(context, names.iter().map(GranuleName::key))?;
    for name in &names {
        registry.granule(context, name)?.state_after(Action::Recall)?;
        registry.granules.delete(name.key());
    }
    Ok(names)
}

/// The regulator finds the readings good.
pub(crate) fn audit(context: &mut Context, granules: Vec<GranuleName>) -> Result<(), Error> {
    decide(context, granules, CertificateAction::Audit, String::new())
}

/// The regulator finds the readings bad.
pub(crate) fn reject(context: &mut Context, granules: Vec<GranuleName>, reason: String) -> Result<(), Error> {
    decide(context, granules, CertificateAction::Reject, reason)
}

fn decide(
    context: &mut Context,
    granules: Vec<GranuleName>,
    action: CertificateAction,
    reason: String,
) -> Result<(), Error> {
    require(context, &[REGULATOR])?;
    check_reason(&reason)?;
    let mut registry = Registry::new();
    registry.count(granules.len())?;
    let keys: Vec<_> = granules.iter().map(GranuleName::key).collect();
    registry.granules.fetch(context, keys.iter().cloned())?;
    let readings = READINGS.get_many(context, &keys)?;
    let change = Change { action, actor: REGULATOR.to_owned(), sequence: 0, at_ns: context.timestamp_ns() };
    for (name, reading) in granules.iter().zip(readings) {
        let mut granule = registry.granule(context, name)?;
        granule.advance(change.clone())?;
        if let Some(reading) = reading.filter(|_| action == CertificateAction::Audit) {
            check_version(&reading, granule.version)?;
        }
        granule.reason.clone_from(&reason);
        registry.put_granule(granule);
    }
    registry.save(context)?;
    let event = match action {
        CertificateAction::Audit => event_name::GRANULES_AUDITED,
        _ => event_name::GRANULES_REJECTED,
    };
    Ok(context.emit(event, &GranulesDecided { granules, reason })?)
}
