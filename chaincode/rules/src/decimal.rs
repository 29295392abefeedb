//! JSON of integers that a double cannot hold: decimal strings. For `#[serde(with = "crate::decimal")]`.

use alloc::borrow::Cow;
use core::fmt::Display;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes `value` as a decimal string.
///
/// # Errors
/// Whatever the serializer answers.
pub fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads a decimal string.
///
/// # Errors
/// The text is not a whole number, or too large for `T`.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}
