//! Members' bundles: their bytes, their signatures.
//!
//! A bundle on the ledger is 64 bytes of signature (r, s), 8 bytes of declared time (nanoseconds since the epoch, most
//! significant byte first), then its canonical bytes. Those are, with numbers as unsigned LEB128 in its shortest form,
//! texts as their length and UTF-8, and signed numbers in zigzag code:
//!
//! ```text
//! bundle = number 1, text channel, text session, text member, number round, number sequence, number count, order * count
//! order  = number order number, number class * 2 + side (0 sells, 1 buys), number point, signed price, number volume
//! ```
//!
//! The member signs SHA-256("GridBourse bundle 1\n" | canonical bytes).

use std::collections::HashMap;

use fabric_msp::signature::Signature;
use fabric_msp::{PublicKey, sha256};

use crate::parallel;
use crate::proof::Side;

const VERSION: u64 = 1;
const DIGEST_PREFIX: &[u8] = b"GridBourse bundle 1\n";
/// Orders in one bundle.
pub(super) const ORDERS_MAX: usize = 4096;
/// Bytes of a name in a bundle.
const NAME_BYTES_MAX: usize = 128;

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

/// Reads canonical bytes.
pub(super) fn decode(mut bytes: &[u8]) -> Result<Bundle, Refusal> {
    let bytes = &mut bytes;
    if read_number(bytes)? != VERSION {
        return Err("BUNDLE_VERSION");
    }
    let (channel, session, member) = (read_text(bytes)?, read_text(bytes)?, read_text(bytes)?);
    let (round, sequence) = (read_narrow(bytes)?, read_number(bytes)?);
    let count = usize::try_from(read_number(bytes)?).ok().filter(|count| *count <= ORDERS_MAX);
    let orders = (0..count.ok_or("TOO_MANY_ORDERS")?).map(|_| read_order(bytes)).collect::<Result<_, _>>()?;
    if !bytes.is_empty() {
        return Err("BUNDLE_TRAILING_BYTES");
    }
    Ok(Bundle { channel, session, member, round, sequence, orders })
}

fn read_order(bytes: &mut &[u8]) -> Result<DeclaredOrder, Refusal> {
    let number = read_narrow(bytes)?;
    let class_and_side = read_number(bytes)?;
    let class = u8::try_from(class_and_side >> 1).map_err(|_| "BUNDLE_NUMBER_TOO_LARGE")?;
    let side = if class_and_side & 1 == 0 { Side::Sell } else { Side::Buy };
    let point = read_narrow(bytes)?;
    let zigzag = read_number(bytes)?;
    let price = (zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed());
    Ok(DeclaredOrder { number, side, class, point, price, volume: read_number(bytes)? })
}

fn read_number(bytes: &mut &[u8]) -> Result<u64, Refusal> {
    let mut number = 0_u64;
    for place in 0..10 {
        let (&byte, rest) = bytes.split_first().ok_or("BUNDLE_TRUNCATED")?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if place == 9 && bits > 1 {
            break;
        }
        number |= bits << (7 * place);
        if byte & 0x80 == 0 {
            return if byte == 0 && place > 0 { Err("BUNDLE_NUMBER_NOT_MINIMAL") } else { Ok(number) };
        }
    }
    Err("BUNDLE_NUMBER_TOO_LARGE")
}

fn read_narrow(bytes: &mut &[u8]) -> Result<u32, Refusal> {
    u32::try_from(read_number(bytes)?).map_err(|_| "BUNDLE_NUMBER_TOO_LARGE")
}

fn read_text(bytes: &mut &[u8]) -> Result<String, Refusal> {
    let length = usize::try_from(read_number(bytes)?).ok().filter(|length| (1..=NAME_BYTES_MAX).contains(length));
    let (text, rest) = bytes.split_at_checked(length.ok_or("BUNDLE_TEXT_LENGTH")?).ok_or("BUNDLE_TRUNCATED")?;
    *bytes = rest;
    std::str::from_utf8(text).map(str::to_owned).map_err(|_| "BUNDLE_TEXT_NOT_UTF8")
}

/// Members' signatures, each verified once: a bundle is looked at when it is declared and when it is cleared.
#[derive(Debug, Default)]
pub(super) struct Signatures(HashMap<[u8; 32], bool>);

/// A stored bundle, and the key that should have signed it, in hex.
pub(super) type Signed<'a> = (&'a [u8], String);

impl Signatures {
    /// Verifies many, on all cores.
    pub(super) fn verify_all(&mut self, signed: Vec<Signed<'_>>) {
        let unknown: Vec<_> = signed
            .into_iter()
            .map(|(value, key)| (sha256([key.as_bytes(), value]), value, key))
            .filter(|(id, ..)| !self.0.contains_key(id))
            .collect();
        self.0.extend(parallel::map(&unknown, |(id, value, key)| (*id, is_signed(value, key))));
    }

    /// Whether this key signed this stored bundle.
    pub(super) fn verify(&mut self, value: &[u8], key: &str) -> bool {
        *self.0.entry(sha256([key.as_bytes(), value])).or_insert_with(|| is_signed(value, key))
    }

    /// How many were verified.
    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }
}

fn is_signed(value: &[u8], key: &str) -> bool {
    let verify = || {
        let (signature, _) = value.split_first_chunk::<64>()?;
        let (_, bytes) = split(value)?;
        let key = PublicKey::from_sec1(&hex::decode(key).ok()?).ok()?;
        let digest = sha256([DIGEST_PREFIX, bytes]);
        key.verify_digest(&digest, &Signature::from_fixed(signature).to_der()).ok()
    };
    verify().is_some()
}
