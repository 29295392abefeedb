//! Network fees from tariffs, after Document 1901 of 2017.
//!
//! NDRC and NEA, "Notice on carrying out pilots of market-based trading of distributed generation" (Fagai Nengyuan (2017)
//! No. 1901): until a province sets its own, the fee of a trade is the grid tariff of the user's voltage level less the
//! tariff of the highest voltage level that the trade crosses. The user is the buyer.
//!
//! A trade within a supply area crosses the levels of both connection points and the area's own network; one between two
//! areas crosses also the level that links them. Areas that are not linked may not trade with each other.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{FeeTable, FeeTableError};
use crate::units::Price;

/// A voltage level and what its users pay for the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct LevelTariff {
    /// The level's name, as it is in class names: `20kV`.
    pub level: String,
    /// The level's voltage in volts, which orders the levels.
    pub volts: u32,
    /// The grid tariff of its users, fen/MWh.
    pub tariff: Price,
}

/// A supply area.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct SupplyArea {
    /// Its name, as it is in class names.
    pub area: String,
    /// The level of its network, which every trade in it crosses.
    pub level: String,
}

/// A network that two supply areas share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct AreaLink {
    /// The two areas.
    pub areas: (String, String),
    /// The level of the network.
    pub level: String,
}

/// The tariffs and areas of a market.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct GridTariffs {
    /// One per voltage level.
    pub levels: Vec<LevelTariff>,
    /// The supply areas.
    pub areas: Vec<SupplyArea>,
    /// Which areas may trade with each other. Under the pilot's rules: none.
    pub links: Vec<AreaLink>,
}

/// Why a fee table cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TariffError {
    /// A class is not `area/level` with a known area and level.
    #[error("CLASS_NAME: {0} is not AREA/LEVEL with an area and a level of the tariffs")]
    ClassName(String),
    /// An area or a link names an unknown level.
    #[error("UNKNOWN_LEVEL: {0} has no tariff")]
    UnknownLevel(String),
    /// A higher level has a higher tariff, so that a fee would be negative.
    #[error("TARIFF_NOT_FALLING: users at {user} would be paid for crossing {crossed}")]
    NotFalling {
        /// The user's level.
        user: String,
        /// The highest level that is crossed.
        crossed: String,
    },
    /// The classes do not make a table.
    #[error(transparent)]
    Table(#[from] FeeTableError),
}

impl TariffError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ClassName(_) => "CLASS_NAME",
            Self::UnknownLevel(_) => "UNKNOWN_LEVEL",
            Self::NotFalling { .. } => "TARIFF_NOT_FALLING",
            Self::Table(error) => error.code(),
        }
    }
}

impl GridTariffs {
    /// The fee table of these classes, each named `area/level`.
    ///
    /// # Errors
    /// See [`TariffError`].
    pub fn fee_table(&self, classes: &[String]) -> Result<FeeTable, TariffError> {
        let levels: BTreeMap<&str, &LevelTariff> =
            self.levels.iter().map(|tariff| (tariff.level.as_str(), tariff)).collect();
        let level = |name: &str| levels.get(name).copied().ok_or_else(|| TariffError::UnknownLevel(name.to_string()));
        let places = classes.iter().map(|class| self.place(class, &levels)).collect::<Result<Vec<_>, _>>()?;
        let mut fees = Vec::with_capacity(places.len());
        for (sell_area, sell_level) in &places {
            let mut row = Vec::with_capacity(places.len());
            for (buy_area, buy_level) in &places {
                let Some(link) = self.linking_level(sell_area, buy_area) else {
                    row.push(None);
                    continue;
                };
                let mut crossed =
                    [*sell_level, *buy_level, level(&sell_area.level)?, level(&buy_area.level)?, level(link)?];
                crossed.sort_by_key(|tariff| tariff.volts);
                let highest = crossed[crossed.len() - 1];
                if buy_level.tariff < highest.tariff {
                    return Err(TariffError::NotFalling {
                        user: buy_level.level.clone(),
                        crossed: highest.level.clone(),
                    });
                }
                row.push(Some(buy_level.tariff - highest.tariff));
            }
            fees.push(row);
        }
        Ok(FeeTable::new(classes.to_vec(), fees)?)
    }

    fn place<'a>(
        &'a self,
        class: &str,
        levels: &BTreeMap<&str, &'a LevelTariff>,
    ) -> Result<(&'a SupplyArea, &'a LevelTariff), TariffError> {
        let place = class
            .rsplit_once('/')
            .and_then(|(area, level)| Some((self.areas.iter().find(|known| known.area == area)?, *levels.get(level)?)));
        place.ok_or_else(|| TariffError::ClassName(class.to_string()))
    }

    /// The level of the network that two areas share, if they do.
    fn linking_level<'a>(&'a self, one: &'a SupplyArea, other: &SupplyArea) -> Option<&'a str> {
        if one.area == other.area {
            return Some(&one.level);
        }
        let joins = |link: &&AreaLink| {
            let (first, second) = (&link.areas.0, &link.areas.1);
            (*first == one.area && *second == other.area) || (*first == other.area && *second == one.area)
        };
        self.links.iter().find(joins).map(|link| link.level.as_str())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::order::ClassIndex;

    fn tariffs() -> GridTariffs {
        let level = |level: &str, volts, tariff| LevelTariff { level: level.into(), volts, tariff };
        let area = |area: &str| SupplyArea { area: area.into(), level: "20kV".into() };
        GridTariffs {
            levels: vec![level("0.4kV", 400, 20_000), level("20kV", 20_000, 15_000), level("110kV", 110_000, 9_000)],
            areas: vec![area("A1"), area("A2"), area("A3")],
            links: vec![AreaLink { areas: ("A2".into(), "A1".into()), level: "110kV".into() }],
        }
    }

    #[test]
    fn the_user_pays_down_from_the_highest_level_crossed() {
        let classes: Vec<String> = ["A1/0.4kV", "A1/20kV", "A2/20kV", "A3/20kV"].map(String::from).to_vec();
        let table = tariffs().fee_table(&classes).unwrap();
        let fee = |sell, buy| table.fee(ClassIndex(sell), ClassIndex(buy));
        assert_eq!(fee(1, 0), Some(5_000), "20 kV down to 0.4 kV");
        assert_eq!(fee(0, 0), Some(5_000), "from one 0.4 kV network to another, through the area's 20 kV");
        assert_eq!(fee(0, 1), Some(0), "up to the user's own level");
        assert_eq!(fee(1, 2), Some(6_000), "through 110 kV");
        assert_eq!(fee(2, 0), Some(11_000));
        assert_eq!((fee(1, 3), fee(3, 2)), (None, None), "outside the supply area");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let code = |tariffs: &GridTariffs, class: &str| tariffs.fee_table(&[class.to_string()]).unwrap_err().code();
        assert_eq!(code(&tariffs(), "A1"), "CLASS_NAME");
        assert_eq!(code(&tariffs(), "A9/20kV"), "CLASS_NAME");
        assert_eq!(code(&tariffs(), "A1/6kV"), "CLASS_NAME");
        let mut unknown_level = tariffs();
        unknown_level.areas[0].level = "35kV".into();
        assert_eq!(code(&unknown_level, "A1/20kV"), "UNKNOWN_LEVEL");
        let mut rising = tariffs();
        rising.levels[0].tariff = 1;
        assert_eq!(code(&rising, "A1/0.4kV"), "TARIFF_NOT_FALLING");
    }
}
