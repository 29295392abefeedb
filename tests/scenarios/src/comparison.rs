#![allow(clippy::panic, reason = "for tests, in which a panic is the best answer")]

use crate::scenarios::{START_NS, Scenario};
use crate::{Market, Network, StateEntry, Step, TestLedger};

/// Plays a scenario natively on the test ledger and as Wasm on a network: each call must have the same result, and the
/// contracts must end in the same state.
///
/// # Panics
/// Something differs.
pub fn assert_same(scenario: Scenario, network: &mut dyn Network, channel: &str) {
    let (native_steps, native_state) = play(scenario, &mut TestLedger::new(channel), channel);
    let (wasm_steps, wasm_state) = play(scenario, network, channel);
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

/// All calls with their results, and the final state.
fn play(scenario: Scenario, network: &mut dyn Network, channel: &str) -> (Vec<Step>, Vec<StateEntry>) {
    let mut market = Market::new(network, channel, START_NS);
    scenario(&mut market).unwrap_or_else(|mismatch| panic!("{channel}: {mismatch}"));
    (market.transcript().to_vec(), market.state())
}

fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
