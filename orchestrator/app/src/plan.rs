//! What a trading day consists of: the market's terms, network fees and the windows of each session.

mod grid;

use crate::Error;
use agents::{agent::Setting, assumptions::Assumptions, day::Participant};
use exchange::messages::{
    ClassFee, DeviationRule, DeviationTerms, Feeder, Pricing, PricingRule, RoundBounds, Schedule, SessionParameters,
};
use rules::{fees::FeeTable, order::ClassIndex};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The configuration that the program brings, with the sources of its figures.
pub const DEFAULT_CONFIGURATION: &str = include_str!("market.toml");

const HOUR_NS: u64 = 3_600_000_000_000;

/// The market's terms and the simulation's assumptions, as the configuration file has them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    session: SessionTerms,
    tariffs: Tariffs,
    grid: grid::GridTerms,
    deviation: Deviation,
    certificates: CertificateTerms,
    reservation: agents::assumptions::Reservation,
    forecast_error_ppm: agents::assumptions::ForecastError,
    members: agents::assumptions::Temper,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionTerms {
    rounds: u32,
    first_window_end_minute: u32,
    last_window_end_minute: u32,
    settlement_start_minute: u32,
    clearing_end_minute: u32,
    rule: PricingRule,
    k: [u32; 2],
    price_floor: i64,
    price_cap: i64,
}

/// Tariffs of the voltage levels, fen/MWh, and where trades cross.
#[derive(Clone, Debug, Deserialize)]
struct Tariffs {
    area_level: String,
    upper_level: String,
    #[serde(flatten)]
    levels: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviation {
    rule: DeviationRule,
    surplus_price: i64,
    shortfall_price: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateTerms {
    /// What members sell green certificates for, fen/MWh.
    price: i64,
}

impl Configuration {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`Error::Plan`] says where the text is wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Plan(format!("the configuration is not valid: {error}")))
    }
}

/// A trading day, ready to be traded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// Midnight at the beginning of the day, nanoseconds since the epoch. The days of the data set are taken as UTC.
    pub midnight_ns: u64,
    /// The classes, to which orders refer by index, and the network fees between them.
    pub fees: FeeTable,
    /// The grid that trades are checked against.
    pub feeder: Feeder,
    /// What the agents have in common.
    pub setting: Setting,
    configuration: Configuration,
}

impl Plan {
    /// The plan for a day.
    ///
    /// # Errors
    /// [`Error::Plan`] if configuration and members do not fit together.
    pub fn new(
        configuration: Configuration,
        day: &str,
        participants: &[Participant],
        seed: u64,
    ) -> Result<Self, Error> {
        let Configuration { reservation, forecast_error_ppm, members, .. } = configuration.clone();
        let assumptions = Assumptions { reservation, forecast_error_ppm, members };
        if let Some(problem) = assumptions.problem() {
            return Err(Error::Plan(problem));
        }
        let used: BTreeSet<(&str, &str)> = participants.iter().map(|one| (one.area(), one.level())).collect();
        let used: Vec<_> = used.into_iter().collect();
        Ok(Self {
            day: day.to_owned(),
            midnight_ns: midnight_ns(day).ok_or_else(|| Error::Plan(format!("'{day}' is not a date YYYY-MM-DD")))?,
            fees: configuration.tariffs.fees(&used)?,
            feeder: configuration.grid.feeder()?,
            setting: Setting { price_cap: configuration.session.price_cap, assumptions, seed },
            configuration,
        })
    }

    /// The name of the session whose energy is delivered in an hour of the day.
    #[must_use]
    pub fn session_name(&self, hour: usize) -> String {
        format!("{}T{hour:02}", self.day)
    }

    /// The frozen parameters of that session. It is traded in the hour before the delivery.
    #[must_use]
    pub fn session(&self, hour: usize) -> SessionParameters {
        let terms = &self.configuration.session;
        let hours = u64::try_from(hour).unwrap_or(0);
        let delivery_start_ns = self.midnight_ns + hours * HOUR_NS;
        let start_ns = delivery_start_ns - HOUR_NS;
        let deviation = &self.configuration.deviation;
        SessionParameters {
            session: self.session_name(hour),
            schedule: Schedule {
                start_ns,
                first_window_ends_s: terms.first_window_end_minute * 60,
                last_window_ends_s: terms.last_window_end_minute * 60,
                clear_by_s: terms.clearing_end_minute * 60,
                settle_from_s: terms.settlement_start_minute * 60,
                delivery_start_ns,
                delivery_end_ns: delivery_start_ns + HOUR_NS,
            },
            rounds: terms.rounds,
            pricing: Pricing { rule: terms.rule, k_numerator: terms.k[0], k_denominator: terms.k[1] },
            classes: self.fees.classes().to_vec(),
            fees: self.class_fees(),
            price_floor: terms.price_floor,
            price_cap: terms.price_cap,
            deviation: DeviationTerms {
                rule: deviation.rule,
                surplus_price: deviation.surplus_price,
                shortfall_price: deviation.shortfall_price,
            },
            feeder: Some(self.feeder.feeder.clone()),
            bounds: RoundBounds { bundles_max: 2_000, orders_max: 4_000, bytes_max: 1 << 20, bundle_orders_max: 16 },
        }
    }

    /// What members sell green certificates for, fen/MWh.
    #[must_use]
    pub fn certificate_price(&self) -> i64 {
        self.configuration.certificates.price
    }

    fn class_fees(&self) -> Vec<ClassFee> {
        let classes = || (0..).map(ClassIndex).take(self.fees.classes().len());
        let pairs = classes().flat_map(|sell| classes().map(move |buy| (sell, buy)));
        let fees = pairs.filter_map(|(sell, buy)| {
            let fee = self.fees.fee(sell, buy)?;
            Some(ClassFee { sell_class: sell.0.into(), buy_class: buy.0.into(), fee })
        });
        fees.collect()
    }

    /// How many different fees there are.
    #[must_use]
    pub fn distinct_fees(&self) -> usize {
        self.class_fees().iter().map(|fee| fee.fee).collect::<BTreeSet<_>>().len()
    }
}

impl Tariffs {
    fn of(&self, level: &str) -> Result<i64, Error> {
        self.levels.get(level).copied().ok_or_else(|| Error::Plan(format!("there is no tariff for {level}")))
    }

    /// Fees between all pairs of classes (area, level).
    fn fees(&self, classes: &[(&str, &str)]) -> Result<FeeTable, Error> {
        let fee = |sell: &(&str, &str), buy: &(&str, &str)| {
            let crossed = if sell.0 == buy.0 { &self.area_level } else { &self.upper_level };
            Ok(Some(self.of(buy.1)? - self.of(crossed)?))
        };
        let row = |sell| classes.iter().map(|buy| fee(sell, buy)).collect::<Result<Vec<_>, Error>>();
        let fees = classes.iter().map(row).collect::<Result<Vec<_>, Error>>()?;
        let names = classes.iter().map(|(area, level)| format!("{area}/{level}")).collect();
        FeeTable::new(names, fees).map_err(|error| Error::Plan(format!("the tariffs give no fees: {error}")))
    }
}

/// Midnight UTC at the beginning of a day `YYYY-MM-DD`. Days from civil after H. Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms".
fn midnight_ns(day: &str) -> Option<u64> {
    let mut parts = day.split('-').map(str::parse::<u64>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(date)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    if !(1970..=2200).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * month + 2) / 5 + date - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 24 * HOUR_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnights() {
        assert_eq!(midnight_ns("1970-01-01"), Some(0));
        assert_eq!(midnight_ns("2016-02-29"), Some(1_456_704_000 * 1_000_000_000));
        assert_eq!(midnight_ns("2016-07-02"), Some(1_467_417_600 * 1_000_000_000));
        for wrong in ["2016-13-01", "2016-07", "2016-07-02-01", "x", "1969-12-31"] {
            assert_eq!(midnight_ns(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_default_configuration_gives_four_classes_and_four_fees() {
        let participants = agents::day::participants("2016-07-02").unwrap();
        let configuration = Configuration::parse(DEFAULT_CONFIGURATION).unwrap();
        let plan = Plan::new(configuration, "2016-07-02", &participants, 1).unwrap();
        assert_eq!(plan.fees.classes(), ["A1/0.4kV", "A1/20kV", "A2/0.4kV", "A2/20kV"]);
        let fees: BTreeSet<i64> = plan.class_fees().iter().map(|fee| fee.fee).collect();
        assert_eq!(fees.into_iter().collect::<Vec<_>>(), [0, 2_600, 5_100, 7_700]);
        assert_eq!(plan.session(5).schedule.delivery_start_ns - plan.session(5).schedule.start_ns, HOUR_NS);
    }

    #[test]
    fn a_wrong_configuration_says_what_is_wrong() {
        let error = Configuration::parse(&DEFAULT_CONFIGURATION.replace("rounds = 7", "round = 7")).unwrap_err();
        assert!(error.to_string().contains("round"), "{error}");
        let participants = agents::day::participants("2016-07-02").unwrap();
        let text = DEFAULT_CONFIGURATION.replace("\"0.4kV\" = 23910", "\"0.4kV\" = 1");
        let error = Plan::new(Configuration::parse(&text).unwrap(), "2016-07-02", &participants, 1).unwrap_err();
        assert!(error.to_string().contains("FEE_OUT_OF_RANGE"), "{error}");
    }
}
