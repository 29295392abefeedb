//! Every attack of `gridbourse attack` is stopped on the market's network; where the contract's policy is weaker, the
//! same attack succeeds and the program says so.

use crate::program::{Network, contracts, gridbourse};
use serde_json::Value;
use std::process::Output;

fn attack(arguments: &[&str]) -> (i32, Value) {
    let Output { status, stdout, stderr } =
        gridbourse(&["attack", "--output", "json"]).args(arguments).output().unwrap();
    let document = serde_json::from_slice(&stdout);
    (status.code().unwrap(), document.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&stderr))))
}

fn verdicts(document: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    document.as_array().unwrap().iter().map(|one| (text(&one["attack"]), text(&one["verdict"]))).collect()
}

#[test]
fn every_attack_is_stopped() {
    let listed = gridbourse(&["attack", "--list"]).output().unwrap().stdout;
    for organization in ["regulator", "trading-centre", "dispatcher"] {
        let (code, document) = attack(&["--all", "--organization", organization]);
        assert_eq!(code, 0, "{document:#}");
        let verdicts = verdicts(&document);
        assert_eq!(verdicts.len(), String::from_utf8_lossy(&listed).lines().count());
        assert!(verdicts.iter().all(|(_, verdict)| verdict == "STOPPED"), "{document:#}");
    }
}

#[test]
fn every_attack_is_stopped_on_a_network_that_runs_by_the_clock() {
    let network = Network::start(&["--market"]);
    let ready = network.ready_file();
    let (code, document) = attack(&["--all", "--network", ready.to_str().unwrap()]);
    assert_eq!(code, 0, "{document:#}");
    assert!(verdicts(&document).iter().all(|(_, verdict)| verdict == "STOPPED"), "{document:#}");
}

#[test]
fn an_attack_that_a_weaker_policy_lets_through_is_reported() {
    let exchange = format!("exchange={}", contracts().join("exchange.wasm").display());
    let any = declaration::messages::ENDORSEMENT_POLICY;
    let network = Network::start(&["--market", "--contract", &exchange, "--policy", any]);
    let ready = network.ready_file();
    let attacks = ["forge-clearing", "forge-settlement", "delete-declaration"];
    let (code, document) = attack(&[&attacks[..], &["--network", ready.to_str().unwrap()]].concat());
    assert_eq!(code, 1, "{document:#}");
    let expected = [(attacks[0], "SUCCEEDED"), (attacks[1], "SUCCEEDED"), (attacks[2], "STOPPED")];
    let expected = expected.map(|(attack, verdict)| (attack.to_owned(), verdict.to_owned()));
    assert_eq!(verdicts(&document), expected, "bundles have key-level policies beside the chaincode's");
    let attempts = document[0]["attempts"].as_array().unwrap();
    let made_up = attempts.iter().find(|one| one["what"] == "a made-up result written by hand").unwrap();
    assert_eq!(made_up["verdict"], "SUCCEEDED");
}
