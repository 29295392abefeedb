//! Successive best re-pairing: how much of each order is matched, and how much between which classes.

use alloc::vec;
use alloc::vec::Vec;

use super::MatchedVolume;
use super::heads::{ByClasses, Heads};
use super::priority::{Queues, Ranked, Ranking};
use super::repairing::{Path, cheapest_paths, fee_matrix, support};
use crate::fees::FeeTable;
use crate::limits::CLASSES_MAX;
use crate::order::{Book, ClassIndex};
use crate::units::{Price, WattHours};

/// A class's queue, and how far it is used up. Orders fill in strict priority, so two numbers say it all.
#[derive(Debug)]
pub(super) struct Progress<'r> {
    queue: &'r [Ranked],
    /// Orders that are used up.
    used_up: usize,
    /// What is left of the next one.
    left: WattHours,
}

impl<'r> Progress<'r> {
    pub(super) fn new(queue: &'r [Ranked], volume_of: impl Fn(u32) -> WattHours) -> Self {
        Self { queue, used_up: 0, left: queue.first().map_or(0, |head| volume_of(head.place)) }
    }

    /// The order that is next.
    pub(super) fn head(&self) -> Option<Ranked> {
        self.queue.get(self.used_up).copied()
    }

    /// What is left of the head.
    pub(super) fn left(&self) -> WattHours {
        self.left
    }

    /// Takes `volume` from the head; true if that used it up.
    pub(super) fn take(&mut self, volume: WattHours, volume_of: impl Fn(u32) -> WattHours) -> bool {
        self.left -= volume;
        if self.left > 0 {
            return false;
        }
        self.used_up += 1;
        self.left = self.head().map_or(0, |head| volume_of(head.place));
        true
    }
}

/// How much of a class's queue is matched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth<'r> {
    /// The orders that are matched, the last of them perhaps in part.
    pub(super) filled: &'r [Ranked],
    /// What is matched of the last one.
    pub(super) last_fill: WattHours,
    /// The best order that is not matched in full.
    pub(super) first_open: Option<Ranked>,
}

impl<'r> Depth<'r> {
    fn of(progress: &Progress<'r>, book: &Book) -> Self {
        let volume = |ranked: Ranked| book.orders[ranked.place as usize].volume;
        let head = progress.head();
        let part = head.map_or(0, |head| volume(head) - progress.left);
        let filled = &progress.queue[..progress.used_up + usize::from(part > 0)];
        let last_fill = if part > 0 { part } else { filled.last().map_or(0, |last| volume(*last)) };
        Self { filled, last_fill, first_open: head }
    }

    /// What is matched of the order at a place in the queue.
    pub(super) fn fill(&self, index: usize, volume: WattHours) -> WattHours {
        if index + 1 == self.filled.len() { self.last_fill } else { volume }
    }
}

/// The optimal matching of a book.
#[derive(Debug)]
pub(super) struct Matching<'r> {
    /// Wh between sell and buy classes.
    pub(super) matched: ByClasses<WattHours>,
    pub(super) sells: [Depth<'r>; CLASSES_MAX],
    pub(super) buys: [Depth<'r>; CLASSES_MAX],
}

impl<'r> Matching<'r> {
    /// Matches the orders of `book`, whose ranking is given.
    pub(super) fn of(book: &Book, fees: &FeeTable, ranking: &'r Ranking) -> Self {
        Self::with_fees(book, &fee_matrix(fees), ranking)
    }

    /// Matches a book whose orders are all of the first class, without fees.
    pub(super) fn without_fees(book: &Book, ranking: &'r Ranking) -> Self {
        let mut fees = [[None; CLASSES_MAX]; CLASSES_MAX];
        fees[0][0] = Some(0);
        Self::with_fees(book, &fees, ranking)
    }

    fn with_fees(book: &Book, fees: &ByClasses<Option<Price>>, ranking: &'r Ranking) -> Self {
        let volume_of = |place: u32| book.orders[place as usize].volume;
        let start = |queues: &'r Queues| queues.by_class.each_ref().map(|queue| Progress::new(queue, volume_of));
        let (mut sells, mut buys) = (start(&ranking.sell), start(&ranking.buy));
        let mut matched = [[0; CLASSES_MAX]; CLASSES_MAX];
        let mut paths = cheapest_paths(fees, &[0; CLASSES_MAX]);
        let mut heads = Heads::new(keys(&sells), keys(&buys), &costs(&paths));

        while let Some((sell, buy)) = heads.best() {
            let Some(path) = paths[sell][buy] else { break };
            let volume = path
                .backward()
                .map(|(from, to)| matched[from][to])
                .fold(sells[sell].left().min(buys[buy].left()), WattHours::min);
            let mut support_changed = false;
            for (from, to) in path.forward() {
                support_changed |= matched[from][to] == 0;
                matched[from][to] += volume;
            }
            for (from, to) in path.backward() {
                matched[from][to] -= volume;
                support_changed |= matched[from][to] == 0;
            }
            if sells[sell].take(volume, volume_of) {
                heads.set_ask(sell, key(&sells[sell]));
            }
            if buys[buy].take(volume, volume_of) {
                heads.set_bid(buy, key(&buys[buy]));
            }
            if support_changed {
                paths = cheapest_paths(fees, &support(&matched));
                heads.set_costs(&costs(&paths));
            }
        }
        let depths = |side: &[Progress<'r>; CLASSES_MAX]| side.each_ref().map(|progress| Depth::of(progress, book));
        Self { matched, sells: depths(&sells), buys: depths(&buys) }
    }

    /// What is matched of each order, in the order of the book.
    pub(super) fn fills(&self, book: &Book) -> Vec<WattHours> {
        let mut fills = vec![0; book.orders.len()];
        for depth in self.sells.iter().chain(&self.buys) {
            for (index, ranked) in depth.filled.iter().enumerate() {
                let place = ranked.place as usize;
                fills[place] = depth.fill(index, book.orders[place].volume);
            }
        }
        fills
    }

    /// The volumes between classes that are not zero.
    pub(super) fn matched_volumes(&self) -> Vec<MatchedVolume> {
        let mut volumes = Vec::new();
        for (sell, row) in (0..).zip(&self.matched) {
            for (buy, &volume) in (0..).zip(row).filter(|(_, volume)| **volume > 0) {
                volumes.push(MatchedVolume { sell: ClassIndex(sell), buy: ClassIndex(buy), volume });
            }
        }
        volumes
    }
}

/// The key of the head, if there is one.
pub(super) fn key(progress: &Progress<'_>) -> Option<i64> {
    progress.head().map(|head| head.key)
}

/// The keys of all heads.
pub(super) fn keys(side: &[Progress<'_>; CLASSES_MAX]) -> [Option<i64>; CLASSES_MAX] {
    side.each_ref().map(key)
}

fn costs(paths: &ByClasses<Option<Path>>) -> ByClasses<Option<Price>> {
    paths.map(|row| row.map(|path| path.map(|path| path.cost)))
}
