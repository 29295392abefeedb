//! Lists on the ledger, as pages of fixed-width entries: a key per order or trade would cost a hundred times as much.
//!
//! [`crate::state_layout`] documents the bytes.

mod binary;
mod book;
mod positions;
mod seal;
mod trades;

pub use book::{decode_book, encode_book};
pub use positions::{decode_positions, encode_positions};
pub use seal::{decode_seal, encode_seal};
pub use trades::{decode_trades, encode_trades};
