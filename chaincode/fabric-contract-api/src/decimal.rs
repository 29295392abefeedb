//! Integers as decimal strings in JSON, so that amounts survive every JSON reader.
//!
//! JavaScript and many others read JSON numbers as doubles and lose digits above 2^53. Mark an integer field of a
//! message with `#[decimal]` (or `#[serde(with = "decimal")]` elsewhere), and use [`DecimalString`] for an argument:
//!
//! ```
//! use fabric_contract_api::message;
//!
//! #[message]
//! pub struct Bill {
//!     pub member: String,
//!     /// Account units.
//!     #[decimal]
//!     pub balance: i128,
//! }
//!
//! let json = br#"{"member":"lv1.101 Load 1","balance":"-170141183460469231731687303715884105728"}"#;
//! let bill: Bill = fabric_contract_api::from_json(json)?;
//! assert_eq!(bill.balance, i128::MIN);
//! # Ok::<(), fabric_contract_api::JsonError>(())
//! ```

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::schema::{Components, Schema};
use crate::value::Value;

/// What has a form as decimal strings: integers, and options and lists of them.
pub trait Decimal: Sized {
    /// See [`serialize`].
    ///
    /// # Errors
    /// Those of the serializer.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// See [`deserialize`].
    ///
    /// # Errors
    /// Not a decimal string, or out of range.
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// The JSON schema for clients.
    fn schema() -> Schema;
}

/// For `#[serde(with = "decimal")]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Decimal, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.serialize(serializer)
}

/// For `#[serde(with = "decimal")]`. Only the shortest form is read: no sign `+`, no leading zeros, no `-0`.
///
/// # Errors
/// Not a decimal string, or out of range.
pub fn deserialize<'de, T: Decimal, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(deserializer)
}

/// An integer that is a decimal string in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecimalString<T>(pub T);

/// Integers that have a decimal form.
pub trait Integer: Copy + Display + FromStr {
    /// Regular expression of the form, for clients.
    const PATTERN: &'static str;
}

macro_rules! integers {
    ($($integer:ident $pattern:literal),*) => {$(
        impl Integer for $integer {
            const PATTERN: &'static str = $pattern;
        }

        impl Decimal for $integer {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Serialize::serialize(&DecimalString(*self), serializer)
            }

            fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <DecimalString<Self> as Deserialize>::deserialize(deserializer).map(|decimal| decimal.0)
            }

            fn schema() -> Schema {
                Schema { pattern: Some(Self::PATTERN), ..Schema::of_type("string") }
            }
        }
    )*};
}

integers! {
    u16 "^(0|[1-9][0-9]*)$", u32 "^(0|[1-9][0-9]*)$", u64 "^(0|[1-9][0-9]*)$", u128 "^(0|[1-9][0-9]*)$",
    i16 "^(0|-?[1-9][0-9]*)$", i32 "^(0|-?[1-9][0-9]*)$", i64 "^(0|-?[1-9][0-9]*)$", i128 "^(0|-?[1-9][0-9]*)$"
}

impl<T: Integer> Serialize for DecimalString<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

impl<'de, T: Integer> Deserialize<'de> for DecimalString<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.parse::<T>().ok().filter(|number| number.to_string() == text);
        number.map(Self).ok_or_else(|| D::Error::custom("expected an integer in range as a decimal string"))
    }
}

impl<T: Integer + Decimal> Value for DecimalString<T> {
    const TEXT: bool = true;

    fn schema(_: &mut Components) -> Schema {
        <T as Decimal>::schema()
    }
}

impl<T: Decimal + Integer> Decimal for Option<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(&self.map(DecimalString), serializer)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let decimal = <Option<DecimalString<T>> as Deserialize>::deserialize(deserializer)?;
        Ok(decimal.map(|decimal| decimal.0))
    }

    fn schema() -> Schema {
        <T as Decimal>::schema()
    }
}

impl<T: Decimal + Integer> Decimal for Vec<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().copied().map(DecimalString))
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let decimals = <Vec<DecimalString<T>> as Deserialize>::deserialize(deserializer)?;
        Ok(decimals.into_iter().map(|decimal| decimal.0).collect())
    }

    fn schema() -> Schema {
        Schema::array(<T as Decimal>::schema())
    }
}
