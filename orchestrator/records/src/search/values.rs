//! Prices, volumes and times as people write them in a query.
//!
//! | field | unit | written | kept |
//! |---|---|---|---|
//! | `price` | CNY/MWh | `300`, `300.5`, `-12.25` | fen/MWh |
//! | `volume` | MWh, or the unit that is written | `2`, `0.25`, `250kWh`, `900Wh`, `1.5MWh` | Wh |
//! | `time` | UTC | `2016`, `2016-07`, `2016-07-02`, `2016-07-02T10`, `…T10:15`, `…T10:15:30` | nanoseconds since 1970 |
//!
//! A time stands for all of its year, month, day, hour, minute or second.

use std::ops::RangeInclusive;

/// A field of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Prices of orders and trades.
    Price,
    /// Volumes of energy.
    Volume,
    /// When it was.
    Time,
}

impl Number {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Price, Self::Volume, Self::Time];

    /// The field's name in queries and in the index.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Volume => "volume",
            Self::Time => "time",
        }
    }

    /// The values that a text stands for; otherwise what is wrong with it.
    pub(super) fn parse(self, text: &str) -> Result<RangeInclusive<i64>, String> {
        match self {
            Self::Price => {
                decimal(text, 2).map(|price| price..=price).ok_or_else(|| format!("{text} is not a price in CNY/MWh"))
            }
            Self::Volume => volume(text).map(|volume| volume..=volume),
            Self::Time => time(text).ok_or_else(|| format!("{text} is not a time (UTC)")),
        }
    }

    /// Right examples, for messages.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Price => "Write CNY/MWh with at most two decimals: price:[300 TO 420.50], price:>=300, price:350",
            Self::Volume => {
                "Write MWh, or another unit after the number: volume:[0.5 TO 2], volume:>250kWh, volume:900Wh"
            }
            Self::Time => {
                "Write time:2016-07-02, time:[2016-07-02T10 TO 2016-07-02T14:15], time:>=2016-07; the times are UTC"
            }
        }
    }
}

/// A decimal number as an integer with so many decimals.
fn decimal(text: &str, decimals: usize) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return None;
    }
    if fraction.len() > decimals {
        return None;
    }
    let value: i64 = format!("{whole}{fraction:0<decimals$}").parse().ok()?;
    Some(if negative { -value } else { value })
}

fn volume(text: &str) -> Result<i64, String> {
    let end = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let decimals = match unit.to_ascii_lowercase().as_str() {
        "" | "mwh" => 6,
        "kwh" => 3,
        "wh" => 0,
        "gwh" => 9,
        _ => return Err(format!("{unit} is not a unit of energy that is known here")),
    };
    match decimal(number, decimals) {
        Some(volume) if volume >= 0 => Ok(volume),
        _ => Err(format!("{text} is not a volume in whole Wh")),
    }
}

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The nanoseconds of all of a year, month, day, hour, minute or second.
fn time(text: &str) -> Option<RangeInclusive<i64>> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, clock) = match text.split_once('T') {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let date = parts(date, '-', &[4, 2, 2])?;
    let year = *date.first()?;
    let (month, day) = (date.get(1).copied(), date.get(2).copied());
    // Nanoseconds in an i64 end in 2262.
    if !(1678..=2261).contains(&year) || month.is_some_and(|month| !(1..=12).contains(&month)) {
        return None;
    }
    let month_start = days(year, month.unwrap_or(1));
    let next_month = match month {
        Some(month) if month < 12 => days(year, month + 1),
        _ => days(year + 1, 1),
    };
    let Some(day) = day else {
        return clock.is_none().then(|| month_start * DAY..=next_month * DAY - 1);
    };
    let start = month_start + day - 1;
    if day < 1 || start >= next_month {
        return None;
    }
    let Some(clock) = clock else { return Some(start * DAY..=(start + 1) * DAY - 1) };
    let clock = parts(clock, ':', &[2, 2, 2])?;
    let (hour, minute, second) = (*clock.first()?, clock.get(1).copied(), clock.get(2).copied());
    if hour > 23 || minute.is_some_and(|minute| minute > 59) || second.is_some_and(|second| second > 59) {
        return None;
    }
    let start = start * DAY + hour * HOUR + minute.unwrap_or(0) * MINUTE + second.unwrap_or(0) * SECOND;
    let length = if second.is_some() {
        SECOND
    } else if minute.is_some() {
        MINUTE
    } else {
        HOUR
    };
    Some(start..=start + length - 1)
}

/// One to all of these numbers, each with just so many digits.
fn parts(text: &str, separator: char, digits: &[usize]) -> Option<Vec<i64>> {
    let parts: Vec<&str> = text.split(separator).collect();
    if parts.len() > digits.len() {
        return None;
    }
    let number = |(part, digits): (&&str, &usize)| {
        (part.len() == *digits && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
    };
    parts.iter().zip(digits).map(number).collect()
}

/// Days from 1970-01-01 to the first of a month.
fn days(year: i64, month: i64) -> i64 {
    // Years that begin in March have their leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let days_before_month = (153 * ((month + 9) % 12) + 2) / 5;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + days_before_month - 719_468
}

/// The day of an instant, UTC.
pub(crate) fn day(ns: i64) -> String {
    let (year, month, day) = civil(ns.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// An instant to the minute, UTC, as it can be searched for.
#[must_use]
pub fn timestamp(ns: i64) -> String {
    let of_day = ns.rem_euclid(DAY);
    format!("{}T{:02}:{:02}", day(ns), of_day / HOUR, of_day % HOUR / MINUTE)
}

/// Year, month and day of a day since 1970.
fn civil(day: i64) -> (i64, i64, i64) {
    // A guess by the mean length of a year is at most one year off.
    let mut year = 1970 + day * 400 / 146_097;
    while days(year + 1, 1) <= day {
        year += 1;
    }
    while days(year, 1) > day {
        year -= 1;
    }
    let month = (1..=12).rev().find(|month| days(year, *month) <= day).unwrap_or(1);
    (year, month, day - days(year, month) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_cny_per_mwh() {
        assert_eq!(Number::Price.parse("300"), Ok(30_000..=30_000));
        assert_eq!(Number::Price.parse("-12.5"), Ok(-1_250..=-1_250));
        for wrong in ["", "-", "1.", ".5", "1.234", "1e3", "12 3", "99999999999999999999"] {
            assert!(Number::Price.parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn volumes_have_units() {
        for (text, wh) in
            [("2", 2_000_000), ("0.25", 250_000), ("250kWh", 250_000), ("900Wh", 900), ("1.5MWh", 1_500_000)]
        {
            assert_eq!(Number::Volume.parse(text), Ok(wh..=wh), "{text}");
        }
        for wrong in ["-1", "1.5Wh", "2kW", "0.0000001"] {
            assert!(Number::Volume.parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_stand_for_all_that_they_name() {
        // date -u -d 2016-07-02T10:00 +%s
        let ten = 1_467_453_600 * SECOND;
        assert_eq!(Number::Time.parse("2016-07-02T10"), Ok(ten..=ten + HOUR - 1));
        assert_eq!(Number::Time.parse("2016-07-02T10:15Z"), Ok(ten + 15 * MINUTE..=ten + 16 * MINUTE - 1));
        assert_eq!(Number::Time.parse("2016-07-02"), Ok(ten - 10 * HOUR..=ten + 14 * HOUR - 1));
        assert_eq!(Number::Time.parse("1970"), Ok(0..=365 * DAY - 1));
        assert_eq!(Number::Time.parse("2016-02"), Ok(16_832 * DAY..=16_861 * DAY - 1));
        for wrong in
            ["2016-7", "2015-02-29", "2016-13", "2016-07-02T24", "2016-07T10", "16", "9999", "2016-07-02T10:60"]
        {
            assert!(Number::Time.parse(wrong).is_err(), "{wrong}");
        }
    }
}
