//! Every scenario on the test ledger.

use scenarios::scenarios::{ALL, CERTIFICATES, START_NS};
use scenarios::{Market, TestLedger};

#[test]
fn every_scenario_runs_on_the_test_ledger() {
    let mut failed = Vec::new();
    for (name, scenario) in ALL.into_iter().chain(CERTIFICATES) {
        let mut ledger = TestLedger::new("market");
        if let Err(mismatch) = scenario(&mut Market::new(&mut ledger, "market", START_NS)) {
            failed.push(format!("{name}: {mismatch}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_scenario_gives_the_same_state_again() {
    for (name, scenario) in ALL.into_iter().chain(CERTIFICATES) {
        let run = || {
            let mut ledger = TestLedger::new("market");
            let mut market = Market::new(&mut ledger, "market", START_NS);
            scenario(&mut market).unwrap();
            (market.transcript().to_vec(), market.state())
        };
        assert!(run() == run(), "{name}");
    }
}
