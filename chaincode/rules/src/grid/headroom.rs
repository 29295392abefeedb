//! The dispatcher's check on a radial feeder: how much more of a trade the branches and voltages allow.

use alloc::vec;
use alloc::vec::Vec;

use super::GridCheck;
use super::feeder::{Feeder, FeederError, Flows, Load};
use crate::units::{PartsPerMillion, WHOLE_PPM, WattHours};

/// The voltages that are allowed, as parts of the source's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct VoltageBand {
    /// The lowest.
    pub low_ppm: PartsPerMillion,
    /// The highest.
    pub high_ppm: PartsPerMillion,
}

impl Default for VoltageBand {
    /// ±7 %: GB/T 12325-2008 for three-phase supply of 20 kV and below.
    fn default() -> Self {
        Self { low_ppm: 930_000, high_ppm: 1_070_000 }
    }
}

/// A feeder with what it carries already. A trade at a point that it does not have is refused.
///
/// Every branch flow and squared voltage is linear in the volume of a trade, so the largest volume within all limits is
/// found exactly. A trade that makes nothing worse is accepted even where a limit is exceeded already.
#[derive(Clone, Debug)]
pub struct Headroom {
    feeder: Feeder,
    flows: Flows,
    lowest: i128,
    highest: i128,
}

/// What one Wh (over the hour: one W) of a trade changes, per node.
struct Effect {
    /// Active power towards the node: -1, 0 or 1.
    active: Vec<i64>,
    /// Squared voltage, 10^-6 V².
    squared_voltage: Vec<i128>,
}

impl Headroom {
    /// The headroom beside `carried`: what is withdrawn and injected anyway, and the trades of earlier rounds.
    ///
    /// # Errors
    /// [`FeederError::UnknownPoint`].
    pub fn new(feeder: Feeder, carried: &[Load], band: VoltageBand) -> Result<Self, FeederError> {
        let flows = feeder.flows(carried)?;
        let bound = |ppm: PartsPerMillion| {
            feeder.squared_source_voltage() * i128::from(ppm).pow(2) / i128::from(WHOLE_PPM).pow(2)
        };
        let (lowest, highest) = (bound(band.low_ppm), bound(band.high_ppm));
        Ok(Self { feeder, flows, lowest, highest })
    }

    /// The flows and voltages with all that was accepted.
    #[must_use]
    pub fn flows(&self) -> &Flows {
        &self.flows
    }

    /// The feeder.
    #[must_use]
    pub fn feeder(&self) -> &Feeder {
        &self.feeder
    }

    fn effect(&self, seller: usize, buyer: usize) -> Effect {
        let parents = self.feeder.parents();
        let mut effect = Effect { active: vec![0; parents.len()], squared_voltage: vec![0; parents.len()] };
        for (mut node, towards) in [(seller, -1), (buyer, 1)] {
            while node != 0 {
                effect.active[node] += towards;
                node = parents[node].0;
            }
        }
        for (node, (parent, branch)) in parents.iter().enumerate().skip(1) {
            let drop = i128::from(branch.resistance_uohm) * i128::from(effect.active[node]);
            effect.squared_voltage[node] = effect.squared_voltage[*parent] - 2 * drop;
        }
        effect
    }

    /// The largest volume of a trade with this effect within all limits.
    fn largest(&self, effect: &Effect) -> i128 {
        let mut largest = i128::MAX;
        for (node, (_, branch)) in self.feeder.parents().iter().enumerate() {
            let (flow, limit) = (i128::from(self.flows.active_w[node]), i128::from(branch.limit_w));
            largest = largest.min(room(flow, -limit, limit, effect.active[node].into()));
            let voltage = self.flows.squared_voltage[node];
            largest = largest.min(room(voltage, self.lowest, self.highest, effect.squared_voltage[node]));
        }
        largest
    }
}

/// How many steps `value` can take before it leaves low..=high.
fn room(value: i128, low: i128, high: i128, step: i128) -> i128 {
    match step {
        0 => i128::MAX,
        1.. => (high - value).max(0) / step,
        _ => (value - low).max(0) / -step,
    }
}

impl GridCheck for Headroom {
    fn accept(&mut self, seller_point: u32, buyer_point: u32, volume: WattHours) -> WattHours {
        let (Some(seller), Some(buyer)) = (self.feeder.node(seller_point), self.feeder.node(buyer_point)) else {
            return 0;
        };
        let effect = self.effect(seller, buyer);
        let accepted = u64::try_from(self.largest(&effect)).unwrap_or(u64::MAX).min(volume);
        let Ok(power) = i64::try_from(accepted) else { return 0 };
        for (flow, step) in self.flows.active_w.iter_mut().zip(&effect.active) {
            *flow += step * power;
        }
        for (voltage, step) in self.flows.squared_voltage.iter_mut().zip(&effect.squared_voltage) {
            *voltage += step * i128::from(power);
        }
        accepted
    }
}
