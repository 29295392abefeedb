//! Devices and their readings.

use std::collections::BTreeMap;
use std::ops::Range;

use super::certificates::{Changes, correct};
use super::documents::{Decimal, Device, DevicesRegistered, MeterReading, Reading, ReadingName, ReadingsRecorded};
use super::keys::{Key, hex32, hex64};
use super::members;
use super::policy::GRID_COMPANY;
use super::standing::VOLUME_MAX;
use super::step::{Checked, Expected, Step, Wrong, ensure, require};
use crate::finding::Code;

/// Readings in one record.
const BATCH_MAX: usize = 1_000;
const DEVICES_MAX: u32 = 5_000;
const CAPACITY_W_MAX: u64 = 1_000_000_000;
const NAME_BYTES_MAX: usize = 64;
const HOUR_S: u32 = 3_600;
const MINUTE_S: u32 = 60;
/// A device moves at most 5% more than its rated power allows.
const MARGIN_PERCENT: u128 = 105;
const SECOND_NS: u64 = 1_000_000_000;

/// Energy by member, Wh; injection is positive.
pub(super) type Injections = BTreeMap<String, i64>;

/// Devices are kept as the grid company gave them.
pub(super) fn register(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[GRID_COMPANY])?;
    let devices: Vec<Device> = step.argument(1)?;
    members::check_batch(devices.iter().map(|device| device.device.as_str()))?;
    let count_key = Key::exchange("devices", &[]);
    let before = step.find::<u32>(&count_key)?.unwrap_or(0);
    let (mut expected, mut count) = (Expected::default(), before);
    for device in &devices {
        let name = &device.device;
        require(step.bytes(&Key::exchange("device", &[name])).is_none(), "DEVICE_EXISTS")?;
        check(step, device)?;
        if let Some(generation) = &device.generation {
            check_project_code(&generation.project_code)?;
            let project = Key::exchange("project", &[&generation.project_code]);
            require(step.bytes(&project).is_none() && !expected.writes(&project), "PROJECT_TAKEN")?;
            expected.document(Code::WrongWrite, project, name);
        }
        expected.document(Code::WrongWrite, Key::exchange("device", &[name]), device);
        expected.document(Code::WrongWrite, Key::exchange("member-device", &[&device.member, name]), &true);
        count += 1;
    }
    require(count <= DEVICES_MAX, "TOO_MANY_DEVICES")?;
    expected.document(Code::WrongWrite, count_key, &count);
    let devices = devices.into_iter().map(|device| device.device).collect();
    expected.event("devices_registered", &DevicesRegistered { devices });
    Ok(expected)
}

fn check(step: &Step<'_>, device: &Device) -> Checked<()> {
    members::check_name(&device.device)?;
    let member = members::find(step, &device.member)?.ok_or_else(|| Wrong::refused("UNKNOWN_MEMBER"))?;
    let text = |text: &str| (1..=NAME_BYTES_MAX).contains(&text.len());
    let fits = (1..=CAPACITY_W_MAX).contains(&device.capacity_w.0)
        && (MINUTE_S..=HOUR_S).contains(&device.interval_s)
        && HOUR_S.is_multiple_of(device.interval_s)
        && text(&device.zone)
        && device.generation.as_ref().is_none_or(|generation| text(&generation.technology));
    require(fits, "BAD_DEVICE")?;
    let own = member.terms.connections.iter().any(|connection| connection.point == device.point);
    require(own, "WRONG_POINT")
}

/// 17 digits; the last is the check digit of ISO 7064 MOD 11,10: with it the running product, modulo 10, comes to 1.
fn check_project_code(code: &str) -> Checked<()> {
    let digits: Vec<u32> = code.chars().filter_map(|digit| digit.to_digit(10)).collect();
    require(code.len() == 17 && digits.len() == 17, "PROJECT_CODE_FORM")?;
    let product = digits[..16].iter().fold(10, |product, digit| match (product + digit) % 10 {
        0 => 20 % 11,
        sum => sum * 2 % 11,
    });
    require((product + digits[16]) % 10 == 1, "PROJECT_CODE_CHECK")
}

/// Readings are kept as the grid company gave them; one that was corrected is kept beside.
pub(super) fn record(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[GRID_COMPANY])?;
    let readings: Vec<MeterReading> = step.argument(1)?;
    require(readings.len() <= BATCH_MAX, "TOO_MANY_ENTRIES")?;
    let (mut expected, mut recorded) = (Expected::default(), Vec::new());
    let mut corrections = Changes::new(step);
    for MeterReading { device, start_ns, energy_wh, evidence_hash } in readings {
        let known = find_device(step, &device)?;
        let known = known.ok_or_else(|| Wrong::refused(format!("UNKNOWN_DEVICE: {device}")))?;
        check_reading(&known, start_ns.0, energy_wh.0, step.now())?;
        let start = hex64(start_ns.0);
        let key = Key::exchange("reading", &[&device, &start]);
        let before: Option<Reading> = step.find(&key)?;
        let mut version = 1;
        if let Some(before) = before {
            if (before.energy_wh, &before.evidence_hash) == (energy_wh, &evidence_hash) {
                continue;
            }
            version = before.version.saturating_add(1);
            let earlier = Key::exchange("reading-version", &[&device, &start, &hex32(before.version)]);
            expected.document(Code::Settlement, earlier, &before);
        }
        require(!expected.writes(&key), "DUPLICATE_ENTRY")?;
        recorded.push(ReadingName { device: device.clone(), start_ns, version });
        let recorded_ns = Decimal(step.now());
        let reading = Reading { device, start_ns, version, energy_wh, evidence_hash, recorded_ns };
        expected.document(Code::Settlement, key, &reading);
        if version > 1 {
            correct(&mut corrections, &reading)?;
        }
    }
    corrections.expect(&mut expected);
    recorded.sort_by(|one, other| (&one.device, one.start_ns).cmp(&(&other.device, other.start_ns)));
    expected.event("readings_recorded", &ReadingsRecorded { readings: recorded });
    Ok(expected)
}

/// A whole interval of the device, over, with no more energy than it can move.
fn check_reading(device: &Device, start_ns: u64, energy_wh: u64, now: u64) -> Checked<()> {
    let length = u64::from(device.interval_s) * SECOND_NS;
    require(start_ns.is_multiple_of(length) && start_ns >= device.commissioned_ns.0, "BAD_INTERVAL")?;
    require(start_ns.saturating_add(length) <= now, "INTERVAL_NOT_OVER")?;
    let watt_seconds = u128::from(device.capacity_w.0) * u128::from(device.interval_s) * MARGIN_PERCENT;
    let fits = u128::from(energy_wh) <= watt_seconds / (u128::from(HOUR_S) * 100) && energy_wh <= VOLUME_MAX;
    ensure(fits, Code::OverCapacity, format!("{} cannot have moved {energy_wh} Wh from {start_ns}", device.device))
}

/// What each member has fed in, less what it has drawn; none of whose devices a reading is missing.
pub(super) fn injections(step: &Step<'_>, time: Range<u64>) -> Checked<Injections> {
    let mut injections = BTreeMap::<String, Option<i64>>::new();
    for (key, value) in step.prefix(&Key::exchange("device", &[])) {
        let device: Device = serde_json::from_slice(value)
            .map_err(|error| Wrong::new(Code::UnknownState, format!("{key:?} is no device: {error}")))?;
        for start in intervals(&device, &time) {
            let reading = find_reading(step, &device.device, start)?;
            let energy = reading.map(|reading| i64::try_from(reading.energy_wh.0).unwrap_or(i64::MAX));
            let signed = energy.map(|energy| if device.generation.is_some() { energy } else { -energy });
            let injection = injections.entry(device.member.clone()).or_insert(Some(0));
            *injection = injection.zip(signed).map(|(sum, energy)| sum.saturating_add(energy));
        }
    }
    Ok(injections.into_iter().filter_map(|(member, injection)| Some((member, injection?))).collect())
}

/// Starts of a device's intervals that begin in this time, from its commissioning on.
pub(super) fn intervals(device: &Device, time: &Range<u64>) -> impl Iterator<Item = u64> + use<> {
    let length = u64::from(device.interval_s) * SECOND_NS;
    let first = time.start.max(device.commissioned_ns.0).div_ceil(length);
    (first..time.end.div_ceil(length)).map(move |number| number * length)
}

/// The latest version of a reading.
pub(super) fn find_reading(step: &Step<'_>, device: &str, start_ns: u64) -> Checked<Option<Reading>> {
    step.find(&Key::exchange("reading", &[device, &hex64(start_ns)]))
}

/// A device, if it is registered.
pub(super) fn find_device(step: &Step<'_>, device: &str) -> Checked<Option<Device>> {
    step.find(&Key::exchange("device", &[device]))
}
