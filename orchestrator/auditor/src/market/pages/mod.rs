//! Lists on the ledger, as bytes of fixed-width entries, most significant byte first.
//!
//! A *name* is one byte for its length, then UTF-8. Sides: 0 sells, 1 buys.
//!
//! ```text
//! members    = u32 count, then per member, sorted by name:
//!              name, u64 sold, u64 bought, u64 last sequence that counted, u32 count of open orders, then per order:
//!              u32 number, u8 side, u8 class, u32 point, i64 price, u64 open volume, u64 time, u64 sequence, u32 index
//! seal       = u32 count, then per bundle, sorted by member and sequence: name, u64 sequence, 32 bytes SHA-256
//! book       = u32 count of members, their names; u32 count of orders, then per order:
//!              u32 member (place in the page's names), u32 number, u8 side, u8 class, u32 point, i64 price,
//!              u64 volume, u64 time, u64 sequence, u32 index, u64 filled, u8 reason for the remainder
//! trade list = u32 count, then per pair: u32 ask, u32 bid, u64 volume matched, u64 volume that the grid carries,
//!              i64 fee, i64 seller's net, i64 margin
//! ```

mod binary;
mod book;
mod standings;
mod trades;

pub(super) use binary::Malformed;
pub(super) use book::{BookOrder, Reason, decode_book, encode_book};
pub(super) use standings::{decode_standings, encode_standings};
pub(super) use trades::{Match, decode_matches, encode_matches};

use binary::{Reader, Writer};

/// Orders on a page of a book.
pub(super) const BOOK_PAGE_ORDERS: usize = 1_000;
/// Entries on a page of a trade list.
pub(super) const TRADE_PAGE_ENTRIES: usize = 1_000;

/// A bundle that a seal lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SealedBundle {
    pub(super) member: String,
    pub(super) sequence: u64,
    /// SHA-256 of what was stored.
    pub(super) hash: [u8; 32],
}

/// Writes a seal.
pub(super) fn encode_seal(bundles: &[SealedBundle]) -> Vec<u8> {
    let mut page = Writer::default();
    page.count(bundles.len());
    for bundle in bundles {
        page.name(&bundle.member).number(bundle.sequence.to_be_bytes()).number(bundle.hash);
    }
    page.finish()
}

/// Reads a seal.
pub(super) fn decode_seal(page: &[u8]) -> Result<Vec<SealedBundle>, Malformed> {
    let mut page = Reader(page);
    let read =
        |page: &mut Reader<'_>| Ok(SealedBundle { member: page.name()?, sequence: page.u64()?, hash: page.number()? });
    let bundles = (0..page.u32()?).map(|_| read(&mut page)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(bundles)
}
