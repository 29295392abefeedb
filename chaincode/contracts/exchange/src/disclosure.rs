//! What a clearing discloses: result, book and trade list.

use declaration::encoding::Hexadecimal;
use fabric_contract_api::Context;
use fabric_contract_api::crypto::sha256;
use rules::session::{ClearedRound, RoundResult as Cleared, State};
use rules::units::money;

use crate::error::Error;
use crate::limits::{BOOK_PAGE_ORDERS, TRADE_PAGE_ENTRIES};
use crate::messages::{BookOrder, Lapsed, LeftOut, Outcome, RoundResult};
use crate::pages::{Match, encode_book, encode_matches};
use crate::sessions::StoredSession;
use crate::state_layout::{BOOK_PAGES, RESULTS, TRADE_PAGES};

/// Writes what was cleared, and returns its summary.
pub(crate) fn disclose(
    context: &mut Context,
    stored: &StoredSession,
    result: &Cleared,
    bundles: usize,
    left_out: Vec<LeftOut>,
    lapsed: Vec<Lapsed>,
) -> Result<RoundResult, Error> {
    let (session, round) = (stored.name(), result.round);
    let book = result.cleared.as_ref().map(book_of).unwrap_or_default();
    let matches = result.cleared.as_ref().map(matches_of).unwrap_or_default();

    let book_pages: Vec<_> = book.chunks(BOOK_PAGE_ORDERS).map(encode_book).collect::<Result<_, _>>()?;
    let trade_pages: Vec<_> = matches.chunks(TRADE_PAGE_ENTRIES).map(encode_matches).collect::<Result<_, _>>()?;
    let trades_digest = Hexadecimal(sha256(&trade_pages.concat()));
    for (number, page) in (0..).zip(&book_pages) {
        BOOK_PAGES.put(context, (session, round, number), &page.as_slice().into())?;
    }
    for (number, page) in (0..).zip(&trade_pages) {
        TRADE_PAGES.put(context, (session, round, number), &page.as_slice().into())?;
    }

    let carried = || matches.iter().filter(|entry| entry.carried_wh > 0);
    let summary = RoundResult {
        session: session.to_owned(),
        round,
        cleared_ns: context.timestamp_ns(),
        outcome: result.cleared.as_ref().map_or(Outcome::NoContinuation, |cleared| cleared.outcome.into()),
        reference: stored.progress.reference,
        class_prices: result
            .cleared
            .iter()
            .flat_map(|cleared| &cleared.class_prices)
            .map(|&price| price.into())
            .collect(),
        bundles: count(bundles),
        left_out,
        lapsed,
        orders: count(book.len()),
        matches: count(matches.len()),
        trades: count(carried().count()),
        book_pages: count(book_pages.len()),
        trade_pages: count(trade_pages.len()),
        trades_digest,
        volume_wh: carried().map(|entry| entry.carried_wh).sum(),
        fees: carried().map(|entry| money(entry.trade.fee, entry.carried_wh)).sum(),
        margins: carried().map(|entry| money(entry.trade.margin, entry.carried_wh)).sum(),
        end_reason: stored.progress.end_reason,
        next_round: if let State::Open(window) = result.state { Some(window.round) } else { None },
    };
    RESULTS.put(context, (session, round), &summary)?;
    Ok(summary)
}

fn book_of(cleared: &ClearedRound) -> Vec<BookOrder> {
    let filled = cleared.fills.iter().zip(&cleared.reasons);
    let orders = cleared.book.orders.iter().zip(&cleared.points).zip(filled);
    orders
        .map(|((order, point), (filled, reason))| BookOrder {
            member: cleared.book.members[order.member as usize].clone(),
            number: order.number,
            side: order.side.into(),
            class: order.class.0.into(),
            point: *point,
            price: order.price,
            volume_wh: order.volume,
            time_ns: order.time,
            sequence: order.sequence,
            index: order.index,
            filled_wh: *filled,
            remainder: reason.map(Into::into),
        })
        .collect()
}

fn matches_of(cleared: &ClearedRound) -> Vec<Match> {
    let matched = cleared.matched_trades.iter().zip(&cleared.carried);
    matched.map(|(&trade, &carried_wh)| Match { trade, carried_wh }).collect()
}

/// Lengths of lists that the bounds of a round keep far below 2^32.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
