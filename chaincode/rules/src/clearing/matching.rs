//! Successive best re-pairing: how much of each order is matched, and how much between which classes.

use alloc::vec;
use alloc::vec::Vec;

use super::MatchedVolume;
use super::heads::{ByClasses, Heads};
use super::priority::{Queues, Ranked, Ranking};
use super::repairing::{CheapestPaths, fee_matrix};
use crate::fees::FeeTable;
use crate::limits::CLASSES_MAX;
use crate::order::ClassIndex;
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
    pub(super) fn new(queue: &'r [Ranked]) -> Self {
        Self { queue, used_up: 0, left: queue.first().map_or(0, |head| head.volume) }
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
    pub(super) fn take(&mut self, volume: WattHours) -> bool {
        self.left -= volume;
        if self.left > 0 {
            return false;
        }
        self.used_up += 1;
        self.left = self.head().map_or(0, |head| head.volume);
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
    fn of(progress: &Progress<'r>) -> Self {
        let head = progress.head();
        let part = head.map_or(0, |head| head.volume - progress.left);
        let filled = &progress.queue[..progress.used_up + usize::from(part > 0)];
        let last_fill = if part > 0 { part } else { filled.last().map_or(0, |last| last.volume) };
        Self { filled, last_fill, first_open: head }
    }

    /// The places of the matched orders, and what is matched of each.
    fn fills(&self) -> impl Iterator<Item = (u32, WattHours)> {
        let last = self.filled.len().wrapping_sub(1);
        let fill = move |(index, ranked): (usize, &Ranked)| {
            (ranked.place, if index == last { self.last_fill } else { ranked.volume })
        };
        self.filled.iter().enumerate().map(fill)
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
    /// Matches ranked orders.
    pub(super) fn of(ranking: &'r Ranking, fees: &FeeTable) -> Self {
        Self::with_fees(ranking, &fee_matrix(fees))
    }

    /// Matches ranked orders that are all of the first class, without fees.
    pub(super) fn without_fees(ranking: &'r Ranking) -> Self {
        let mut fees = [[None; CLASSES_MAX]; CLASSES_MAX];
        fees[0][0] = Some(0);
        Self::with_fees(ranking, &fees)
    }

    fn with_fees(ranking: &'r Ranking, fees: &ByClasses<Option<Price>>) -> Self {
        let start = |queues: &'r Queues| queues.by_class.each_ref().map(|queue| Progress::new(queue));
        let (mut sells, mut buys) = (start(&ranking.sell), start(&ranking.buy));
        let mut matched = [[0; CLASSES_MAX]; CLASSES_MAX];
        let mut paths = CheapestPaths::new(fees, &matched);
        let mut heads = Heads::new(keys(&sells), keys(&buys), paths.costs());

        while let Some((sell, buy)) = heads.best() {
            let Some(path) = paths.path(sell, buy) else { break };
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
            if sells[sell].take(volume) {
                heads.set_ask(sell, key(&sells[sell]));
            }
            if buys[buy].take(volume) {
                heads.set_bid(buy, key(&buys[buy]));
            }
            if support_changed {
                paths = CheapestPaths::new(fees, &matched);
                heads.set_costs(paths.costs());
            }
        }
        Self { matched, sells: sells.each_ref().map(Depth::of), buys: buys.each_ref().map(Depth::of) }
    }

    /// What is matched of each order, in the order of a book with so many orders.
    pub(super) fn fills(&self, orders: usize) -> Vec<WattHours> {
        let mut fills = vec![0; orders];
        for (place, fill) in self.sells.iter().chain(&self.buys).flat_map(Depth::fills) {
            fills[place as usize] = fill;
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
