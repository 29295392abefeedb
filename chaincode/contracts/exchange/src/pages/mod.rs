//! Lists on the ledger, as pages of fixed-width entries: a key per order or trade would cost a hundred times as much.
//!
//! [`crate::state_layout`] documents the bytes.

mod binary;
mod book;
mod members;
mod seal;
mod trades;

pub use book::{decode_book, encode_book};
pub use members::{decode_members, encode_members};
pub use seal::{decode_seal, encode_seal};
pub use trades::{Match, decode_matches, encode_matches};
