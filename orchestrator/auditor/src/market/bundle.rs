//! Members' bundles: their bytes, and what is signed.
//!
//! A bundle on the ledger is 64 bytes of signature (r, s), 8 bytes of declared time (nanoseconds since the epoch, most
//! significant byte first), then its [canonical](super::canonical) bytes:
//!
//! ```text
//! bundle = number 1, text channel, text session, text member, number round, number sequence, number count, order * count
//! order  = number order number, number class * 2 + side (0 sells, 1 buys), number point, signed price, number volume
//! ```
//!
//! The member signs SHA-256("GridBourse bundle 1\n" | canonical bytes).

use fabric_msp::sha256;

use super::canonical::{Malformed, Reader};
use super::signatures::Signed;
use crate::proof::Side;

const DIGEST_PREFIX: &[u8] = b"GridBourse bundle 1\n";
/// Orders in one bundle.
pub(super) const ORDERS_MAX: usize = 4096;

/// An order as its member declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeclaredOrder {
    pub(super) number: u32,
    pub(super) side: Side,
    pub(super) class: u8,
    pub(super) point: u32,
    pub(super) price: i64,
    pub(super) volume: u64,
}

/// A member's whole set of open orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bundle {
    pub(super) channel: String,
    pub(super) session: String,
    pub(super) member: String,
    pub(super) round: u32,
    pub(super) sequence: u64,
    pub(super) orders: Vec<DeclaredOrder>,
}

/// Why bytes are no bundle: the market's code.
type Refusal = &'static str;

/// Declared time and canonical bytes of a stored bundle; none if it is too short.
pub(super) fn split(value: &[u8]) -> Option<(u64, &[u8])> {
    let (_, value) = value.split_first_chunk::<64>()?;
    let (time, bytes) = value.split_first_chunk()?;
    Some((u64::from_be_bytes(*time), bytes))
}

/// The signature of a stored bundle, which this key should have made; none if the bundle is too short.
pub(super) fn signed(value: &[u8], public_key: &str) -> Option<Signed> {
    let (signature, _) = value.split_first_chunk()?;
    let (_, bytes) = split(value)?;
    let digest = sha256([DIGEST_PREFIX, bytes]);
    Some(Signed { public_key: public_key.to_owned(), digest, signature: *signature })
}

/// Reads canonical bytes.
pub(super) fn decode(bytes: &[u8]) -> Result<Bundle, Refusal> {
    let mut reader = Reader(bytes);
    reader.version().map_err(refusal)?;
    let mut text = || reader.text().map_err(refusal);
    let (channel, session, member) = (text()?, text()?, text()?);
    let (round, sequence) = (reader.narrow().map_err(refusal)?, reader.number().map_err(refusal)?);
    let count = usize::try_from(reader.number().map_err(refusal)?).ok().filter(|count| *count <= ORDERS_MAX);
    let orders = (0..count.ok_or("TOO_MANY_ORDERS")?).map(|_| read_order(&mut reader));
    let orders = orders.collect::<Result<_, _>>().map_err(refusal)?;
    reader.finish().map_err(refusal)?;
    Ok(Bundle { channel, session, member, round, sequence, orders })
}

fn read_order(reader: &mut Reader<'_>) -> Result<DeclaredOrder, Malformed> {
    let number = reader.narrow()?;
    let class_and_side = reader.number()?;
    let class = u8::try_from(class_and_side >> 1).map_err(|_| Malformed::NumberTooLarge)?;
    let side = if class_and_side & 1 == 0 { Side::Sell } else { Side::Buy };
    Ok(DeclaredOrder {
        number,
        side,
        class,
        point: reader.narrow()?,
        price: reader.signed()?,
        volume: reader.number()?,
    })
}

fn refusal(malformed: Malformed) -> Refusal {
    match malformed {
        Malformed::Truncated => "BUNDLE_TRUNCATED",
        Malformed::TrailingBytes => "BUNDLE_TRAILING_BYTES",
        Malformed::NumberNotMinimal => "BUNDLE_NUMBER_NOT_MINIMAL",
        Malformed::NumberTooLarge => "BUNDLE_NUMBER_TOO_LARGE",
        Malformed::Version => "BUNDLE_VERSION",
        Malformed::TextLength => "BUNDLE_TEXT_LENGTH",
        Malformed::TextNotUtf8 => "BUNDLE_TEXT_NOT_UTF8",
    }
}
