//! How much of its own generation a community uses, and how much of its load it covers.

use crate::units::{PartsPerMillion, WattHours};

/// What was metered in one interval, all members together, Wh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Injected.
    pub generation: WattHours,
    /// Withdrawn.
    pub load: WattHours,
}

/// Self-consumption and self-sufficiency; `None` without generation or load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfSupply {
    /// sum min(G, L) / sum G.
    pub consumption_ppm: Option<PartsPerMillion>,
    /// sum min(G, L) / sum L.
    pub sufficiency_ppm: Option<PartsPerMillion>,
}

impl SelfSupply {
    /// Over these intervals.
    #[must_use]
    pub fn over(intervals: &[Interval]) -> Self {
        let sum = |of: fn(&Interval) -> WattHours| -> u128 { intervals.iter().map(|one| u128::from(of(one))).sum() };
        let shared = sum(|one| one.generation.min(one.load));
        let part_of = |whole: u128| {
            let part = (shared * 1_000_000).checked_div(whole)?;
            PartsPerMillion::try_from(part).ok()
        };
        Self { consumption_ppm: part_of(sum(|one| one.generation)), sufficiency_ppm: part_of(sum(|one| one.load)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Interval, SelfSupply};

    #[test]
    fn shared_energy_over_both_wholes() {
        let day = [Interval { generation: 0, load: 10 }, Interval { generation: 40, load: 20 }];
        let supply = SelfSupply::over(&day);
        assert_eq!((supply.consumption_ppm, supply.sufficiency_ppm), (Some(500_000), Some(666_666)));
        assert_eq!(SelfSupply::over(&[]), SelfSupply { consumption_ppm: None, sufficiency_ppm: None });
    }
}
