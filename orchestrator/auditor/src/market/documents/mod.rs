//! What the market's chaincodes keep as JSON, as their documentation describes it.
//!
//! Amounts and times are decimal strings, hashes and keys are lower-case hexadecimal. Money is in account units of 10^-6
//! fen (fen/MWh times Wh), times are nanoseconds since the epoch.

mod anchoring;
mod certificates;
mod events;
mod feeders;
mod members;
mod metering;
mod money;
mod rounds;
mod sessions;

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) use anchoring::*;
pub(super) use certificates::*;
pub(super) use events::*;
pub(super) use feeders::*;
pub(super) use members::*;
pub(super) use metering::*;
pub(super) use money::*;
pub(super) use rounds::*;
pub(super) use sessions::*;

/// An integer that is a decimal string in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Decimal<T>(pub(super) T);

impl<T: Display> Serialize for Decimal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Only the shortest form is one.
impl<'de, T: Display + FromStr> Deserialize<'de> for Decimal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse::<T>() {
            Ok(number) if number.to_string() == text => Ok(Self(number)),
            _ => Err(D::Error::custom(format!("{text:?} is no integer"))),
        }
    }
}

/// Declares a document with all its derives; unknown fields are refused.
macro_rules! document {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident { $($fields:tt)* }) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        $visibility struct $name { $($fields)* }
    };
}
use document;

/// Declares an enumeration whose names are written in one way.
macro_rules! names {
    ($(#[$attribute:meta])* $case:literal enum $name:ident { $($variant:ident),* $(,)? }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = $case)]
        pub(in crate::market) enum $name { $($variant),* }
    };
}
use names;
