//! Cleared rounds, read back from their pages.

use std::collections::BTreeMap;

use super::documents::{RoundResult, RoundTrades};
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
        trades.extend(trades_of(step, session.name(), round)?.into_iter().flatten());
    }
    Ok(trades)
}

/// The trade list of a round: in each place what the grid carries of the trade, none if it carries nothing.
pub(super) fn trades_of(step: &Step<'_>, session: &str, round: u32) -> Checked<Vec<Option<FirmTrade>>> {
    let result: RoundResult = step.load(&Key::exchange("result", &[session, &hex32(round)]))?;
    let book = pages(step, session, round, "book", result.book_pages, decode_book)?;
    let mut trades = Vec::new();
    for entry in pages(step, session, round, "trades", result.trade_pages, decode_matches)? {
        let (Some(ask), Some(bid)) = (book.get(entry.trade.ask as usize), book.get(entry.trade.bid as usize)) else {
            return Err(Wrong::new(Code::UnknownState, format!("a trade of round {round} has no order")));
        };
        trades.push((entry.carried > 0).then(|| FirmTrade {
            seller: ask.order.member.clone(),
            seller_point: ask.point,
            buyer: bid.order.member.clone(),
            buyer_point: bid.point,
            volume: entry.carried,
            fee: entry.trade.fee,
            seller_net: entry.trade.seller_net,
            margin: entry.trade.margin,
        }));
    }
    Ok(trades)
}

/// Places in the trade lists of a session's cleared rounds, by the member that sold what the grid carries of it.
pub(super) fn sales(step: &Step<'_>, session: &str, cleared: &[u32]) -> Checked<BTreeMap<String, Vec<RoundTrades>>> {
    let mut sales = BTreeMap::<String, Vec<RoundTrades>>::new();
    for &round in cleared {
        for (place, trade) in (0..).zip(trades_of(step, session, round)?) {
            let Some(trade) = trade else { continue };
            let rounds = sales.entry(trade.seller).or_default();
            match rounds.last_mut().filter(|last| last.round == round) {
                Some(last) => last.trades.push(place),
                None => rounds.push(RoundTrades { round, trades: vec![place] }),
            }
        }
    }
    Ok(sales)
}

/// The entries of all pages of one kind.
fn pages<T>(
    step: &Step<'_>,
    session: &str,
    round: u32,
    object: &str,
    count: u32,
    decode: impl Fn(&[u8]) -> Result<Vec<T>, Malformed>,
) -> Checked<Vec<T>> {
    let mut entries = Vec::new();
    for page in 0..count {
        let key = Key::page(object, session, round, page);
        let page = step.bytes(&key).map(&decode);
        let Some(Ok(page)) = page else { return Err(Wrong::new(Code::UnknownState, format!("{key} cannot be read"))) };
        entries.extend(page);
    }
    Ok(entries)
}
