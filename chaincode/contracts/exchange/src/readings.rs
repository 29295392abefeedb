//! Meter readings: recorded once per device and interval, corrected by a new version.

use std::collections::BTreeMap;
use std::ops::Range;

use fabric_contract_api::{Context, QueryContext, ReadContext};
use rules::limits::VOLUME_MAX;
use rules::metering::{begins_interval, energy_max, interval_ns};
use rules::settlement::Injections;

use crate::access::{GRID_COMPANY, require};
use crate::certificates::Corrections;
use crate::devices;
use crate::error::Error;
use crate::limits::BATCH_MAX;
use crate::messages::{Device, MeterReading, Reading, ReadingName, ReadingPage, ReadingsRecorded, event_name};
use crate::state_layout::{DEVICES, READING_VERSIONS, READINGS};

/// Keeps readings. One that says what is recorded already changes nothing.
pub(crate) fn record(context: &mut Context, readings: Vec<MeterReading>) -> Result<ReadingsRecorded, Error> {
    require(context, &[GRID_COMPANY])?;
    if readings.len() > BATCH_MAX {
        return Err(Error::TooManyEntries(readings.len()));
    }
    let devices = named_devices(context, &readings)?;
    let keys: Vec<_> = readings.iter().map(|reading| (reading.device.clone(), reading.start_ns)).collect();
    let before = READINGS.get_many(context, &keys)?;
    let mut corrections = Corrections::new();
    let mut recorded = BTreeMap::new();
    for ((reading, key), before) in readings.into_iter().zip(keys).zip(before) {
        check(&reading, &devices, context.timestamp_ns())?;
        let new = Reading {
            version: before.as_ref().map_or(1, |before| before.version + 1),
            device: reading.device,
            start_ns: reading.start_ns,
            energy_wh: reading.energy_wh,
            evidence_hash: reading.evidence_hash,
            recorded_ns: context.timestamp_ns(),
        };
        if let Some(before) = before {
            if (before.energy_wh, before.evidence_hash) == (new.energy_wh, new.evidence_hash) {
                continue;
            }
            READING_VERSIONS.put(context, (&before.device, before.start_ns, before.version), &before)?;
            corrections.correct(context, &new)?;
        }
        if recorded.contains_key(&key) {
            return Err(Error::DuplicateEntry(format!("{} from {}", new.device, new.start_ns)));
        }
        READINGS.put(context, &key, &new)?;
        recorded.insert(key, ReadingName { device: new.device, start_ns: new.start_ns, version: new.version });
    }
    corrections.save(context)?;
    let recorded = ReadingsRecorded { readings: recorded.into_values().collect() };
    context.emit(event_name::READINGS_RECORDED, &recorded)?;
    Ok(recorded)
}

fn named_devices(context: &ReadContext, readings: &[MeterReading]) -> Result<BTreeMap<String, Device>, Error> {
    let mut names: Vec<&str> = readings.iter().map(|reading| reading.device.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let devices = DEVICES.get_many(context, names)?;
    Ok(devices.into_iter().flatten().map(|device| (device.device.clone(), device)).collect())
}

fn check(reading: &MeterReading, devices: &BTreeMap<String, Device>, now: u64) -> Result<(), Error> {
    let name = &reading.device;
    let device = devices.get(name).ok_or_else(|| Error::UnknownDevice(name.clone()))?;
    let (start_ns, length) = (reading.start_ns, interval_ns(device.interval_s));
    if !begins_interval(start_ns, device.interval_s) || start_ns < device.commissioned_ns {
        return Err(Error::BadInterval { device: name.clone(), start_ns });
    }
    if start_ns.saturating_add(length) > now {
        return Err(Error::IntervalNotOver(name.clone()));
    }
    let max_wh = energy_max(device.capacity_w, device.interval_s).min(VOLUME_MAX);
    if reading.energy_wh > max_wh {
        return Err(Error::OverCapacity { device: name.clone(), energy_wh: reading.energy_wh, max_wh });
    }
    Ok(())
}

/// What each member has fed in, less what it has drawn. A member whose devices are not all read for the whole time has no
/// reading yet.
pub(crate) fn injections(context: &ReadContext, time: Range<u64>) -> Result<Injections, Error> {
    let devices = devices::all(context)?;
    let meters = devices.iter().flat_map(|device| intervals(device, &time).map(move |start| (device, start)));
    let meters: Vec<_> = meters.collect();
    let readings = READINGS.get_many(context, meters.iter().map(|(device, start)| (&device.device, *start)))?;
    let mut injections = BTreeMap::<&str, Option<i64>>::new();
    for ((device, _), reading) in meters.iter().zip(readings) {
        let injection = injections.entry(&device.member).or_insert(Some(0));
        // Readings are below `VOLUME_MAX`, and there are at most `DEVICES_MAX` devices: the sum is far below 2^63.
        *injection = injection.zip(reading).map(|(sum, reading)| {
            let energy = reading.energy_wh.cast_signed();
            if device.generation.is_some() { sum + energy } else { sum - energy }
        });
    }
    Ok(injections.into_iter().filter_map(|(member, sum)| Some((member.to_owned(), sum?))).collect())
}

/// Starts of a device's intervals that begin in this time, from its commissioning on.
pub(crate) fn intervals(device: &Device, time: &Range<u64>) -> impl Iterator<Item = u64> + use<> {
    let length = interval_ns(device.interval_s);
    let first = time.start.max(device.commissioned_ns).div_ceil(length);
    (first..time.end.div_ceil(length)).map(move |number| number * length)
}

pub(crate) fn load(context: &ReadContext, device: &str, start_ns: u64) -> Result<Reading, Error> {
    let unknown = || Error::UnknownReading { device: device.to_owned(), start_ns };
    READINGS.get(context, (device, start_ns))?.ok_or_else(unknown)
}

/// The readings of all devices from this moment on.
pub(crate) fn at(context: &ReadContext, start_ns: u64) -> Result<Vec<Reading>, Error> {
    let devices = devices::all(context)?;
    let readings = READINGS.get_many(context, devices.iter().map(|device| (&device.device, start_ns)))?;
    Ok(readings.into_iter().flatten().collect())
}

/// All versions of a reading, the first one first.
pub(crate) fn versions(context: &ReadContext, device: &str, start_ns: u64) -> Result<Vec<Reading>, Error> {
    let latest = load(context, device, start_ns)?;
    let earlier = READING_VERSIONS.prefix(context, (device, start_ns))?;
    earlier.map(|entry| Ok(entry?.1)).chain([Ok(latest)]).collect()
}

pub(crate) fn page(context: &QueryContext, device: &str, from: &str, limit: u32) -> Result<ReadingPage, Error> {
    let page = READINGS.page(context, (device,), limit, from)?;
    Ok(ReadingPage { readings: page.results.into_iter().map(|(_, reading)| reading).collect(), next: page.bookmark })
}
