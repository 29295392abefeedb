//! Dates of the Gregorian calendar from 1970 on.

const SECOND_NS: u64 = 1_000_000_000;
const DAY_S: u64 = 86_400;

/// Year, month and day of a day, counted from 1970-01-01.
pub(crate) fn date_of_day(mut days: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while days >= days_of_month(year, month) {
        days -= days_of_month(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

/// The day of the first of a month, counted from 1970-01-01.
pub(crate) fn day_of_month(year: u64, month: u64) -> u64 {
    let years: u64 = (1970..year).map(days_of_year).sum();
    years + (1..month).map(|month| days_of_month(year, month)).sum::<u64>()
}

/// A moment in nanoseconds since the epoch, for people: UTC, to the second.
pub(crate) fn utc(moment_ns: u64) -> String {
    let seconds = moment_ns / SECOND_NS;
    let (year, month, day) = date_of_day(seconds / DAY_S);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_a_calendar() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(1_456_704_001_999_999_999), "2016-02-29T00:00:01Z");
        assert_eq!(date_of_day(16_860), (2016, 2, 29));
        assert_eq!(day_of_month(2016, 3), 16_861);
    }
}
