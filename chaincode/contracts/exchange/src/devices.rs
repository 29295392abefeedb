//! The register of devices.

use std::collections::BTreeSet;

use fabric_contract_api::{Context, ReadContext};
use rules::certificate::ProjectCode;
use rules::metering::is_interval;

use crate::access::{GRID_COMPANY, require};
use crate::error::Error;
use crate::limits::{CAPACITY_W_MAX, DEVICES_MAX, NAME_BYTES_MAX, TECHNOLOGY_BYTES_MAX};
use crate::members::{self, check_batch, check_name};
use crate::messages::{Device, DevicesRegistered, event_name};
use crate::state_layout::{DEVICE_COUNT, DEVICES, MEMBER_DEVICES, PROJECTS};

pub(crate) fn register(context: &mut Context, devices: Vec<Device>) -> Result<(), Error> {
    require(context, &[GRID_COMPANY])?;
    check_batch(devices.iter().map(|device| device.device.as_str()))?;
    let mut count = DEVICE_COUNT.get(context)?.unwrap_or(0);
    let mut projects = BTreeSet::new();
    for device in &devices {
        if DEVICES.contains(context, &device.device)? {
            return Err(Error::DeviceExists(device.device.clone()));
        }
        check(context, device)?;
        if let Some(generation) = &device.generation {
            ProjectCode::parse(&generation.project_code)?;
            let taken = PROJECTS.get(context, &generation.project_code)?;
            if taken.is_some() || !projects.insert(&generation.project_code) {
                return Err(Error::ProjectTaken(taken.unwrap_or_else(|| device.device.clone())));
            }
            PROJECTS.put(context, &generation.project_code, &device.device)?;
        }
        DEVICES.put(context, &device.device, device)?;
        MEMBER_DEVICES.put(context, (&device.member, &device.device), &true)?;
        count += 1;
    }
    if count > DEVICES_MAX {
        return Err(Error::TooManyDevices);
    }
    DEVICE_COUNT.put(context, &count)?;
    let devices = devices.into_iter().map(|device| device.device).collect();
    Ok(context.emit(event_name::DEVICES_REGISTERED, &DevicesRegistered { devices })?)
}

fn check(context: &ReadContext, device: &Device) -> Result<(), Error> {
    check_name(&device.device)?;
    let member = members::load(context, &device.member)?;
    let fits = (1..=CAPACITY_W_MAX).contains(&device.capacity_w)
        && is_interval(device.interval_s)
        && (1..=NAME_BYTES_MAX).contains(&device.zone.len())
        && device.generation.as_ref().is_none_or(|it| (1..=TECHNOLOGY_BYTES_MAX).contains(&it.technology.len()));
    if !fits {
        return Err(Error::BadDevice(device.device.clone()));
    }
    if !member.terms.connections.iter().any(|connection| connection.point == device.point) {
        return Err(Error::WrongPoint(device.device.clone()));
    }
    Ok(())
}

pub(crate) fn load(context: &ReadContext, device: &str) -> Result<Device, Error> {
    DEVICES.get(context, device)?.ok_or_else(|| Error::UnknownDevice(device.to_owned()))
}

/// All devices of the market.
pub(crate) fn all(context: &ReadContext) -> Result<Vec<Device>, Error> {
    let devices = DEVICES.all(context)?.map(|entry| entry.map(|(_, device)| device)).collect::<Result<Vec<_>, _>>()?;
    // A peer with a low query limit cuts the range off without a word.
    let count = DEVICE_COUNT.get(context)?.unwrap_or(0);
    if devices.len() == count as usize { Ok(devices) } else { Err(Error::TooManyDevices) }
}

/// A member's devices.
pub(crate) fn of_member(context: &ReadContext, member: &str) -> Result<Vec<Device>, Error> {
    let names = MEMBER_DEVICES.prefix(context, (member,))?;
    let names = names.map(|entry| entry.map(|((_, device), _)| device)).collect::<Result<Vec<_>, _>>()?;
    Ok(DEVICES.get_many(context, &names)?.into_iter().flatten().collect())
}
