//! Power flow of a radial feeder, in integers.
//!
//! The flow of a branch is the sum over the points below it. Voltages follow the linearized DistFlow equations (M. E. Baran
//! and F. F. Wu, "Optimal sizing of capacitors placed on a radial distribution system", IEEE Transactions on Power Delivery
//! 4(1), 1989), without losses: `U_i = U_parent - 2 (R P + X Q)`, U the squared voltage. With resistances in µΩ, power in W
//! and U in 10^-6 V² every term is a whole number, and the result is exact.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

/// A line or transformer between two connection points. Impedances are those seen at the feeder's one nominal voltage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Branch {
    /// One end.
    pub from: u32,
    /// The other end.
    pub to: u32,
    /// Resistance, µΩ.
    pub resistance_uohm: u32,
    /// Reactance, µΩ.
    pub reactance_uohm: u32,
    /// The largest active power either way, W.
    pub limit_w: u32,
}

/// What a connection point injects (positive) or withdraws (negative).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Load {
    /// The connection point.
    pub point: u32,
    /// Active power, W. The energy of an hour in Wh is its mean power in W.
    pub active_w: i64,
    /// Reactive power, var.
    pub reactive_var: i64,
}

/// Why branches are not a radial feeder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeederError {
    /// The branches close a loop.
    #[error("FEEDER_LOOP: the branch between {from} and {to} closes a loop")]
    Loop {
        /// One end of the branch.
        from: u32,
        /// The other end.
        to: u32,
    },
    /// A branch is not connected to the source.
    #[error("FEEDER_DISCONNECTED: the branch between {from} and {to} is not connected to the source")]
    Disconnected {
        /// One end of the branch.
        from: u32,
        /// The other end.
        to: u32,
    },
    /// A load is at a point that the feeder does not have.
    #[error("FEEDER_UNKNOWN_POINT: {0}")]
    UnknownPoint(u32),
}

impl FeederError {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Loop { .. } => "FEEDER_LOOP",
            Self::Disconnected { .. } => "FEEDER_DISCONNECTED",
            Self::UnknownPoint(_) => "FEEDER_UNKNOWN_POINT",
        }
    }
}

/// A radial feeder. Its nodes are numbered from the source outwards, so that a node's parent has a lower number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feeder {
    source_voltage_v: u32,
    node_of_point: BTreeMap<u32, usize>,
    /// Per node: its parent, and the branch between them. The source is its own parent.
    parents: Vec<(usize, Branch)>,
}

/// The state of a feeder, per node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flows {
    /// Active power that flows from the parent towards the node, W.
    pub(super) active_w: Vec<i64>,
    /// Squared voltage, 10^-6 V².
    pub(super) squared_voltage: Vec<i128>,
}

impl Feeder {
    /// A feeder from its source (a connection point with this voltage between phases, V) and branches in any order.
    ///
    /// # Errors
    /// The branches are not radial: see [`FeederError`].
    pub fn new(source: u32, source_voltage_v: u32, branches: &[Branch]) -> Result<Self, FeederError> {
        let itself = Branch { from: source, to: source, resistance_uohm: 0, reactance_uohm: 0, limit_w: u32::MAX };
        let mut feeder = Self { source_voltage_v, node_of_point: BTreeMap::new(), parents: vec![(0, itself)] };
        feeder.node_of_point.insert(source, 0);
        let mut points = vec![source];
        let mut used = vec![false; branches.len()];
        let mut node = 0;
        while let Some(&point) = points.get(node) {
            for (branch, used) in branches.iter().zip(&mut used).filter(|(_, used)| !**used) {
                let other = if branch.from == point {
                    branch.to
                } else if branch.to == point {
                    branch.from
                } else {
                    continue;
                };
                *used = true;
                if feeder.node_of_point.insert(other, points.len()).is_some() {
                    return Err(FeederError::Loop { from: branch.from, to: branch.to });
                }
                feeder.parents.push((node, *branch));
                points.push(other);
            }
            node += 1;
        }
        match branches.iter().zip(used).find(|(_, used)| !used) {
            Some((branch, _)) => Err(FeederError::Disconnected { from: branch.from, to: branch.to }),
            None => Ok(feeder),
        }
    }

    /// The flows and voltages under these loads. Several loads at one point add up.
    ///
    /// # Errors
    /// [`FeederError::UnknownPoint`].
    pub fn flows(&self, loads: &[Load]) -> Result<Flows, FeederError> {
        let nodes = self.parents.len();
        let (mut active_w, mut reactive_var) = (vec![0; nodes], vec![0; nodes]);
        for load in loads {
            let node = self.node(load.point).ok_or(FeederError::UnknownPoint(load.point))?;
            active_w[node] -= load.active_w;
            reactive_var[node] -= load.reactive_var;
        }
        for node in (1..nodes).rev() {
            let (parent, _) = self.parents[node];
            active_w[parent] += active_w[node];
            reactive_var[parent] += reactive_var[node];
        }
        let mut squared_voltage = vec![self.squared_source_voltage(); nodes];
        for node in 1..nodes {
            let (parent, branch) = self.parents[node];
            let drop = i128::from(branch.resistance_uohm) * i128::from(active_w[node])
                + i128::from(branch.reactance_uohm) * i128::from(reactive_var[node]);
            squared_voltage[node] = squared_voltage[parent] - 2 * drop;
        }
        Ok(Flows { active_w, squared_voltage })
    }

    /// The squared voltage at the source, 10^-6 V².
    #[must_use]
    pub fn squared_source_voltage(&self) -> i128 {
        i128::from(self.source_voltage_v).pow(2) * 1_000_000
    }

    /// Active power that flows towards a point over its branch from the source's side, W; at the source, what the feeder
    /// takes from the grid above.
    #[must_use]
    pub fn active_power(&self, flows: &Flows, point: u32) -> Option<i64> {
        flows.active_w.get(self.node(point)?).copied()
    }

    /// The branch that connects a point to the source's side; none at the source.
    #[must_use]
    pub fn branch_to(&self, point: u32) -> Option<&Branch> {
        let node = self.node(point).filter(|node| *node != 0)?;
        self.parents.get(node).map(|(_, branch)| branch)
    }

    /// The squared voltage at a point, 10^-6 V².
    #[must_use]
    pub fn squared_voltage(&self, flows: &Flows, point: u32) -> Option<i128> {
        flows.squared_voltage.get(self.node(point)?).copied()
    }

    /// All connection points, the source among them.
    pub fn points(&self) -> impl Iterator<Item = u32> {
        self.node_of_point.keys().copied()
    }

    pub(super) fn node(&self, point: u32) -> Option<usize> {
        self.node_of_point.get(&point).copied()
    }

    pub(super) fn parents(&self) -> &[(usize, Branch)] {
        &self.parents
    }
}
