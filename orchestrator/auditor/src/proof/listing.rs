//! The order of the trade list: while matched volume is left, the heads of the classes with the largest gain pair.

use std::cmp::Reverse;

use super::ranks::{KEY_PER_PRICE, Ranking};
use super::{Matched, Order, Terms, Trade};

/// The orders of one side, as a queue for each class.
struct Queues(Vec<std::vec::IntoIter<usize>>, Vec<Option<usize>>);

impl Queues {
    fn new(places: &[usize], classes: usize, book: &[Order], fills: &[u64]) -> Self {
        let mut queues = vec![Vec::new(); classes];
        for place in places.iter().filter(|place| fills[**place] > 0) {
            queues[book[*place].class].push(*place);
        }
        let mut queues: Vec<_> = queues.into_iter().map(Vec::into_iter).collect();
        let heads = queues.iter_mut().map(Iterator::next).collect();
        Self(queues, heads)
    }

    fn head(&self, class: usize) -> Option<usize> {
        self.1[class]
    }

    fn advance(&mut self, class: usize) {
        self.1[class] = self.0[class].next();
    }
}

/// Whether the trades are listed in this order, each with the volume that both heads and their classes have left.
pub(super) fn is_in_order(
    terms: &Terms,
    book: &[Order],
    trades: &[Trade],
    fills: &[u64],
    matched: &Matched,
    ranking: &Ranking,
) -> bool {
    let classes = terms.fees.len();
    let mut asks = Queues::new(&ranking.asks, classes, book, fills);
    let mut bids = Queues::new(&ranking.bids, classes, book, fills);
    let (mut left, mut matched) = (fills.to_vec(), matched.clone());
    trades.iter().all(|trade| {
        let pairs = matched.iter().filter(|(_, volume)| **volume > 0).filter_map(|(&(sell, buy), &volume)| {
            let (ask, bid, fee) = (asks.head(sell)?, bids.head(buy)?, terms.fee(sell, buy)?);
            let gain = ranking.keys[bid] - ranking.keys[ask] - i128::from(fee) * KEY_PER_PRICE;
            Some((Reverse(gain), ranking.keys[ask], Reverse(ranking.keys[bid]), (sell, buy), ask, bid, volume))
        });
        let Some((.., (sell, buy), ask, bid, volume)) = pairs.min() else { return false };
        let volume = volume.min(left[ask]).min(left[bid]);
        matched.entry((sell, buy)).and_modify(|matched| *matched -= volume);
        for (place, class, queues) in [(ask, sell, &mut asks), (bid, buy, &mut bids)] {
            left[place] -= volume;
            if left[place] == 0 {
                queues.advance(class);
            }
        }
        (ask, bid, volume) == (trade.ask as usize, trade.bid as usize, trade.volume)
    })
}
