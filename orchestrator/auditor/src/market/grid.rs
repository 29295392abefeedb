//! What a radial feeder carries, by the linearized DistFlow equations, in integers.
//!
//! The flow of a branch is the sum over the points below it, and the squared voltage falls along it by 2 (R P + X Q). With
//! resistances in µΩ, power in W (an hour's energy in Wh) and squared voltages in 10^-6 V² all terms are whole numbers.

use std::collections::BTreeMap;

use super::documents::Feeder;

/// One, in millionths.
const WHOLE_PPM: i128 = 1_000_000;

/// A feeder with what it carries.
pub(super) struct Grid {
    /// By connection point: its node. Nodes count from the source outwards.
    node_of_point: BTreeMap<u32, usize>,
    nodes: Vec<Node>,
    /// Squared voltages that are allowed.
    lowest: i128,
    highest: i128,
}

/// A node with the branch that feeds it. The source is its own parent.
struct Node {
    parent: usize,
    resistance: i128,
    reactance: i128,
    limit: i128,
    /// Active power that flows towards it.
    flow: i128,
    squared_voltage: i128,
}

impl Grid {
    /// None if the branches are not a tree from the source, a load is elsewhere, or the voltages are beyond all measure.
    pub(super) fn new(feeder: &Feeder) -> Option<Self> {
        let source_squared = i128::from(feeder.source_voltage_v).pow(2) * WHOLE_PPM;
        let bound = |ppm: u32| Some(source_squared.checked_mul(i128::from(ppm).pow(2))? / WHOLE_PPM.pow(2));
        let mut grid = Self {
            node_of_point: BTreeMap::from([(feeder.source_point, 0)]),
            nodes: vec![Node {
                parent: 0,
                resistance: 0,
                reactance: 0,
                limit: i128::from(u32::MAX),
                flow: 0,
                squared_voltage: source_squared,
            }],
            lowest: bound(feeder.lowest_voltage_ppm)?,
            highest: bound(feeder.highest_voltage_ppm)?,
        };
        grid.connect(feeder)?;
        let mut reactive = vec![0; grid.nodes.len()];
        for load in &feeder.loads {
            let node = grid.node(load.point)?;
            grid.nodes[node].flow -= i128::from(load.active_w.0);
            reactive[node] -= i128::from(load.reactive_var.0);
        }
        for node in (1..grid.nodes.len()).rev() {
            let Node { parent, flow, .. } = grid.nodes[node];
            grid.nodes[parent].flow += flow;
            reactive[parent] += reactive[node];
        }
        for (node, reactive) in reactive.iter().enumerate().skip(1) {
            let Node { parent, resistance, reactance, flow, .. } = grid.nodes[node];
            grid.nodes[node].squared_voltage =
                grid.nodes[parent].squared_voltage - 2 * (resistance * flow + reactance * reactive);
        }
        Some(grid)
    }

    /// Hangs all branches on the source, nearest first.
    fn connect(&mut self, feeder: &Feeder) -> Option<()> {
        let mut loose: Vec<_> = feeder.branches.iter().collect();
        let mut points = vec![feeder.source_point];
        let mut node = 0;
        while let Some(&point) = points.get(node) {
            let (found, rest): (Vec<_>, _) =
                loose.into_iter().partition(|branch| branch.from == point || branch.to == point);
            loose = rest;
            for branch in found {
                let other = if branch.from == point { branch.to } else { branch.from };
                if self.node_of_point.insert(other, points.len()).is_some() {
                    return None;
                }
                points.push(other);
                self.nodes.push(Node {
                    parent: node,
                    resistance: branch.resistance_uohm.into(),
                    reactance: branch.reactance_uohm.into(),
                    limit: branch.limit_w.into(),
                    flow: 0,
                    squared_voltage: 0,
                });
            }
            node += 1;
        }
        loose.is_empty().then_some(())
    }

    fn node(&self, point: u32) -> Option<usize> {
        self.node_of_point.get(&point).copied()
    }

    /// What each Wh from a seller's to a buyer's node changes per node: active flow, and squared voltage.
    fn effect(&self, seller: usize, buyer: usize) -> Vec<(i128, i128)> {
        let mut effect = vec![(0, 0); self.nodes.len()];
        for (mut node, step) in [(seller, -1), (buyer, 1)] {
            while node != 0 {
                effect[node].0 += step;
                node = self.nodes[node].parent;
            }
        }
        for node in 1..self.nodes.len() {
            let Node { parent, resistance, .. } = self.nodes[node];
            effect[node].1 = effect[parent].1 - 2 * resistance * effect[node].0;
        }
        effect
    }

    /// Carries a trade whatever the limits: one of an earlier round.
    pub(super) fn carry(&mut self, seller_point: u32, buyer_point: u32, volume: u64) {
        if let (Some(seller), Some(buyer)) = (self.node(seller_point), self.node(buyer_point)) {
            let effect = self.effect(seller, buyer);
            self.apply(&effect, volume);
        }
    }

    /// How much of a trade the feeder carries within its limits beside what it carries already, and carries that.
    pub(super) fn accept(&mut self, seller_point: u32, buyer_point: u32, volume: u64) -> u64 {
        let (Some(seller), Some(buyer)) = (self.node(seller_point), self.node(buyer_point)) else { return 0 };
        let effect = self.effect(seller, buyer);
        let room = self.nodes.iter().zip(&effect).map(|(node, (flow, voltage))| {
            let by_flow = room(node.flow, -node.limit, node.limit, *flow);
            by_flow.min(room(node.squared_voltage, self.lowest, self.highest, *voltage))
        });
        let room = room.min().unwrap_or(0);
        let accepted = u64::try_from(room).unwrap_or(u64::MAX).min(volume);
        self.apply(&effect, accepted);
        accepted
    }

    fn apply(&mut self, effect: &[(i128, i128)], volume: u64) {
        for (node, (flow, voltage)) in self.nodes.iter_mut().zip(effect) {
            node.flow += flow * i128::from(volume);
            node.squared_voltage += voltage * i128::from(volume);
        }
    }
}

/// How many steps a value can take before it leaves its bounds. One that is outside may still go back.
fn room(value: i128, low: i128, high: i128, step: i128) -> i128 {
    match step {
        0 => i128::MAX,
        1.. => (high - value).max(0) / step,
        _ => (value - low).max(0) / -step,
    }
}
