//! What may cross a contract's boundary: arguments, results, events.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::schema::{Additional, Components, Schema};

/// An argument or a result of a contract function, as JSON.
///
/// Get it for your own types with [`#[message]`](macro@crate::message). It is missing for floats on purpose: endorsers
/// must agree to the last bit. It is missing for `u8`, too, so that nobody passes bytes as a list of numbers: use
/// [`Bytes`](crate::Bytes).
///
/// 64-bit integers are JSON numbers, which JavaScript reads exactly up to 2^53 only; amounts are better off as
/// [decimal strings](crate::decimal).
///
/// ```compile_fail,E0277
/// # use fabric_contract_api::{Context, Error, contract};
/// # struct Market;
/// #[contract]
/// impl Market {
///     #[submit]
///     fn bid(context: &mut Context, price: f64) -> Result<(), Error> { // f64 is no Value
///         Ok(())
///     }
/// }
/// ```
///
/// ```compile_fail,E0277
/// #[fabric_contract_api::message]
/// struct Bid {
///     price: f64, // nor is it inside a message
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument or a result of a contract function",
    note = "give your own types `#[message]`; use integers instead of floats, and `Bytes` for bytes"
)]
pub trait Value: Serialize + DeserializeOwned {
    /// Whether the JSON form is a string. Clients may then leave the quotes out.
    const TEXT: bool = false;

    /// The JSON schema for clients.
    fn schema(components: &mut Components) -> Schema;

    /// Reads an argument.
    ///
    /// # Errors
    /// The text is not the JSON of such a value.
    fn from_argument(text: &str) -> Result<Self, JsonError> {
        match from_json(text.as_bytes()) {
            Err(_) if Self::TEXT => from_json(to_json(text)?.as_slice()),
            result => result,
        }
    }

    /// Writes a result.
    ///
    /// # Errors
    /// The value has no JSON form.
    fn to_result(&self) -> Result<Vec<u8>, JsonError> {
        to_json(self)
    }
}

/// Why a value could not be read from JSON, or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

/// Reads JSON without floats; nothing may follow the value.
///
/// # Errors
/// The bytes are not the JSON of a `T`.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    serde_json_wasm::from_slice(bytes).map_err(|error| JsonError(error.to_string()))
}

/// Writes compact JSON, fields in the order of their declaration.
///
/// # Errors
/// The value has no JSON form (a map whose keys are no strings, a float).
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, JsonError> {
    serde_json_wasm::to_vec(value).map_err(|error| JsonError(error.to_string()))
}

/// A result without content is an empty payload.
impl Value for () {
    fn schema(_: &mut Components) -> Schema {
        Schema::of_type("null")
    }

    fn to_result(&self) -> Result<Vec<u8>, JsonError> {
        Ok(Vec::new())
    }
}

impl Value for bool {
    fn schema(_: &mut Components) -> Schema {
        Schema::of_type("boolean")
    }
}

/// As an argument with or without quotes, as a result without, as in Fabric's other contract APIs.
impl Value for String {
    const TEXT: bool = true;

    fn schema(_: &mut Components) -> Schema {
        Schema::of_type("string")
    }

    fn to_result(&self) -> Result<Vec<u8>, JsonError> {
        Ok(self.clone().into_bytes())
    }
}

macro_rules! integers {
    ($($integer:ident $format:literal $minimum:expr, $maximum:expr;)*) => {$(
        impl Value for $integer {
            fn schema(_: &mut Components) -> Schema {
                let (minimum, maximum) = (Some($minimum), Some($maximum));
                Schema { format: Some($format), minimum, maximum, ..Schema::of_type("integer") }
            }
        }
    )*};
}

integers! {
    u16 "uint16" 0, 0xffff;
    u32 "uint32" 0, 0xffff_ffff;
    u64 "uint64" 0, u64::MAX;
    i16 "int16" -0x8000, 0x7fff;
    i32 "int32" -0x8000_0000, 0x7fff_ffff;
    i64 "int64" i64::MIN, 0x7fff_ffff_ffff_ffff;
}

impl<T: Value> Value for Option<T> {
    const TEXT: bool = T::TEXT;

    fn schema(components: &mut Components) -> Schema {
        T::schema(components)
    }
}

impl<T: Value> Value for Box<T> {
    const TEXT: bool = T::TEXT;

    fn schema(components: &mut Components) -> Schema {
        T::schema(components)
    }
}

impl<T: Value> Value for Vec<T> {
    fn schema(components: &mut Components) -> Schema {
        Schema::array(T::schema(components))
    }
}

impl<T: Value> Value for BTreeMap<String, T> {
    fn schema(components: &mut Components) -> Schema {
        let values = Box::new(T::schema(components));
        Schema { additional: Some(Additional::Values(values)), ..Schema::of_type("object") }
    }
}

/// Tuples are lists in JSON.
macro_rules! tuples {
    ($($($kind:ident),+;)+) => {$(
        impl<$($kind: Value),+> Value for ($($kind,)+) {
            fn schema(components: &mut Components) -> Schema {
                $($kind::schema(components);)+
                Schema::of_type("array")
            }
        }
    )+};
}

tuples! { A, B; A, B, C; A, B, C, D; }
