//! The grid that trades are checked against, under the terms of the configuration.

use crate::Error;
use agents::grid::{GridBranch, SOURCE_POINT};
use exchange::messages::{Branch, Feeder};
use rules::units::WHOLE_PPM;
use serde::Deserialize;

/// The feeder's name on the ledger.
const NAME: &str = "MV1.101";

/// How much of the grid trades may use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GridTerms {
    /// The part of each branch's limit, parts per million.
    capacity_ppm: u32,
    source_voltage_v: u32,
    lowest_voltage_v: u32,
    highest_voltage_v: u32,
}

impl GridTerms {
    pub(super) fn feeder(&self) -> Result<Feeder, Error> {
        if self.source_voltage_v == 0 {
            return Err(Error::Plan("the source's voltage is 0 V".to_owned()));
        }
        let branches = agents::grid::branches().map_err(|error| Error::Plan(error.to_string()))?;
        Ok(Feeder {
            feeder: NAME.to_owned(),
            source_point: SOURCE_POINT,
            source_voltage_v: self.source_voltage_v,
            // Rounded inwards.
            lowest_voltage_ppm: self.of_source(self.lowest_voltage_v, u64::from(self.source_voltage_v) - 1)?,
            highest_voltage_ppm: self.of_source(self.highest_voltage_v, 0)?,
            branches: branches.iter().map(|branch| self.branch(branch)).collect::<Result<_, _>>()?,
            loads: Vec::new(),
        })
    }

    /// A voltage in millionths of the source's, with this added before it is rounded down.
    fn of_source(&self, voltage_v: u32, rounding: u64) -> Result<u32, Error> {
        let ppm = (u64::from(voltage_v) * WHOLE_PPM + rounding) / u64::from(self.source_voltage_v);
        u32::try_from(ppm).map_err(|_| Error::Plan(format!("{voltage_v} V is far above the source's voltage")))
    }

    fn branch(&self, branch: &GridBranch) -> Result<Branch, Error> {
        let limit = u64::from(branch.limit_w) * u64::from(self.capacity_ppm) / WHOLE_PPM;
        let limit_w = u32::try_from(limit).map_err(|_| Error::Plan(format!("{} carries too much", branch.name)))?;
        let GridBranch { from, to, resistance_uohm, reactance_uohm, .. } = *branch;
        Ok(Branch { from, to, resistance_uohm, reactance_uohm, limit_w })
    }
}
