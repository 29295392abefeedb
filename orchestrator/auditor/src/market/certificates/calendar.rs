//! The calendar of certificates: China Standard Time (UTC+8).

use crate::calendar::{date_of_day, day_of_month};

const SECOND_NS: u64 = 1_000_000_000;
const DAY_S: u64 = 86_400;
const CHINA_STANDARD_TIME_S: u64 = 8 * 3_600;
/// Months that a certificate is valid, that of production included.
const VALID_MONTHS: u64 = 24;

/// Year, month and day on which energy was produced.
pub(super) fn production_date(moment_ns: u64) -> (u64, u64, u64) {
    date_of_day((moment_ns / SECOND_NS + CHINA_STANDARD_TIME_S) / DAY_S)
}

/// When the month begins from which a certificate of energy produced at a moment is no longer valid.
pub(super) fn expires_ns(produced_ns: u64) -> u64 {
    let (year, month, _) = production_date(produced_ns);
    let months = month - 1 + VALID_MONTHS;
    let day = day_of_month(year + months / 12, months % 12 + 1);
    (day * DAY_S - CHINA_STANDARD_TIME_S).saturating_mul(SECOND_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_begin_in_china() {
        let leap_day = 1_456_675_200 * SECOND_NS;
        assert_eq!(production_date(leap_day), (2016, 2, 29));
        assert_eq!(production_date(leap_day - 1), (2016, 2, 28));
        assert_eq!(expires_ns(leap_day), 1_517_414_400 * SECOND_NS, "2018-02-01");
    }
}
