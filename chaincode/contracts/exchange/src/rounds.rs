//! Cleared rounds, read back from their pages.

use std::collections::BTreeMap;

use fabric_contract_api::{Error as ApiError, ReadContext};
use rules::order::ClassIndex;
use rules::session::FirmTrade;

use crate::error::Error;
use crate::messages::{BookOrder, RoundResult, RoundTrades, SealedRound, Trade};
use crate::pages::{Match, decode_book, decode_matches, decode_seal};
use crate::state_layout::{BOOK_PAGES, RESULTS, SEALS, TRADE_PAGES};

pub(crate) fn result(context: &ReadContext, session: &str, round: u32) -> Result<RoundResult, Error> {
    Ok(RESULTS.load(context, (session, round))?)
}

pub(crate) fn sealed(context: &ReadContext, session: &str, round: u32) -> Result<SealedRound, Error> {
    let bundles = decode_seal(&SEALS.load(context, (session, round))?)?;
    Ok(SealedRound { session: session.to_owned(), round, bundles })
}

pub(crate) fn book_page(context: &ReadContext, session: &str, round: u32, page: u32) -> Result<Vec<BookOrder>, Error> {
    Ok(decode_book(&BOOK_PAGES.load(context, (session, round, page))?)?)
}

/// A page of the trade list, with what clients want to know of the orders.
pub(crate) fn trade_page(context: &ReadContext, session: &str, round: u32, page: u32) -> Result<Vec<Trade>, Error> {
    let page = TRADE_PAGES.load(context, (session, round, page))?;
    disclosed_trades(&book(context, &result(context, session, round)?)?, &page)
}

/// The trades of a page of the trade list, between orders of the round's whole book.
///
/// # Errors
/// The bytes are not such a page, or of another book.
pub fn disclosed_trades(book: &[BookOrder], page: &[u8]) -> Result<Vec<Trade>, Error> {
    let matches = decode_matches(page)?;
    matches.iter().map(|entry| Ok(trade_of(entry, orders_of(book, entry)?))).collect()
}

/// The firm trades of these rounds: what the grid carries.
pub(crate) fn firm_trades(context: &ReadContext, session: &str, rounds: &[u32]) -> Result<Vec<FirmTrade>, Error> {
    let mut trades = Vec::new();
    for &round in rounds {
        let result = result(context, session, round)?;
        let book = book(context, &result)?;
        for page in 0..result.trade_pages {
            let matches = decode_matches(&TRADE_PAGES.load(context, (session, round, page))?)?;
            for entry in matches.iter().filter(|entry| entry.carried_wh > 0) {
                trades.push(firm_trade_of(entry, orders_of(&book, entry)?)?);
            }
        }
    }
    Ok(trades)
}

/// Places in the rounds' trade lists where each member sold what the grid carries.
pub(crate) fn sales(
    context: &ReadContext,
    session: &str,
    rounds: &[u32],
) -> Result<BTreeMap<String, Vec<RoundTrades>>, Error> {
    let mut sales = BTreeMap::<String, Vec<RoundTrades>>::new();
    for &round in rounds {
        let result = result(context, session, round)?;
        let book = book(context, &result)?;
        let mut place = 0_u32;
        for page in 0..result.trade_pages {
            for entry in decode_matches(&TRADE_PAGES.load(context, (session, round, page))?)? {
                if entry.carried_wh > 0 {
                    let [ask, _] = orders_of(&book, &entry)?;
                    let rounds = sales.entry(ask.member.clone()).or_default();
                    match rounds.last_mut().filter(|last| last.round == round) {
                        Some(last) => last.trades.push(place),
                        None => rounds.push(RoundTrades { round, trades: vec![place] }),
                    }
                }
                place += 1;
            }
        }
    }
    Ok(sales)
}

fn book(context: &ReadContext, result: &RoundResult) -> Result<Vec<BookOrder>, Error> {
    let mut book = Vec::new();
    for page in 0..result.book_pages {
        book.extend(book_page(context, &result.session, result.round, page)?);
    }
    Ok(book)
}

/// The ask and the bid of an entry.
fn orders_of<'a>(book: &'a [BookOrder], entry: &Match) -> Result<[&'a BookOrder; 2], Error> {
    match (book.get(entry.trade.ask as usize), book.get(entry.trade.bid as usize)) {
        (Some(ask), Some(bid)) => Ok([ask, bid]),
        _ => Err(ApiError::State("a trade names an order that is not in the book".into()).into()),
    }
}

fn trade_of(entry: &Match, [ask, bid]: [&BookOrder; 2]) -> Trade {
    let Match { trade, carried_wh } = entry;
    Trade {
        ask: trade.ask,
        bid: trade.bid,
        seller: ask.member.clone(),
        ask_number: ask.number,
        buyer: bid.member.clone(),
        bid_number: bid.number,
        sell_class: ask.class,
        buy_class: bid.class,
        ask_price: ask.price,
        bid_price: bid.price,
        matched_wh: trade.volume,
        volume_wh: *carried_wh,
        fee: trade.fee,
        seller_net: trade.seller_net,
        buyer_gross: trade.buyer_gross(),
        margin: trade.margin,
    }
}

fn firm_trade_of(entry: &Match, [ask, bid]: [&BookOrder; 2]) -> Result<FirmTrade, Error> {
    let Match { trade, carried_wh } = entry;
    Ok(FirmTrade {
        seller: ask.member.clone(),
        ask: ask.number,
        seller_point: ask.point,
        seller_class: class_of(ask)?,
        buyer: bid.member.clone(),
        bid: bid.number,
        buyer_point: bid.point,
        buyer_class: class_of(bid)?,
        volume: *carried_wh,
        fee: trade.fee,
        seller_net: trade.seller_net,
        margin: trade.margin,
    })
}

fn class_of(order: &BookOrder) -> Result<ClassIndex, Error> {
    let class = u8::try_from(order.class).map_err(|_| ApiError::State(format!("class {}", order.class)))?;
    Ok(ClassIndex(class))
}
