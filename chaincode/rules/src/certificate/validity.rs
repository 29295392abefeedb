//! The calendar of certificates, in China Standard Time (UTC+8).

use crate::units::{Nanoseconds, SECOND_NS};

/// Months that a certificate is valid, the month of production included: two years, after the National Energy
/// Administration's rules for issuing and trading green certificates of 2024 (guo neng fa xin neng gui, 2024, 67).
pub const VALID_MONTHS: u64 = 24;

const DAY_S: u64 = 86_400;
const CHINA_STANDARD_TIME_S: u64 = 8 * 3_600;

/// Year, month and day on which energy was produced.
#[must_use]
pub fn production_date(start: Nanoseconds) -> (u64, u64, u64) {
    civil_from_days((start / SECOND_NS + CHINA_STANDARD_TIME_S) / DAY_S)
}

/// From when a certificate of energy that was produced at this time is no longer valid: the first day of the month that
/// is [`VALID_MONTHS`] after the month of production.
#[must_use]
pub fn expires(produced: Nanoseconds) -> Nanoseconds {
    let (year, month, _) = production_date(produced);
    let months = year * 12 + month - 1 + VALID_MONTHS;
    let seconds = days_from_civil(months / 12, months % 12 + 1, 1) * DAY_S - CHINA_STANDARD_TIME_S;
    seconds.saturating_mul(SECOND_NS)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, not before it (H. Hinnant, "chrono-compatible low-level
/// date algorithms"): years begin in March, so that the leap day is their last.
fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a day, counted from 1970-01-01 (the inverse).
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_three_centuries_is_the_day_after_the_one_before() {
        let mut before = (1969, 12, 31);
        for days in 0..110_000 {
            let date = civil_from_days(days);
            assert_eq!(days_from_civil(date.0, date.1, date.2), days);
            let follows = date.0 == before.0 && date.1 == before.1 && date.2 == before.2 + 1
                || date.2 == 1 && (date.0, date.1) == (before.0 + before.1 / 12, before.1 % 12 + 1);
            assert!(follows, "{before:?} {date:?}");
            before = date;
        }
        assert_eq!(civil_from_days(19_782), (2024, 2, 29));
    }

    #[test]
    fn two_years_with_the_month_of_production() {
        let at = |seconds: u64| seconds * SECOND_NS;
        // 2026-07-02T09:00:00Z is 17:00 in China.
        assert_eq!(production_date(at(1_782_982_800)), (2026, 7, 2));
        // 2028-07-01T00:00:00+08:00.
        assert_eq!(expires(at(1_782_982_800)), at(1_845_993_600));
        // 16:00 UTC is midnight in China.
        assert_eq!(production_date(at(1_782_982_800 + 7 * 3_600)), (2026, 7, 3));
    }
}
