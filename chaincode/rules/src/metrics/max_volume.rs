//! The largest volume that any pairing could trade without loss to anybody: a maximal flow.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

use crate::fees::FeeTable;
use crate::order::{Book, ClassIndex, Order, Side};
use crate::units::WattHours;

/// The largest volume that feasible pairs (bid - ask - fee >= 0) could trade, at whatever surplus, in Wh.
///
/// Off-chain: augmenting along shortest paths takes time that grows with the square of the orders and more.
#[must_use]
pub fn max_volume(book: &Book, fees: &FeeTable) -> WattHours {
    let orders = |side| book.orders.iter().filter(move |order| order.side == side && order.volume > 0);
    let mut network = Network::default();
    let (source, sink) = (network.add_node(), network.add_node());

    // An ask that can pair with a bid can pair with every better bid of the class: one step into a chain of rising bids
    // stands for an arc to each.
    let mut chains: Vec<(ClassIndex, Vec<(&Order, usize)>)> = Vec::new();
    for class in book.classes(Side::Buy) {
        let mut bids: Vec<&Order> = orders(Side::Buy).filter(|bid| bid.class == class).collect();
        bids.sort_unstable_by_key(|bid| bid.price);
        let mut chain: Vec<(&Order, usize)> = Vec::new();
        for bid in bids {
            let node = network.add_node();
            network.add_arc(node, sink, bid.volume);
            if let Some((_, lower)) = chain.last() {
                network.add_arc(*lower, node, WattHours::MAX >> 1);
            }
            chain.push((bid, node));
        }
        chains.push((class, chain));
    }
    for ask in orders(Side::Sell) {
        let node = network.add_node();
        network.add_arc(source, node, ask.volume);
        for (class, chain) in &chains {
            let Some(fee) = fees.fee(ask.class, *class) else { continue };
            let first = chain.partition_point(|(bid, _)| bid.price < ask.price + fee);
            if let Some((_, bid)) = chain.get(first) {
                network.add_arc(node, *bid, ask.volume);
            }
        }
    }
    network.max_flow(source, sink)
}

/// A flow network; arc 2k + 1 is the way back of arc 2k.
#[derive(Default)]
struct Network {
    arcs_from: Vec<Vec<usize>>,
    /// The node that each arc leads to, and what it can still take.
    arcs: Vec<(usize, WattHours)>,
}

impl Network {
    fn add_node(&mut self) -> usize {
        self.arcs_from.push(Vec::new());
        self.arcs_from.len() - 1
    }

    fn add_arc(&mut self, from: usize, to: usize, capacity: WattHours) {
        self.arcs_from[from].push(self.arcs.len());
        self.arcs.push((to, capacity));
        self.arcs_from[to].push(self.arcs.len());
        self.arcs.push((from, 0));
    }

    /// Edmonds and Karp: augments along a shortest path while there is one.
    fn max_flow(&mut self, source: usize, sink: usize) -> WattHours {
        let mut total = 0;
        while let Some(path) = self.shortest_path(source, sink) {
            let volume = path.iter().map(|&arc| self.arcs[arc].1).min().unwrap_or(0);
            for arc in path {
                self.arcs[arc].1 -= volume;
                self.arcs[arc ^ 1].1 += volume;
            }
            total += volume;
        }
        total
    }

    /// The arcs of a shortest path with room, from the sink back.
    fn shortest_path(&self, source: usize, sink: usize) -> Option<Vec<usize>> {
        let mut reached_by = vec![None; self.arcs_from.len()];
        let mut queue = VecDeque::from([source]);
        while let Some(node) = queue.pop_front() {
            for &arc in &self.arcs_from[node] {
                let (to, room) = self.arcs[arc];
                if room > 0 && to != source && reached_by[to].is_none() {
                    reached_by[to] = Some(arc);
                    queue.push_back(to);
                }
            }
        }
        let mut path = Vec::new();
        let mut node = sink;
        while node != source {
            let arc = reached_by[node]?;
            path.push(arc);
            node = self.arcs[arc ^ 1].0;
        }
        Some(path)
    }
}
