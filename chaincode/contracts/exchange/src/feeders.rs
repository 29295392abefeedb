//! What the dispatcher lets the grid carry.

use fabric_contract_api::{Context, ReadContext};
use rules::grid::{Branch, CopperPlate, Feeder as RadialFeeder, GridCheck, Headroom, Load, VoltageBand};
use rules::session::FirmTrade;

use crate::access::{DISPATCHER, require};
use crate::error::Error;
use crate::members::check_name;
use crate::messages::{Feeder, FeederChanged, FeederVersion, event_name};
use crate::state_layout::{FEEDER_VERSIONS, FEEDERS};

/// Adds a version of a feeder. Sessions that are open keep the one that they were opened with.
pub(crate) fn set(context: &mut Context, feeder: Feeder) -> Result<u32, Error> {
    require(context, &[DISPATCHER])?;
    check_name(&feeder.feeder)?;
    headroom(&feeder, &[])?;
    let version = FEEDER_VERSIONS.get(context, &feeder.feeder)?.unwrap_or(0) + 1;
    let changed = FeederChanged { feeder: feeder.feeder.clone(), version };
    FEEDER_VERSIONS.put(context, &feeder.feeder, &version)?;
    FEEDERS.put(context, (changed.feeder.as_str(), version), &FeederVersion { version, feeder })?;
    context.emit(event_name::FEEDER_CHANGED, &changed)?;
    Ok(version)
}

/// The feeder as it is now.
pub(crate) fn latest(context: &ReadContext, feeder: &str) -> Result<FeederVersion, Error> {
    let version = FEEDER_VERSIONS.get(context, feeder)?.ok_or_else(|| Error::UnknownFeeder(feeder.to_owned()))?;
    Ok(FEEDERS.load(context, (feeder, version))?)
}

/// The check of a session's trades beside `firm`, those of its earlier rounds.
pub(crate) fn grid_check(
    context: &ReadContext,
    feeder: Option<&str>,
    version: u32,
    firm: &[FirmTrade],
) -> Result<Box<dyn GridCheck>, Error> {
    let Some(feeder) = feeder else { return Ok(Box::new(CopperPlate)) };
    let FeederVersion { feeder, .. } = FEEDERS.load(context, (feeder, version))?;
    // A trade at a point that the feeder does not have is refused, so those that are firm are all on the feeder.
    let loads: Vec<Load> = firm.iter().flat_map(loads_of).collect();
    Ok(Box::new(headroom(&feeder, &loads)?))
}

/// What a trade makes flow: the energy of an hour in Wh is its mean power in W.
fn loads_of(trade: &FirmTrade) -> [Load; 2] {
    let power = trade.volume.cast_signed();
    [
        Load { point: trade.seller_point, active_w: power, reactive_var: 0 },
        Load { point: trade.buyer_point, active_w: -power, reactive_var: 0 },
    ]
}

fn headroom(feeder: &Feeder, firm: &[Load]) -> Result<Headroom, Error> {
    let branches = feeder.branches.iter().map(|branch| Branch {
        from: branch.from,
        to: branch.to,
        resistance_uohm: branch.resistance_uohm,
        reactance_uohm: branch.reactance_uohm,
        limit_w: branch.limit_w,
    });
    let radial = RadialFeeder::new(feeder.source_point, feeder.source_voltage_v, &branches.collect::<Vec<_>>())?;
    let loads = feeder.loads.iter().map(|load| Load {
        point: load.point,
        active_w: load.active_w,
        reactive_var: load.reactive_var,
    });
    let carried: Vec<Load> = loads.chain(firm.iter().copied()).collect();
    let band = VoltageBand { low_ppm: feeder.lowest_voltage_ppm.into(), high_ppm: feeder.highest_voltage_ppm.into() };
    Ok(Headroom::new(radial, &carried, band)?)
}
