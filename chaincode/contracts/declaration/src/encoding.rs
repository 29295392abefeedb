//! How numbers and byte strings look in the JSON of both contracts.
//!
//! Energy, prices, money and times are decimal strings, because clients in other languages read JSON numbers as
//! floats and would lose digits above 2^53. Counts and ordinals (rounds, sequences, pages) stay numbers. Hashes, keys
//! and signatures are lower-case hexadecimal, other bytes are base64.

use core::fmt;

use fabric_contract_api::serde::de::{Error, Visitor};
use fabric_contract_api::serde::{Deserialize, Deserializer, Serialize, Serializer};
use fabric_contract_api::{Components, Schema, Value};

/// `N` bytes, in JSON as lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hexadecimal<const N: usize>(pub [u8; N]);

/// A SHA-256 hash.
pub type Hash = Hexadecimal<32>;
/// A P-256 public key, compressed SEC1.
pub type PublicKey = Hexadecimal<33>;
/// A P-256 signature, `r || s`, low-S.
pub type Signature = Hexadecimal<64>;

impl<const N: usize> fmt::Display for Hexadecimal<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Hexadecimal<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<const N: usize> Serialize for Hexadecimal<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hexadecimal<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(HexadecimalVisitor)
    }
}

impl<const N: usize> Value for Hexadecimal<N> {
    const TEXT: bool = true;

    fn schema(_: &mut Components) -> Schema {
        Schema { pattern: Some("^([0-9a-f]{2})+$"), ..Schema::of_type("string") }
    }
}

struct HexadecimalVisitor<const N: usize>;

impl<const N: usize> Visitor<'_> for HexadecimalVisitor<N> {
    type Value = Hexadecimal<N>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{N} bytes in lower-case hexadecimal")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        // Not `invalid_value`, whose text can show floats: their instructions have no place in a contract.
        let wrong = || E::custom(format_args!("expected {N} bytes in lower-case hexadecimal"));
        let digits = text.as_bytes();
        if digits.len() != 2 * N {
            return Err(wrong());
        }
        let mut bytes = [0; N];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0]).ok_or_else(wrong)? << 4 | digit(pair[1]).ok_or_else(wrong)?;
        }
        Ok(Hexadecimal(bytes))
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}
