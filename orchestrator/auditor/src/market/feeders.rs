//! The dispatcher's feeders.

use super::documents::{Feeder, FeederChanged, FeederVersion};
use super::grid::Grid;
use super::keys::{Key, hex32};
use super::members::check_name;
use super::policy::DISPATCHER;
use super::step::{Checked, Expected, Step, Wrong, require};
use crate::finding::Code;

pub(super) fn set(step: &Step<'_>) -> Checked<Expected> {
    step.require_caller(&[DISPATCHER])?;
    let feeder: Feeder = step.argument(1)?;
    check_name(&feeder.feeder)?;
    require(Grid::new(&feeder).is_some(), "FEEDER_LOOP, FEEDER_DISCONNECTED or FEEDER_UNKNOWN_POINT")?;
    let latest = Key::exchange("feeder-version", &[&feeder.feeder]);
    let version = step.find::<u32>(&latest)?.unwrap_or(0).saturating_add(1);
    let name = feeder.feeder.clone();
    let mut expected = Expected::default();
    expected.document(Code::WrongWrite, latest, &version);
    expected.document(Code::WrongWrite, key(&name, version), &FeederVersion { version, feeder });
    expected.event("feeder_changed", &FeederChanged { feeder: name, version });
    Ok(expected)
}

/// The feeder as it is now.
pub(super) fn latest(step: &Step<'_>, feeder: &str) -> Checked<FeederVersion> {
    let version: Option<u32> = step.find(&Key::exchange("feeder-version", &[feeder]))?;
    step.load(&key(feeder, version.ok_or_else(|| Wrong::refused(format!("UNKNOWN_FEEDER: {feeder}")))?))
}

fn key(feeder: &str, version: u32) -> Key {
    Key::exchange("feeder", &[feeder, &hex32(version)])
}

/// The grid that a session's trades are checked against; none if they are not checked.
pub(super) fn grid(step: &Step<'_>, feeder: Option<&str>, version: u32) -> Checked<Option<Grid>> {
    let Some(feeder) = feeder else { return Ok(None) };
    let FeederVersion { feeder, .. } = step.load(&key(feeder, version))?;
    let grid = Grid::new(&feeder);
    grid.map(Some).ok_or_else(|| Wrong::new(Code::UnknownState, format!("{} is no radial feeder", feeder.feeder)))
}
