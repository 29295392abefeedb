//! What a meter can say: intervals that cannot overlap, and no more energy than the device can move.

use crate::units::{Nanoseconds, PartsPerMillion, SECOND_NS, WHOLE_PPM, WattHours};

/// The longest interval of a reading, seconds. Intervals divide it, so that every hour is made of whole intervals.
pub const INTERVAL_S_MAX: u32 = 3_600;

/// The shortest interval of a reading, seconds.
pub const INTERVAL_S_MIN: u32 = 60;

/// How much more than its rated power a device may have moved: transformers and inverters are rated for the long run,
/// and meters have an error.
pub const CAPACITY_MARGIN_PPM: PartsPerMillion = 1_050_000;

/// Whether readings may be this long.
#[must_use]
pub fn is_interval(seconds: u32) -> bool {
    (INTERVAL_S_MIN..=INTERVAL_S_MAX).contains(&seconds) && INTERVAL_S_MAX.is_multiple_of(seconds)
}

/// Whether an interval begins at this moment. Since intervals of a device only begin at multiples of their length, two
/// of them are the same or do not overlap.
#[must_use]
pub fn begins_interval(moment: Nanoseconds, interval_s: u32) -> bool {
    moment.is_multiple_of(interval_ns(interval_s))
}

/// The length of an interval in nanoseconds.
#[must_use]
pub fn interval_ns(interval_s: u32) -> Nanoseconds {
    Nanoseconds::from(interval_s) * SECOND_NS
}

/// The most that a device of this rated power (W) may have moved in one interval: capacity times time times margin.
#[must_use]
pub fn energy_max(capacity_w: u64, interval_s: u32) -> WattHours {
    let watt_seconds = u128::from(capacity_w) * u128::from(interval_s) * u128::from(CAPACITY_MARGIN_PPM);
    let watt_hours = watt_seconds / (3_600 * u128::from(WHOLE_PPM));
    WattHours::try_from(watt_hours).unwrap_or(WattHours::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_made_of_whole_intervals() {
        assert!([60, 300, 900, 1_800, 3_600].into_iter().all(is_interval));
        assert!([0, 59, 61, 3_601, 7_200, 2_400].into_iter().all(|seconds| !is_interval(seconds)));
        assert!(begins_interval(7_200 * SECOND_NS, 3_600));
        assert!(begins_interval(900 * SECOND_NS, 900));
        assert!(!begins_interval(900 * SECOND_NS + 1, 900));
    }

    #[test]
    fn a_device_moves_no_more_than_its_power_allows() {
        assert_eq!(energy_max(1_000_000, 3_600), 1_050_000);
        assert_eq!(energy_max(1_000_000, 900), 262_500);
        assert_eq!(energy_max(1, 60), 0);
        assert_eq!(energy_max(u64::MAX, 3_600), u64::MAX);
    }
}
