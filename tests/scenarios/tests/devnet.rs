//! Every scenario natively on the test ledger and as Wasm on the embedded network: each call has the same result, and
//! the contracts end in the same state.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the best answer")]

use fabric_contract_api::args;
use scenarios::embedded::Embedded;
use scenarios::scenarios::{ALL, CERTIFICATES, START_NS, Scenario};
use scenarios::{
    MWH, Market, Mismatch, Network, Organization, Participant, Play, StateEntry, Step, TestLedger, buy, expect,
    parameters, sell,
};

/// All calls with their results, and the final state.
fn play(scenario: Scenario, network: &mut dyn Network, channel: &str) -> (Vec<Step>, Vec<StateEntry>) {
    let mut market = Market::new(network, channel, START_NS);
    scenario(&mut market).unwrap_or_else(|mismatch| panic!("{channel}: {mismatch}"));
    (market.transcript().to_vec(), market.state())
}

fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn native_contracts_and_wasm_contracts_do_the_same() {
    let all = [&ALL[..], &CERTIFICATES, &[("racing", racing), ("protection", protection)]].concat();
    let channels: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut embedded = Embedded::start(&channels, folder.path());
    for (channel, scenario) in all {
        let (native_steps, native_state) = play(scenario, &mut TestLedger::new(channel), channel);
        let (wasm_steps, wasm_state) = play(scenario, &mut embedded, channel);
        assert!(!native_steps.is_empty() && !native_state.is_empty(), "{channel} does something");
        for (native, wasm) in native_steps.iter().zip(&wasm_steps) {
            assert_eq!(native.call, wasm.call, "{channel}");
            let [native_result, wasm_result] = [native, wasm].map(|step| step.result.as_ref().map(|it| as_text(it)));
            assert_eq!(native_result, wasm_result, "{channel}: {}", native.call.function);
        }
        assert_eq!(native_steps.len(), wasm_steps.len(), "{channel}");
        for (native, wasm) in native_state.iter().zip(&wasm_state) {
            assert_eq!((&native.chaincode, &native.key), (&wasm.chaincode, &wasm.key), "{channel}");
            assert_eq!(as_text(&native.value), as_text(&wasm.value), "{channel}: {:?}", native.key);
            assert_eq!(native.value, wasm.value, "{channel}: {:?}", native.key);
        }
        assert_eq!(native_state.len(), wasm_state.len(), "{channel}");
    }
}

/// Clients that were endorsed on the same state: the first wins, the others are invalid.
fn racing(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let members = [Participant::new("wind", 11, 0), Participant::new("mill", 21, 0)];
    let mut play = Play::open(market, &members, 10 * MWH, &parameters("s09", START_NS))?;
    play.at(14, 59);
    play.declare("wind", 1, 1, &[sell(1, 30_000, MWH)])?;
    let late = play.market.bundle("mill", "s09", 1, 1, &[buy(1, 40_000, MWH)])?;
    let late = play.market.declaration_of(&late)?;
    play.at(15, 0);
    let seal = play.market.call(Organization::TradingCentre, "exchange", "seal", args!["s09"]);
    let again = play.market.call(Organization::Dispatcher, "exchange", "seal", args!["s09"]);
    let results = play.market.submit_together(vec![seal, again.clone(), late]);
    let code = |result: &Result<Vec<u8>, scenarios::Failure>| {
        result.as_ref().err().map_or("VALID", scenarios::Failure::code).to_owned()
    };
    let codes: Vec<_> = results.iter().map(code).collect();
    let conflict = "MVCC_READ_CONFLICT".to_owned();
    expect("a race for the seal", codes, vec!["VALID".to_owned(), conflict.clone(), conflict])?;
    expect("a seal of the new state", code(&play.market.submit(again)), "NOT_OPEN".to_owned())
}

/// One organization writes what only three may.
fn protection(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let members = [Participant::new("wind", 11, 0)];
    let mut play = Play::open(market, &members, 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, MWH)])?;
    let declared = scenarios::bundle_key("s09", 1, "wind", 1)?;
    let free = scenarios::bundle_key("s09", 1, "wind", 2)?;
    // The policy of no organization at all: whoever writes the key next needs somebody that there is not.
    let nobody = fabric_contract_api::EndorsementPolicy::all_of(["NobodyMSP"]).to_bytes();
    let trading_centre = Organization::TradingCentre;
    let attempts = [
        ("declaration", declared.clone(), Some(vec![1]), "ENDORSEMENT_POLICY_FAILURE"),
        ("declaration", declared, None, "ENDORSEMENT_POLICY_FAILURE"),
        ("exchange", free.clone(), Some(vec![1]), "ENDORSEMENT_POLICY_FAILURE"),
        ("declaration", free.clone(), Some(vec![1]), "VALID"),
        ("declaration", free, Some(vec![2]), "ENDORSEMENT_POLICY_FAILURE"),
    ];
    for (chaincode, key, value, expected) in attempts {
        let policy = value.is_some().then(|| nobody.clone());
        let result = play.market.forge_in(chaincode, trading_centre, (key, value), policy);
        expect(chaincode, result.as_ref().err().map_or("VALID", scenarios::Failure::code), expected)?;
    }
    Ok(())
}
