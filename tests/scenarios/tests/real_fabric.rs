//! Every scenario natively on the test ledger and as Wasm on a real Fabric network: each call has the same result, and
//! the contracts end in the same state. `cargo xtask test --only real-fabric` runs it where Fabric's programs are.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use fabric_network::ChaincodeAs;
use scenarios::assert_same;
use scenarios::fabric::Fabric;
use scenarios::scenarios::{ALL, CERTIFICATES, RIVALS, Scenario};

fn play(all: &[(&str, Scenario)], chaincode: ChaincodeAs) {
    let channels: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut fabric = Fabric::start(folder.path(), &channels, chaincode).unwrap();
    for (channel, scenario) in all {
        assert_same(*scenario, &mut fabric, channel);
    }
}

#[test]
#[ignore = "needs Fabric's programs"]
fn contracts_that_peers_launch_do_the_same_as_native_ones() {
    play(&[&ALL[..], &CERTIFICATES, &RIVALS].concat(), ChaincodeAs::Launched);
}

#[test]
#[ignore = "needs Fabric's programs"]
fn contracts_that_run_as_services_do_the_same_as_native_ones() {
    play(&[&ALL[..1], &RIVALS].concat(), ChaincodeAs::Service);
}
