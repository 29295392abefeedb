//! The clearing of a round: the book made again, the trades proven, everything that follows from them worked out.

use fabric_msp::sha256;

use super::disclosure::{class_prices, fill, judge};
use super::documents::{
    Decimal, EndReason, Lapsed, LeftOut, Outcome, ReferencePrices, RoundCleared, RoundResult, SessionPhase,
};
use super::feeders;
use super::keys::{Key, hex32};
use super::pages::{
    BOOK_PAGE_ORDERS, BookOrder, Match, TRADE_PAGE_ENTRIES, decode_matches, decode_seal, encode_book, encode_matches,
};
use super::policy::CONSENSUS;
use super::replay::{Replayed, book, replay};
use super::rounds::firm_trades;
use super::session::Session;
use super::sessions::seal_key;
use super::signatures::Signatures;
use super::step::{Checked, Expected, Step, Wrong, require};
use crate::finding::{Code, Findings};
use crate::proof::{self, Order, Proof, Side, Trade};
use crate::report::MarketSummary;

/// What was cleared of a round that has a book.
struct Cleared {
    book: Vec<BookOrder>,
    matches: Vec<Match>,
    proof: Proof,
    outcome: Outcome,
    quotes: ReferencePrices,
}

pub(super) fn clear(
    step: &Step<'_>,
    signatures: &mut Signatures,
    summary: &mut MarketSummary,
    findings: &mut Findings,
) -> Checked<Expected> {
    step.require_caller(&CONSENSUS)?;
    let mut session = Session::of(step)?;
    session.require_phase(SessionPhase::Sealed, "NOT_SEALED")?;
    require(step.now() >= session.progress.window_end_ns.0, "WINDOW_NOT_OVER")?;
    require(step.now() < session.deadline(), "DEADLINE_OVER")?;
    let round = session.progress.round;
    let sealed = step.bytes(&seal_key(&session)).map(decode_seal);
    let Some(Ok(sealed)) = sealed else {
        return Err(Wrong::new(Code::UnknownState, format!("there is no seal of round {round}")));
    };
    let replayed = replay(step, &mut session, &sealed, signatures)?;
    require(replayed.orders_most <= session.parameters().bounds.orders_max as usize, "ROUND_TOO_LARGE")?;
    compare_left_out(step, &session, &replayed, findings);

    let cleared = if round > 1 && replayed.counted == 0 {
        session.end(EndReason::NoContinuation);
        None
    } else {
        let cleared = check_trades(step, &session, findings)?;
        take_fills(&mut session, &cleared.book);
        session.progress.cleared.push(round);
        session.progress.reference = Some(cleared.quotes);
        go_on(&mut session, step.now(), cleared.outcome);
        Some(cleared)
    };

    let mut expected = Expected::default();
    session.expect(step, &mut expected)?;
    session.expect_positions(step, &mut expected);
    let result = disclose(step, &session, round, sealed.len(), replayed, cleared.as_ref(), &mut expected);
    summary.rounds += 1;
    summary.trades += u64::from(result.trades);
    summary.volume_wh = summary.volume_wh.saturating_add(result.volume_wh.0);
    expected.event("round_cleared", &event(&session, &result));
    Ok(expected)
}

/// Names the bundles and resting orders that were treated otherwise: whose they are says more than two books that differ.
fn compare_left_out(step: &Step<'_>, session: &Session, replayed: &Replayed, findings: &mut Findings) {
    let key = Key::exchange("result", &[session.name(), &hex32(session.progress.round)]);
    let written = step.writes.get(&key).copied().flatten();
    let Some(Ok(written)) = written.map(serde_json::from_slice::<RoundResult>) else { return };
    let show = |bundle: &LeftOut| format!("{} {} {}", bundle.member, bundle.sequence, bundle.code);
    for bundle in written.left_out.iter().filter(|bundle| !replayed.left_out.contains(bundle)) {
        findings.add(Code::LeftOut, format!("{} is left out, it should not", show(bundle)));
    }
    for bundle in replayed.left_out.iter().filter(|bundle| !written.left_out.contains(bundle)) {
        findings.add(Code::LeftOut, format!("{} is not left out", show(bundle)));
    }
    if written.lapsed != replayed.lapsed {
        let names = |lapsed: &[Lapsed]| lapsed.iter().map(|one| one.member.clone()).collect::<Vec<_>>().join(", ");
        let (written, expected) = (names(&written.lapsed), names(&replayed.lapsed));
        findings.add(Code::Lapsed, format!("the orders of [{written}] lapsed, it should be [{expected}]"));
    }
}

/// Proves the trades that were written against the book as it must be, and checks what the grid carries of them.
fn check_trades(step: &Step<'_>, session: &Session, findings: &mut Findings) -> Checked<Cleared> {
    let mut book = book(&session.standings);
    let matches = written_matches(step, session)?;
    let terms = session.terms();
    let orders: Vec<Order> = book.iter().map(|entry| entry.order.clone()).collect();
    let trades: Vec<Trade> = matches.iter().map(|entry| entry.trade).collect();
    let proof = proof::check(&terms, &orders, &trades);
    let mut violations = proof.violations.iter().copied();
    if let Some(first) = violations.next() {
        for code in violations {
            findings.add(code, describe(session));
        }
        return Err(Wrong::new(first, describe(session)));
    }
    check_grid(step, session, &book, &matches)?;
    fill(&mut book, &matches, &proof, &terms);
    let (outcome, quotes) = judge(&book, &matches, session.progress.reference);
    Ok(Cleared { book, matches, proof, outcome, quotes })
}

fn describe(session: &Session) -> String {
    format!("the clearing of session {} round {}", session.name(), session.progress.round)
}

/// The trade list that the transaction wrote.
fn written_matches(step: &Step<'_>, session: &Session) -> Checked<Vec<Match>> {
    let mut matches = Vec::new();
    for page in 0.. {
        let key = Key::page("trades", session.name(), session.progress.round, page);
        let Some(Some(bytes)) = step.writes.get(&key) else { break };
        let page = decode_matches(bytes);
        matches.extend(page.map_err(|_| Wrong::new(Code::WrongWrite, format!("{key} is no page of trades")))?);
    }
    Ok(matches)
}

/// One pass over the list: each trade is carried as far as the feeder's limits allow, beside those of earlier rounds.
fn check_grid(step: &Step<'_>, session: &Session, book: &[BookOrder], matches: &[Match]) -> Checked<()> {
    let feeder = session.parameters().feeder.as_deref();
    let mut grid = feeders::grid(step, feeder, session.frozen.feeder_version)?;
    if let Some(grid) = &mut grid {
        for trade in firm_trades(step, session)? {
            grid.carry(trade.seller_point, trade.buyer_point, trade.volume);
        }
    }
    for (place, Match { trade, carried }) in matches.iter().enumerate() {
        let (seller, buyer) = (book[trade.ask as usize].point, book[trade.bid as usize].point);
        let accepted = grid.as_mut().map_or(trade.volume, |grid| grid.accept(seller, buyer, trade.volume));
        if accepted != *carried {
            let message = format!("the grid carries {accepted} Wh of trade {place}, {carried} Wh are written");
            return Err(Wrong::new(Code::GridCheck, message));
        }
    }
    Ok(())
}

/// Takes what is traded from the open orders, which the book lists in the same order.
fn take_fills(session: &mut Session, book: &[BookOrder]) {
    let mut filled = book.iter().map(|entry| entry.filled);
    for standing in session.standings.values_mut() {
        for open in &mut standing.open {
            let volume = filled.next().unwrap_or(0);
            open.order.volume = open.order.volume.saturating_sub(volume);
            match open.order.side {
                Side::Sell => standing.sold = standing.sold.saturating_add(volume),
                Side::Buy => standing.bought = standing.bought.saturating_add(volume),
            }
        }
        standing.open.retain(|open| open.order.volume > 0);
    }
}

/// Opens the next round or ends the session.
fn go_on(session: &mut Session, now: u64, outcome: Outcome) {
    let has_open =
        |side| session.standings.values().flat_map(|standing| &standing.open).any(|open| open.order.side == side);
    match outcome {
        Outcome::Traded if !has_open(Side::Sell) || !has_open(Side::Buy) => return session.end(EndReason::Exhausted),
        Outcome::Traded | Outcome::OneSided => {}
        _ => session.close_orders(),
    }
    if !session.open_round(session.progress.round.saturating_add(1), now) {
        session.end(EndReason::Time);
    }
}

/// Expects result, book and trade list; returns the result.
fn disclose(
    step: &Step<'_>,
    session: &Session,
    round: u32,
    bundles: usize,
    replayed: Replayed,
    cleared: Option<&Cleared>,
    expected: &mut Expected,
) -> RoundResult {
    let (book, matches) = cleared.map_or((&[][..], &[][..]), |cleared| (&cleared.book, &cleared.matches));
    let book_pages: Vec<_> = book.chunks(BOOK_PAGE_ORDERS).map(encode_book).collect();
    let trade_pages: Vec<_> = matches.chunks(TRADE_PAGE_ENTRIES).map(encode_matches).collect();
    let carried = || matches.iter().filter(|entry| entry.carried > 0);
    let sum = |price: fn(&Trade) -> i64| {
        let amounts = carried().map(|entry| i128::from(price(&entry.trade)) * i128::from(entry.carried));
        Decimal(amounts.fold(0, i128::saturating_add))
    };
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let result = RoundResult {
        session: session.name().to_owned(),
        round,
        cleared_ns: Decimal(step.now()),
        outcome: cleared.map_or(Outcome::NoContinuation, |cleared| cleared.outcome),
        reference: session.progress.reference,
        class_prices: cleared.map(|cleared| class_prices(&cleared.proof)).unwrap_or_default(),
        bundles: count(bundles),
        left_out: replayed.left_out,
        lapsed: replayed.lapsed,
        orders: count(book.len()),
        matches: count(matches.len()),
        trades: count(carried().count()),
        book_pages: count(book_pages.len()),
        trade_pages: count(trade_pages.len()),
        trades_digest: hex::encode(sha256(trade_pages.iter().map(Vec::as_slice))),
        volume_wh: Decimal(carried().map(|entry| entry.carried).sum()),
        fees: sum(|trade| trade.fee),
        margins: sum(|trade| trade.margin),
        end_reason: session.progress.end_reason,
        next_round: (session.progress.phase == SessionPhase::Open).then_some(session.progress.round),
    };
    for (place, page) in (0..).zip(book_pages) {
        expected.bytes(Code::Book, Key::page("book", session.name(), round, place), page);
    }
    for (place, page) in (0..).zip(trade_pages) {
        expected.bytes(Code::WrongWrite, Key::page("trades", session.name(), round, place), page);
    }
    expected.document(Code::RoundResult, Key::exchange("result", &[session.name(), &hex32(round)]), &result);
    result
}

fn event(session: &Session, result: &RoundResult) -> RoundCleared {
    RoundCleared {
        session: result.session.clone(),
        round: result.round,
        outcome: result.outcome,
        reference: result.reference,
        trades: result.trades,
        volume_wh: result.volume_wh,
        left_out: u32::try_from(result.left_out.len()).unwrap_or(u32::MAX),
        end_reason: result.end_reason,
        next: result.next_round.map(|_| session.round_opened()),
    }
}
