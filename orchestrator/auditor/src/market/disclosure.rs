//! What a cleared round discloses beside its trades: outcome, quotes, reasons, supporting prices.

use std::collections::BTreeSet;

use super::documents::{ClassPrice, Decimal, Outcome, ReferencePrices, ReferenceSource, SideName};
use super::pages::{BookOrder, Match, Reason};
use crate::proof::{Order, Proof, Side, Terms};

/// What the round came to, and the quotes that members see before the next one.
pub(super) fn judge(
    book: &[BookOrder],
    matches: &[Match],
    previous: Option<ReferencePrices>,
) -> (Outcome, ReferencePrices) {
    let price = |place: u32| book.get(place as usize).map(|entry| Decimal(entry.order.price));
    if let Some(Match { trade, .. }) = matches.iter().rfind(|entry| entry.carried > 0) {
        let (best_sell, best_buy) = (price(trade.ask), price(trade.bid));
        return (Outcome::Traded, ReferencePrices { best_sell, best_buy, source: ReferenceSource::LastTrade });
    }
    let prices = |side| book.iter().map(|entry| &entry.order).filter(move |order| order.side == side);
    let best_sell = prices(Side::Sell).map(|order| Decimal(order.price)).min();
    let best_buy = prices(Side::Buy).map(|order| Decimal(order.price)).max();
    let outcome = match (best_sell, best_buy) {
        _ if !matches.is_empty() => Outcome::NoTradeLeftAfterGridCheck,
        (Some(ask), Some(bid)) if bid < ask => Outcome::AllBidsBelowAllAsks,
        (Some(_), Some(_)) => Outcome::NoPairLeftAfterFees,
        _ => Outcome::OneSided,
    };
    let quotes = match previous {
        Some(quotes) if quotes.source != ReferenceSource::BestQuote => {
            ReferencePrices { source: ReferenceSource::Carried, ..quotes }
        }
        _ => ReferencePrices { best_sell, best_buy, source: ReferenceSource::BestQuote },
    };
    (outcome, quotes)
}

/// Writes into the book what each order trades, and why the rest of it does not.
pub(super) fn fill(book: &mut [BookOrder], matches: &[Match], proof: &Proof, terms: &Terms) {
    for Match { trade, carried } in matches {
        for place in [trade.ask, trade.bid] {
            if let Some(entry) = book.get_mut(place as usize) {
                entry.filled += carried;
            }
        }
    }
    let classes = |side| -> BTreeSet<usize> {
        book.iter().filter(|entry| entry.order.side == side).map(|entry| entry.order.class).collect()
    };
    let (sells, buys) = (classes(Side::Sell), classes(Side::Buy));
    let has_counterparty = |order: &Order| match order.side {
        Side::Sell => buys.iter().any(|buy| terms.fee(order.class, *buy).is_some()),
        Side::Buy => sells.iter().any(|sell| terms.fee(*sell, order.class).is_some()),
    };
    for (place, entry) in book.iter_mut().enumerate() {
        let matched = proof.fills.get(place).copied().unwrap_or(0);
        let reason = if entry.filled < matched {
            Some(Reason::Grid)
        } else if matched == entry.order.volume {
            None
        } else if !has_counterparty(&entry.order) {
            Some(Reason::NoCounterparty)
        } else if is_marginal(&entry.order, proof) {
            Some(Reason::AtMargin)
        } else if proof.reduction.given_up.contains(&place) {
            Some(Reason::Reduced)
        } else if proof.reduction.rationed.contains(&place) {
            Some(Reason::Rationed)
        } else {
            Some(Reason::OutOfMoney)
        };
        entry.remainder = reason.map_or(0, |reason| reason as u8);
    }
}

/// Whether the order's price is the only one that supports the result.
fn is_marginal(order: &Order, proof: &Proof) -> bool {
    let price = proof.class_prices.iter().find(|price| (price.side, price.class) == (order.side, order.class));
    price.is_some_and(|price| price.lowest == price.highest && price.lowest == order.price.into())
}

/// The supporting prices as they are disclosed.
pub(super) fn class_prices(proof: &Proof) -> Vec<ClassPrice> {
    let disclose = |price: &crate::proof::ClassPrice| ClassPrice {
        side: if price.side == Side::Sell { SideName::Sell } else { SideName::Buy },
        class: u32::try_from(price.class).unwrap_or(u32::MAX),
        lowest: Decimal(price.lowest),
        highest: Decimal(price.highest),
        chosen: Decimal(price.chosen),
    };
    proof.class_prices.iter().map(disclose).collect()
}
