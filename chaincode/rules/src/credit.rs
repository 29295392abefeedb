//! Credit evaluation: what a member's record says about how much it may declare.
//!
//! The paper's platform evaluates credit from fulfilment, punctuality and breaches, without giving a formula. This is ours:
//! the score is the weighted mean of the part of contracted energy that was fulfilled and of the part of bills that were
//! paid in time, less a fixed penalty per breach; it never falls below the policy's floor, so that a member can work its
//! way back. A member without a record has the full score. The score scales the member's limits.

use crate::session::Limits;
use crate::units::{PartsPerMillion, SignedWattHours, WHOLE_PPM, WattHours};

/// What a member did in the evaluation period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CreditRecord {
    /// Energy sold and bought under contract, Wh.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub contracted: WattHours,
    /// The part of it that was not delivered or not taken, Wh.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub unfulfilled: WattHours,
    /// Bills that fell due.
    pub bills: u32,
    /// Those that were paid late or not at all.
    pub bills_late: u32,
    /// Breaches of the market's rules that the operator found.
    pub breaches: u32,
}

/// What one delivery adds to a record: the energy under contract, and the part of it that was missed, Wh. `contract` is what
/// was sold less what was bought, `metered` the net injection. Who feeds in or draws more than contracted misses nothing.
#[must_use]
pub fn fulfilment(contract: SignedWattHours, metered: SignedWattHours) -> (WattHours, WattHours) {
    let contracted = contract.unsigned_abs();
    let (contract, metered) = (i128::from(contract), i128::from(metered));
    let short = if contract > 0 { contract - metered } else { metered - contract };
    // Nothing is short below zero, and what no 64 bits hold is more than was contracted.
    (contracted, u64::try_from(short.max(0)).unwrap_or(u64::MAX).min(contracted))
}

/// How a record is weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CreditPolicy {
    /// The weight of fulfilment; the rest of the whole is the weight of punctuality.
    pub fulfilment_weight_ppm: PartsPerMillion,
    /// What one breach takes off the score.
    pub breach_penalty_ppm: PartsPerMillion,
    /// The lowest score.
    pub floor_ppm: PartsPerMillion,
}

impl Default for CreditPolicy {
    fn default() -> Self {
        Self { fulfilment_weight_ppm: 600_000, breach_penalty_ppm: 200_000, floor_ppm: 100_000 }
    }
}

impl CreditPolicy {
    /// The score of a record: from the policy's floor to one whole.
    #[must_use]
    pub fn score(&self, record: &CreditRecord) -> PartsPerMillion {
        let fulfilled = part_kept(record.contracted.into(), record.unfulfilled.into());
        let punctual = part_kept(record.bills.into(), record.bills_late.into());
        let weight = self.fulfilment_weight_ppm.min(WHOLE_PPM);
        let mean = (fulfilled * weight + punctual * (WHOLE_PPM - weight)) / WHOLE_PPM;
        let penalty = self.breach_penalty_ppm.saturating_mul(record.breaches.into());
        mean.saturating_sub(penalty).max(self.floor_ppm.min(WHOLE_PPM))
    }
}

/// What a score leaves of a member's limits.
#[must_use]
pub fn limits(score: PartsPerMillion, full: &Limits) -> Limits {
    Limits { sell: scale(full.sell, score), buy: scale(full.buy, score) }
}

/// 1 - missed / whole, or one whole if there is nothing to miss.
fn part_kept(whole: u128, missed: u128) -> PartsPerMillion {
    let kept = whole.saturating_sub(missed);
    let part = (kept * u128::from(WHOLE_PPM)).checked_div(whole);
    part.and_then(|part| u64::try_from(part).ok()).unwrap_or(WHOLE_PPM)
}

fn scale(volume: WattHours, score: PartsPerMillion) -> WattHours {
    let scaled = u128::from(volume) * u128::from(score) / u128::from(WHOLE_PPM);
    // The score is at most one whole.
    u64::try_from(scaled).unwrap_or(volume)
}

#[cfg(test)]
mod tests {
    use super::{CreditPolicy, CreditRecord, fulfilment, limits};
    use crate::session::Limits;

    #[test]
    fn the_score_falls_with_what_was_missed() {
        let score = |record| CreditPolicy::default().score(&record);
        assert_eq!(score(CreditRecord::default()), 1_000_000, "no record");
        let half_fulfilled = CreditRecord { contracted: 10, unfulfilled: 5, ..CreditRecord::default() };
        assert_eq!(score(half_fulfilled), 700_000);
        assert_eq!(score(CreditRecord { bills: 4, bills_late: 1, ..half_fulfilled }), 600_000);
        assert_eq!(score(CreditRecord { breaches: 2, ..half_fulfilled }), 300_000);
        assert_eq!(score(CreditRecord { breaches: u32::MAX, ..half_fulfilled }), 100_000, "the floor");
        let worse_than_nothing = CreditRecord { contracted: 10, unfulfilled: 30, ..CreditRecord::default() };
        assert_eq!(score(worse_than_nothing), 400_000);
        let full = Limits { sell: 1_001, buy: u64::MAX };
        let left = limits(score(half_fulfilled), &full);
        assert_eq!((left.sell, left.buy), (700, 12_912_720_851_596_686_130));
    }

    #[test]
    fn only_what_is_short_of_the_contract_is_missed() {
        assert_eq!(fulfilment(10, 7), (10, 3), "fed in too little");
        assert_eq!(fulfilment(10, 12), (10, 0), "fed in more");
        assert_eq!(fulfilment(10, -5), (10, 10), "drew instead");
        assert_eq!(fulfilment(-10, -7), (10, 3), "drew too little");
        assert_eq!(fulfilment(-10, -12), (10, 0), "drew more");
        assert_eq!(fulfilment(0, -12), (0, 0), "no contract");
        assert_eq!(fulfilment(i64::MIN, i64::MAX), (1 << 63, 1 << 63));
    }
}
