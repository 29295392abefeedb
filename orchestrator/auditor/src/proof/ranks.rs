//! Price-time priority.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use fabric_msp::sha256;

use super::{Order, Side};

/// What a price counts in keys: more than any difference of ranks.
pub(super) const KEY_PER_PRICE: i128 = 1 << 21;

/// The orders of a book in priority.
pub(super) struct Ranking {
    /// Places of the asks in the book, best first.
    pub(super) asks: Vec<usize>,
    /// Places of the bids, best first.
    pub(super) bids: Vec<usize>,
    /// By place: price and rank in one number.
    pub(super) keys: Vec<i128>,
}

impl Ranking {
    pub(super) fn of(session: &str, book: &[Order]) -> Self {
        let lottery = Lottery::of(session, book);
        let mut ranking = Self { asks: Vec::new(), bids: Vec::new(), keys: vec![0; book.len()] };
        for (place, order) in book.iter().enumerate().filter(|(_, order)| order.volume > 0) {
            match order.side {
                Side::Sell => ranking.asks.push(place),
                Side::Buy => ranking.bids.push(place),
            }
        }
        let in_time = |place: usize| (book[place].time, lottery.ticket(place), tie_break(&book[place]));
        ranking.asks.sort_by_key(|place| (book[*place].price, in_time(*place)));
        ranking.bids.sort_by_key(|place| (Reverse(book[*place].price), in_time(*place)));
        for (rank, place) in (0..).zip(&ranking.asks) {
            ranking.keys[*place] = i128::from(book[*place].price) * KEY_PER_PRICE + rank;
        }
        for (rank, place) in (0..).zip(&ranking.bids) {
            ranking.keys[*place] = i128::from(book[*place].price) * KEY_PER_PRICE + KEY_PER_PRICE - 1 - rank;
        }
        ranking
    }

    /// Whether no order trades while an earlier one of its side and class has not traded in full.
    pub(super) fn keeps_priority(&self, book: &[Order], fills: &[u64]) -> bool {
        let mut waiting = BTreeMap::new();
        self.asks.iter().chain(&self.bids).all(|place| {
            let order = &book[*place];
            let waits = waiting.entry((order.side, order.class)).or_insert(false);
            let keeps = !*waits || fills[*place] == 0;
            *waits |= fills[*place] < order.volume;
            keeps
        })
    }
}

/// The lottery of a session: SHA-256("session|member"), the lower goes first.
pub(super) struct Lottery(Vec<[u8; 32]>);

impl Lottery {
    pub(super) fn of(session: &str, book: &[Order]) -> Self {
        let mut tickets = BTreeMap::new();
        let ticket = |order: &Order| {
            *tickets
                .entry(order.member.clone())
                .or_insert_with(|| sha256([session.as_bytes(), b"|", order.member.as_bytes()]))
        };
        Self(book.iter().map(ticket).collect())
    }

    /// The ticket of the member of the order at this place.
    pub(super) fn ticket(&self, place: usize) -> [u8; 32] {
        self.0[place]
    }
}

/// What decides among the orders of one member.
pub(super) fn tie_break(order: &Order) -> (u64, u32, u32) {
    (order.sequence, order.index, order.number)
}
