//! Stored values.

use std::collections::BTreeMap;

use crate::bytes::Bytes;
use crate::decimal::{DecimalString, Integer};
use crate::value::{JsonError, Value, from_json, to_json};

/// How a type is written into the state.
///
/// [`#[message]`](macro@crate::message) types are JSON. Implement it yourself for a compact format; the bytes must not
/// be empty, which Fabric takes for a deletion:
///
/// ```
/// use fabric_contract_api::{Map, Storable};
///
/// struct Point(u32, u32);
///
/// impl Storable for Point {
///     type Error = &'static str;
///
///     fn to_bytes(&self) -> Result<Vec<u8>, Self::Error> {
///         Ok([self.0.to_be_bytes(), self.1.to_be_bytes()].concat())
///     }
///
///     fn from_bytes(bytes: &[u8]) -> Result<Self, Self::Error> {
///         let bytes: [u8; 8] = bytes.try_into().map_err(|_| "a point has 8 bytes")?;
///         let [a, b, c, d, e, f, g, h] = bytes;
///         Ok(Self(u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])))
///     }
/// }
///
/// const POINTS: Map<String, Point> = Map::new("point");
/// ```
pub trait Storable: Sized {
    /// Why bytes are not such a value.
    type Error: std::fmt::Display;

    /// Writes it.
    ///
    /// # Errors
    /// It has no such form.
    fn to_bytes(&self) -> Result<Vec<u8>, Self::Error>;

    /// Reads it.
    ///
    /// # Errors
    /// The bytes are not such a value.
    fn from_bytes(bytes: &[u8]) -> Result<Self, Self::Error>;
}

/// Implements [`Storable`] by JSON for types of your own that have serde's traits; `#[message]` does it for you.
#[macro_export]
macro_rules! store_as_json {
    ($($stored:ty),+ $(,)?) => {$(
        impl $crate::Storable for $stored {
            type Error = $crate::JsonError;

            fn to_bytes(&self) -> ::core::result::Result<::std::vec::Vec<u8>, $crate::JsonError> {
                $crate::to_json(self)
            }

            fn from_bytes(bytes: &[u8]) -> ::core::result::Result<Self, $crate::JsonError> {
                $crate::from_json(bytes)
            }
        }
    )+};
}

store_as_json!(bool, String, u16, u32, u64, i16, i32, i64);

macro_rules! store_generic_as_json {
    ($([$($generics:tt)*] $stored:ty),+ $(,)?) => {$(
        impl<$($generics)*> Storable for $stored {
            type Error = JsonError;

            fn to_bytes(&self) -> Result<Vec<u8>, JsonError> {
                to_json(self)
            }

            fn from_bytes(bytes: &[u8]) -> Result<Self, JsonError> {
                from_json(bytes)
            }
        }
    )+};
}

store_generic_as_json!([T: Integer] DecimalString<T>, [T: Value] Vec<T>, [T: Value] BTreeMap<String, T>);

/// The bytes as they are, not base64.
impl Storable for Bytes {
    type Error = std::convert::Infallible;

    fn to_bytes(&self) -> Result<Vec<u8>, Self::Error> {
        Ok(self.0.clone())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Self::Error> {
        Ok(bytes.into())
    }
}
