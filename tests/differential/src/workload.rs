//! Transactions from a seed.

use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Organizations whose peers endorse.
pub const ORGANIZATIONS: [&str; 3] = ["regulator", "trading-centre", "dispatcher"];
/// Their MSP ids.
pub const MSP_IDS: [&str; 3] = ["RegulatorMSP", "TradingCentreMSP", "DispatcherMSP"];
/// A chaincode that any of them may endorse for.
pub const OPEN: &str = "open";
/// A chaincode for which all of them must.
pub const STRICT: &str = "strict";
/// So few keys that transactions get in each other's way, and so many that most do not.
const KEYS: u32 = 24;

/// One transaction, the same on every network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The chaincode.
    pub chaincode: &'static str,
    /// A function of the recorder.
    pub function: &'static str,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Places in [`ORGANIZATIONS`] of those whose peers endorse, in order.
    pub endorsers: Vec<usize>,
    /// Place of the client's organization.
    pub client: usize,
    /// What is wrong with it.
    pub twist: Option<Twist>,
}

/// What can be wrong with a transaction, besides what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    /// The client's signature of the proposal is of something else.
    ProposalSignature,
    /// The client's signature of the transaction is of something else.
    EnvelopeSignature,
    /// The first endorsement's signature is of something else.
    EndorsementSignature,
    /// The first endorsement is there twice, in the place of all others.
    EndorsementTwice,
    /// A client endorses in the place of the first peer.
    ClientEndorses,
    /// It is handed over twice.
    Duplicate,
    /// It is handed over after those that are endorsed later.
    Late,
}

const TWISTS: [Twist; 9] = [
    Twist::ProposalSignature,
    Twist::EnvelopeSignature,
    Twist::EndorsementSignature,
    Twist::EndorsementTwice,
    Twist::ClientEndorses,
    Twist::Duplicate,
    Twist::Duplicate,
    Twist::Late,
    Twist::Late,
];

/// The transactions of a seed; fewer are the beginning of more.
#[must_use]
pub fn workload(seed: u64, count: usize) -> Vec<Planned> {
    let mut generator = Generator(ChaCha8Rng::seed_from_u64(seed));
    (0..count).map(|number| generator.transaction(number)).collect()
}

/// A transaction that changes nothing, to fill blocks.
#[must_use]
pub fn filler() -> Planned {
    Planned {
        chaincode: OPEN,
        function: "get",
        arguments: vec!["filler".to_owned()],
        endorsers: vec![0],
        client: 0,
        twist: None,
    }
}

struct Generator(ChaCha8Rng);

impl Generator {
    fn transaction(&mut self, number: usize) -> Planned {
        let chaincode = if self.0.random_ratio(1, 3) { STRICT } else { OPEN };
        let (function, arguments) = self.call(number);
        let mut endorsers = vec![0, 1, 2];
        endorsers.shuffle(&mut self.0);
        // Mostly as many as the policy wants.
        let enough = if chaincode == STRICT { 3 } else { 1 };
        let endorsers_count = if self.0.random_ratio(4, 5) { enough } else { self.0.random_range(1..=3) };
        endorsers.truncate(endorsers_count);
        let client = self.0.random_range(0..3);
        let twist = self.0.random_ratio(1, 5).then(|| *TWISTS.choose(&mut self.0).unwrap_or(&Twist::Late));
        Planned { chaincode, function, arguments, endorsers, client, twist }
    }

    fn call(&mut self, number: usize) -> (&'static str, Vec<String>) {
        let value = format!("v{number}");
        match self.0.random_range(0..36) {
            0..6 => ("put", vec![self.key(), value]),
            6 => ("get", vec![self.key()]),
            7..10 => ("create", vec![self.key(), value]),
            10..12 => ("del", vec![self.key()]),
            12 => ("putMany", vec![self.key(), self.0.random_range(1..4).to_string()]),
            13 => ("putManyBatched", vec!["many".to_owned(), self.0.random_range(1..80).to_string()]),
            14 => ("getMany", (0..3).map(|_| self.key()).collect()),
            15 => ("range", self.range()),
            // All keys of the namespace: more than are listed one by one in a read set.
            16 => ("range", vec![String::new(), String::new()]),
            17..20 => ("rangeThenPut", self.range().into_iter().chain([self.key()]).collect()),
            20 => ("rangeStopEarly", self.range()),
            21 => ("page", self.range().into_iter().chain(["3".to_owned(), String::new()]).collect()),
            22 => ("history", vec![self.key()]),
            23 => ("composite", vec![self.colour(), number.to_string()]),
            24 => ("partial", vec![self.colour()]),
            25..27 => ("event", vec![self.key(), value]),
            27 => ("endorsers", [self.key()].into_iter().chain(self.msp_ids()).collect()),
            28 => ("getEndorsers", vec![self.key()]),
            29..31 => ("putGuarded", [self.key(), value].into_iter().chain(self.msp_ids()).collect()),
            31..34 => ("call", self.nested(value)),
            34 => ("stamp", Vec::new()),
            _ => self.mistake(),
        }
    }

    /// A call of a chaincode by another, or by itself, on this channel.
    fn nested(&mut self, value: String) -> Vec<String> {
        let callee = if self.0.random() { OPEN } else { STRICT };
        let call = match self.0.random_range(0..3) {
            0 => vec!["get".to_owned(), self.key()],
            1 => vec!["create".to_owned(), self.key(), value],
            _ => vec!["event".to_owned(), self.key(), value],
        };
        [callee.to_owned(), String::new()].into_iter().chain(call).collect()
    }

    /// A call that fails in its own way.
    fn mistake(&mut self) -> (&'static str, Vec<String>) {
        let all = [
            ("nosuch", vec![]),
            ("panic", vec![]),
            ("put", vec!["onlykey".to_owned()]),
            ("put", vec![String::new(), "value".to_owned()]),
            ("random", vec![self.key()]),
            ("call", vec!["nosuch".to_owned(), String::new(), "get".to_owned(), self.key()]),
            ("composite", vec!["\u{0}".to_owned()]),
        ];
        all.choose(&mut self.0).cloned().unwrap_or(("nosuch", vec![]))
    }

    fn key(&mut self) -> String {
        format!("k{:02}", self.0.random_range(0..KEYS))
    }

    fn range(&mut self) -> Vec<String> {
        let start = self.0.random_range(0..KEYS);
        vec![format!("k{start:02}"), format!("k{:02}", start + 6)]
    }

    fn colour(&mut self) -> String {
        ["red", "green"].choose(&mut self.0).copied().unwrap_or("red").to_owned()
    }

    fn msp_ids(&mut self) -> Vec<String> {
        let count = self.0.random_range(1..=2);
        MSP_IDS.sample(&mut self.0, count).map(|name| (*name).to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_transactions_and_fewer_are_the_beginning_of_more() {
        assert_eq!(workload(1, 200)[..50], workload(1, 50));
        assert_ne!(workload(1, 50), workload(2, 50));
    }
}
