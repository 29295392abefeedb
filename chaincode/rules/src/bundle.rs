//! The bundle that a member declares: its bytes, its digest, and how to sign it in any language.
//!
//! A bundle replaces the member's **whole** set of open orders; an empty one withdraws them all. One signature covers it.
//!
//! # Canonical bytes, version 1
//!
//! Numbers, texts and signed numbers are those of [`canonical`](crate::canonical).
//!
//! ```text
//! bundle = number 1              the version
//!          text   channel        the Fabric channel of the market
//!          text   session
//!          text   member
//!          number round          from 1
//!          number sequence       rises with every bundle of the member in the session
//!          number count          of the orders
//!          order * count
//! order  = number order number   the member's own, unique in its bundle
//!          number class * 2 + side    class: place in the session's class table; side: 0 sells, 1 buys
//!          number point          connection point
//!          signed price          fen/MWh (0.01 CNY/MWh)
//!          number volume         Wh
//! ```
//!
//! There is one encoding of a bundle: numbers that are not minimal, bytes after the end and counts over the
//! [limits](crate::limits) are refused. Channel, session and round are inside, so a bundle cannot be replayed elsewhere.
//!
//! # Signing
//!
//! 1. `digest = SHA-256("GridBourse bundle 1\n" || bytes)`. The prefix keeps the member's key from signing anything else
//!    by mistake.
//! 2. Sign the *digest* (do not hash it again) with ECDSA on P-256.
//! 3. With (r, s), if s > n/2 replace it by n - s (low-S). The signature is r || s, each 32 bytes, most significant first.
//!
//! `tests/vectors/bundle.json` has orders, bytes, digest, public key and signature (made with a nonce after RFC 6979, so
//! that a deterministic signer finds the same one). In Python, with the `cryptography` package:
//!
//! ```python
//! from hashlib import sha256
//! from cryptography.hazmat.primitives.asymmetric import ec, utils
//! from cryptography.hazmat.primitives import hashes
//!
//! N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
//!
//! def number(n):
//!     out = bytearray()
//!     while n >= 128:
//!         out.append(n & 127 | 128)
//!         n >>= 7
//!     return bytes(out + bytes([n]))
//!
//! def text(t): return number(len(t.encode())) + t.encode()
//! def signed(z): return number(2 * z if z >= 0 else -2 * z - 1)
//!
//! def bundle(channel, session, member, round, sequence, orders):
//!     """orders: (number, class index, side 0 or 1, point, price in fen/MWh, volume in Wh)"""
//!     out = number(1) + text(channel) + text(session) + text(member) + number(round) + number(sequence) + number(len(orders))
//!     for n, cls, side, point, price, volume in orders:
//!         out += number(n) + number(2 * cls + side) + number(point) + signed(price) + number(volume)
//!     return out
//!
//! def sign(key, data):
//!     digest = sha256(b"GridBourse bundle 1\n" + data).digest()
//!     r, s = utils.decode_dss_signature(key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256()))))
//!     return r.to_bytes(32, "big") + min(s, N - s).to_bytes(32, "big")
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use crate::canonical::{Malformed, Reader, write_number, write_signed, write_text};
use crate::limits::ORDERS_PER_BUNDLE_MAX;
use crate::order::{ClassIndex, Side};
use crate::units::{Price, WattHours};

/// The version of the encoding.
pub const VERSION: u64 = 1;

/// What is hashed before the bytes of a bundle.
pub const DIGEST_PREFIX: &[u8] = b"GridBourse bundle 1\n";

/// One order as its member declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct DeclaredOrder {
    /// The member's own number for it, unique in the bundle. An order that rests from round to round keeps it.
    pub number: u32,
    /// Whether it sells or buys.
    pub side: Side,
    /// The class of its connection point.
    pub class: ClassIndex,
    /// The connection point, in the numbering of the grid.
    pub point: u32,
    /// fen/MWh: the least that the seller receives, or the most that the buyer pays, fees included.
    pub price: Price,
    /// Wh.
    pub volume: WattHours,
}

/// A member's whole set of open orders in one session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Bundle {
    /// The channel of the market.
    pub channel: String,
    /// The session.
    pub session: String,
    /// The member that signs.
    pub member: String,
    /// The round, from 1.
    pub round: u32,
    /// Rises with every bundle of the member in the session.
    pub sequence: u64,
    /// The orders; none withdraws everything.
    pub orders: Vec<DeclaredOrder>,
}

/// Why bytes are not a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They are not in their canonical form.
    #[error("{code}: {0}", code = self.code())]
    Malformed(Malformed),
    /// There are more orders than [`ORDERS_PER_BUNDLE_MAX`].
    #[error("TOO_MANY_ORDERS: {0} orders, allowed are {ORDERS_PER_BUNDLE_MAX}")]
    TooManyOrders(u64),
}

impl DecodeError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed(Malformed::Truncated) => "BUNDLE_TRUNCATED",
            Self::Malformed(Malformed::TrailingBytes) => "BUNDLE_TRAILING_BYTES",
            Self::Malformed(Malformed::NumberNotMinimal) => "BUNDLE_NUMBER_NOT_MINIMAL",
            Self::Malformed(Malformed::NumberTooLarge) => "BUNDLE_NUMBER_TOO_LARGE",
            Self::Malformed(Malformed::Version(_)) => "BUNDLE_VERSION",
            Self::Malformed(Malformed::TextLength(_)) => "BUNDLE_TEXT_LENGTH",
            Self::Malformed(Malformed::TextNotUtf8) => "BUNDLE_TEXT_NOT_UTF8",
            Self::TooManyOrders(_) => "TOO_MANY_ORDERS",
        }
    }
}

impl From<Malformed> for DecodeError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl Bundle {
    /// The canonical bytes. Total: a bundle over the limits is encoded as well, and refused where it is read.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + 16 * self.orders.len());
        write_number(&mut bytes, VERSION);
        for text in [&self.channel, &self.session, &self.member] {
            write_text(&mut bytes, text);
        }
        write_number(&mut bytes, self.round.into());
        write_number(&mut bytes, self.sequence);
        write_number(&mut bytes, self.orders.len() as u64);
        for order in &self.orders {
            write_number(&mut bytes, order.number.into());
            write_number(&mut bytes, u64::from(order.class.0) << 1 | u64::from(order.side == Side::Buy));
            write_number(&mut bytes, order.point.into());
            write_signed(&mut bytes, order.price);
            write_number(&mut bytes, order.volume);
        }
        bytes
    }

    /// Reads canonical bytes; accepts exactly what [`encode`](Self::encode) writes, within the limits.
    ///
    /// # Errors
    /// See [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader(bytes);
        reader.version(VERSION)?;
        let (channel, session, member) = (reader.text()?, reader.text()?, reader.text()?);
        let (round, sequence) = (reader.narrow()?, reader.number()?);
        let count = reader.number()?;
        let count = usize::try_from(count)
            .ok()
            .filter(|count| *count <= ORDERS_PER_BUNDLE_MAX)
            .ok_or(DecodeError::TooManyOrders(count))?;
        let orders = (0..count).map(|_| read_order(&mut reader)).collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Self { channel, session, member, round, sequence, orders })
    }

    /// What the member signs.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.encode())
    }
}

/// SHA-256 of [`DIGEST_PREFIX`] and the canonical bytes of a bundle.
#[must_use]
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(DIGEST_PREFIX).chain_update(bytes).finalize().into()
}

fn read_order(reader: &mut Reader<'_>) -> Result<DeclaredOrder, Malformed> {
    let number = reader.narrow()?;
    let class_and_side = reader.number()?;
    let class = u8::try_from(class_and_side >> 1).map_err(|_| Malformed::NumberTooLarge)?;
    let side = if class_and_side & 1 == 0 { Side::Sell } else { Side::Buy };
    let point = reader.narrow()?;
    let (price, volume) = (reader.signed()?, reader.number()?);
    Ok(DeclaredOrder { number, side, class: ClassIndex(class), point, price, volume })
}
