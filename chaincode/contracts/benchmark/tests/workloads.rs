//! The workloads on the test ledger.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use benchmark::{CHAINCODE, Cleared, Scan};
use fabric_contract_api::testing::{Client, Ledger, Policy, SubmitError};
use fabric_contract_api::{Bytes, args, from_json};
use rules::clearing::{PricingRule, Share};
use rules::generator;

struct Network {
    ledger: Ledger,
    client: Client,
}

impl Network {
    fn new() -> Self {
        let mut ledger = Ledger::new("market");
        ledger.deploy("benchmark", CHAINCODE, Policy::any_of(["Org1MSP"]));
        Self { ledger, client: Client::new("Org1MSP", "load") }
    }

    fn submit(&mut self, function: &str, arguments: Vec<Vec<u8>>) -> Result<Vec<u8>, SubmitError> {
        let committed = self.ledger.submit(self.client.propose("benchmark", function, arguments))?;
        Ok(committed.payload)
    }

    fn code(&mut self, function: &str, arguments: Vec<Vec<u8>>) -> String {
        self.submit(function, arguments).unwrap_err().code().to_owned()
    }
}

#[test]
fn keys_are_created_read_updated_and_deleted() {
    let mut network = Network::new();
    let value = |text: &str| Bytes(text.as_bytes().to_vec());
    assert_eq!(network.code("update", args!["a", value("x")]), "MISSING");
    assert_eq!(network.submit("create", args!["a", value("x")]), Ok(Vec::new()));
    assert_eq!(network.code("create", args!["a", value("y")]), "EXISTS");
    network.submit("update", args!["a", value("y")]).unwrap();
    assert_eq!(from_json(&network.submit("read", args!["a"]).unwrap()), Ok(value("y")));
    network.submit("put", args!["a", value("z")]).unwrap();
    assert_eq!(network.ledger.get("benchmark", "a"), Some(&b"z"[..]));
    network.submit("delete", args!["a"]).unwrap();
    assert_eq!(network.code("read", args!["a"]), "MISSING");
    network.submit("empty", args![]).unwrap();
    network.submit("empty_query", args![]).unwrap();
    assert_eq!(network.ledger.state().count(), 0);
}

#[test]
fn many_keys_are_written_and_scanned() {
    let mut network = Network::new();
    network.submit("write_many", args!["k", 2_345_u32, 30_u32]).unwrap();
    assert_eq!(network.ledger.get("benchmark", "k00002344"), Some(&b"abcdefghijklmnopqrstuvwxyzabcd"[..]));
    let scan = network.submit("range", args!["k00000100", "k00000350"]).unwrap();
    assert_eq!(from_json(&scan), Ok(Scan { keys: 250, value_bytes: 7_500 }));
    let scan = network.submit("range", args!["", ""]).unwrap();
    assert_eq!(from_json(&scan), Ok(Scan { keys: 2_345, value_bytes: 70_350 }));
    assert_eq!(network.code("write_many", args!["k", 1_u32, 0_u32]), "TOO_MUCH");
    assert_eq!(network.code("write_many", args!["k", 100_001_u32, 1_u32]), "TOO_MUCH");
}

#[test]
fn the_contract_clears_as_the_rules_do() {
    let (book, fees) = generator::generate(1_000, 12, 1);
    let clearing = rules::clearing::clear(&book, &fees, PricingRule::KDoubleAuction(Share::HALF)).unwrap();
    let cleared = Network::new().submit("clear", args![1_000_u32, 12_u32, 1_u64]).unwrap();
    let cleared: Cleared = from_json(&cleared).unwrap();
    assert_eq!(cleared.trades as usize, clearing.trades.len());
    assert_eq!(cleared.trades_digest, hex::encode(generator::trades_digest(&clearing.trades)));
    assert!(cleared.trades > 100);
}
