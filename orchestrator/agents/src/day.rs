//! The real days that the demo trades: who takes part, and what each meter read in each quarter of an hour.
//!
//! Source: SimBench grid MV1.101; `data/NOTICE.md` has the licence, `data/extract.py` made the files.

/// Hours of a day, and so sessions of a trading day.
pub const HOURS: usize = 24;

/// What a meter recorded in the quarters of an hour, Wh.
pub type Quarters = [u64; 4];

const MEMBERS: &str = include_str!("../data/members.csv");
const DAYS: [(&str, &str); 4] = [
    ("2016-02-06", include_str!("../data/day-2016-02-06.csv")),
    ("2016-02-21", include_str!("../data/day-2016-02-21.csv")),
    ("2016-06-27", include_str!("../data/day-2016-06-27.csv")),
    ("2016-07-02", include_str!("../data/day-2016-07-02.csv")),
];

/// What makes a plant's energy; consumers have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Photovoltaics.
    Solar,
    /// Wind turbines.
    Wind,
    /// Biomass.
    Biomass,
    /// Run-of-river hydropower.
    Hydro,
}

/// A load or a plant of the grid, as a market member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Member id, `m001` to `m198`.
    pub id: String,
    /// The unit's name in SimBench.
    pub name: String,
    /// What it generates from; `None` for a consumer.
    pub carrier: Option<Carrier>,
    /// Class of network fees: supply area and voltage level, such as `A1/20kV`.
    pub class: String,
    /// Number of its connection point (SimBench's bus).
    pub point: u32,
    /// Rated power, W.
    pub capacity_w: u64,
    /// Metered energy per hour, Wh.
    pub metered_wh: [u64; HOURS],
    /// What it is the sum of: the meter's own record of each hour.
    pub quarters_wh: [Quarters; HOURS],
}

impl Participant {
    /// The supply area, the first part of its class.
    #[must_use]
    pub fn area(&self) -> &str {
        self.class.split('/').next().unwrap_or_default()
    }

    /// The voltage level, the second part of its class.
    #[must_use]
    pub fn level(&self) -> &str {
        self.class.split('/').nth(1).unwrap_or_default()
    }
}

/// Why a day could not be loaded.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DayError {
    /// No such day is in the program.
    #[error("UNKNOWN_DAY: there is no data for {0}; the days are {days}", days = days().collect::<Vec<_>>().join(", "))]
    UnknownDay(String),
    /// The files in the program are damaged.
    #[error("DAMAGED_DAY: {file} line {line}: {what}")]
    Damaged {
        /// Which file.
        file: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// The days that can be traded, `YYYY-MM-DD`.
pub fn days() -> impl Iterator<Item = &'static str> {
    DAYS.iter().map(|(day, _)| *day)
}

/// All members of the grid with their meters' readings of `day`, in the order of their ids.
///
/// # Errors
/// [`DayError::UnknownDay`] if there is no data for the day.
pub fn participants(day: &str) -> Result<Vec<Participant>, DayError> {
    let (_, readings) =
        DAYS.iter().find(|(name, _)| *name == day).ok_or_else(|| DayError::UnknownDay(day.to_owned()))?;
    let rows = MEMBERS.lines().zip(readings.lines()).enumerate().skip(1);
    rows.map(|(index, (member, readings))| {
        let damaged = |what| DayError::Damaged { file: format!("day-{day}.csv"), line: index + 1, what };
        participant(member, readings).map_err(damaged)
    })
    .collect()
}

fn participant(member: &str, readings: &str) -> Result<Participant, &'static str> {
    let fields: Vec<&str> = member.split(',').collect();
    let [id, kind, name, carrier, _profile, area, level, point, capacity] = fields[..] else {
        return Err("a member has nine fields");
    };
    let carrier = match (kind, carrier) {
        ("consumer", "") => None,
        ("generator", "solar") => Some(Carrier::Solar),
        ("generator", "wind") => Some(Carrier::Wind),
        ("generator", "biomass") => Some(Carrier::Biomass),
        ("generator", "hydro") => Some(Carrier::Hydro),
        _ => return Err("unknown kind or carrier"),
    };
    let (reading_id, readings) = readings.split_once(',').ok_or("a row of readings has no id")?;
    if reading_id != id {
        return Err("the readings are of another member");
    }
    let readings: Vec<u64> =
        readings.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| "a reading is not whole Wh")?;
    let (quarters, rest) = readings.as_chunks();
    let quarters_wh: [Quarters; HOURS] =
        quarters.try_into().ok().filter(|_| rest.is_empty()).ok_or("a day has 96 readings")?;
    Ok(Participant {
        id: id.to_owned(),
        name: name.to_owned(),
        carrier,
        class: format!("{area}/{level}"),
        point: point.parse().map_err(|_| "the connection point is not a number")?,
        capacity_w: capacity.parse().map_err(|_| "the capacity is not whole watts")?,
        metered_wh: quarters_wh.map(|quarters| quarters.iter().sum()),
        quarters_wh,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_day_has_all_members_and_hours_on_both_sides_of_balance() {
        for day in days() {
            let members = participants(day).unwrap();
            assert_eq!(members.iter().filter(|member| member.carrier.is_none()).count(), 96);
            assert_eq!(members.iter().filter(|member| member.carrier.is_some()).count(), 102);
            assert_eq!(members.iter().map(|member| &member.class).collect::<BTreeSet<_>>().len(), 4);
            assert_eq!(members.iter().map(|member| &member.id).collect::<BTreeSet<_>>().len(), 198);
            let surplus_hours = (0..HOURS).filter(|&hour| {
                let sum = |generates: bool| -> u64 {
                    let side = members.iter().filter(|member| member.carrier.is_some() == generates);
                    side.map(|member| member.metered_wh[hour]).sum()
                };
                sum(true) > sum(false)
            });
            assert!((6..=18).contains(&surplus_hours.count()), "{day}");
        }
    }

    #[test]
    fn no_plant_exceeds_its_capacity() {
        for member in days().flat_map(|day| participants(day).unwrap()).filter(|member| member.carrier.is_some()) {
            assert!(member.metered_wh.iter().all(|&wh| wh <= member.capacity_w), "{}", member.id);
        }
    }

    #[test]
    fn an_unknown_day_names_the_days_there_are() {
        let error = participants("2016-02-30").unwrap_err().to_string();
        assert!(error.starts_with("UNKNOWN_DAY: there is no data for 2016-02-30") && error.contains("2016-07-02"));
    }
}
