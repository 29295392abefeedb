//! Cleared rounds, read back from their pages.

use super::documents::RoundResult;
use super::keys::{Key, hex32};
use super::pages::{Malformed, decode_book, decode_matches};
use super::session::Session;
use super::step::{Checked, Step, Wrong};
use crate::finding::Code;

/// A trade that stands.
pub(super) struct FirmTrade {
    pub(super) seller: String,
    pub(super) seller_point: u32,
    pub(super) buyer: String,
    pub(super) buyer_point: u32,
    /// Wh.
    pub(super) volume: u64,
    /// fen/MWh.
    pub(super) fee: i64,
    pub(super) seller_net: i64,
    pub(super) margin: i64,
}

/// The trades of the session's cleared rounds, as far as the grid carries them.
pub(super) fn firm_trades(step: &Step<'_>, session: &Session) -> Checked<Vec<FirmTrade>> {
    let mut trades = Vec::new();
    for &round in &session.progress.cleared {
        let result: RoundResult = step.load(&Key::exchange("result", &[session.name(), &hex32(round)]))?;
        let book = pages(step, session, round, "book", result.book_pages, decode_book)?;
        for entry in pages(step, session, round, "trades", result.trade_pages, decode_matches)? {
            let (Some(ask), Some(bid)) = (book.get(entry.trade.ask as usize), book.get(entry.trade.bid as usize))
            else {
                return Err(Wrong::new(Code::UnknownState, format!("a trade of round {round} has no order")));
            };
            if entry.carried > 0 {
                trades.push(FirmTrade {
                    seller: ask.order.member.clone(),
                    seller_point: ask.point,
                    buyer: bid.order.member.clone(),
                    buyer_point: bid.point,
                    volume: entry.carried,
                    fee: entry.trade.fee,
                    seller_net: entry.trade.seller_net,
                    margin: entry.trade.margin,
                });
            }
        }
    }
    Ok(trades)
}

/// The entries of all pages of one kind.
fn pages<T>(
    step: &Step<'_>,
    session: &Session,
    round: u32,
    object: &str,
    count: u32,
    decode: impl Fn(&[u8]) -> Result<Vec<T>, Malformed>,
) -> Checked<Vec<T>> {
    let mut entries = Vec::new();
    for page in 0..count {
        let key = Key::page(object, session.name(), round, page);
        let page = step.bytes(&key).map(&decode);
        let Some(Ok(page)) = page else { return Err(Wrong::new(Code::UnknownState, format!("{key} cannot be read"))) };
        entries.extend(page);
    }
    Ok(entries)
}
