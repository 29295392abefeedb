//! Where processor time goes.

use super::node;
use fabric_network::{Part, Usage};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};

/// Processor time by what it was for, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Spent {
    pub(super) peers_us: f64,
    pub(super) orderers_us: f64,
    /// The contract's processes at all endorsers.
    pub(super) contract_us: f64,
    /// This program: the load and its clients.
    pub(super) client_us: f64,
}

impl Spent {
    /// Between two moments, with the time of this program.
    pub(super) fn between(
        before: &BTreeMap<i32, Usage>,
        after: &BTreeMap<i32, Usage>,
        chaincode: &str,
        client: Duration,
    ) -> Self {
        let mut spent = Self { client_us: microseconds(client), ..Self::default() };
        for (id, usage) in after {
            let earlier = before.get(id).map(|usage| usage.processor).unwrap_or_default();
            let time = microseconds(usage.processor.saturating_sub(earlier));
            match usage.part {
                Part::Peer => spent.peers_us += time,
                Part::Orderer => spent.orderers_us += time,
                Part::Launched | Part::Service if is_of(usage, chaincode) => spent.contract_us += time,
                Part::Launched | Part::Service => {}
            }
        }
        spent
    }

    /// For each of so many transactions.
    pub(super) fn per(self, transactions: u64) -> Self {
        let per = |time: f64| if transactions > 0 { time / transactions as f64 } else { 0.0 };
        Self {
            peers_us: per(self.peers_us),
            orderers_us: per(self.orderers_us),
            contract_us: per(self.contract_us),
            client_us: per(self.client_us),
        }
    }
}

/// The most memory that one of the contract's processes held at once, in bytes.
pub(super) fn contract_memory(usage: &BTreeMap<i32, Usage>, chaincode: &str) -> Option<u64> {
    let of_contract = usage.values().filter(|usage| is_of(usage, chaincode));
    of_contract.map(|usage| usage.memory_peak).max()
}

/// Whether a process is the contract's: peers launch only the Wasm contract here, and Node's is a service.
fn is_of(usage: &Usage, chaincode: &str) -> bool {
    match usage.part {
        Part::Launched => chaincode != node::CHAINCODE,
        Part::Service => chaincode == node::CHAINCODE,
        Part::Peer | Part::Orderer => false,
    }
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(part: Part, milliseconds: u64, memory_peak: u64) -> Usage {
        Usage { part, name: String::new(), processor: Duration::from_millis(milliseconds), memory_peak }
    }

    #[test]
    fn time_is_told_apart_by_what_it_was_for() {
        let before = BTreeMap::from([(1, usage(Part::Peer, 100, 0)), (3, usage(Part::Launched, 5, 10))]);
        let after = BTreeMap::from([
            (1, usage(Part::Peer, 130, 0)),
            (2, usage(Part::Orderer, 4, 0)),
            (3, usage(Part::Launched, 7, 30)),
            (4, usage(Part::Launched, 1, 40)),
            (5, usage(Part::Service, 9, 90)),
        ]);
        let spent = Spent::between(&before, &after, "benchmark", Duration::from_millis(6)).per(10);
        let expected = Spent { peers_us: 3_000.0, orderers_us: 400.0, contract_us: 300.0, client_us: 600.0 };
        assert_eq!(format!("{spent:?}"), format!("{expected:?}"));
        assert_eq!(contract_memory(&after, "benchmark"), Some(40));
        assert_eq!(contract_memory(&after, node::CHAINCODE), Some(90));
        let node = Spent::between(&before, &after, node::CHAINCODE, Duration::ZERO);
        assert!((node.contract_us - 9_000.0).abs() < 1e-6);
    }
}
