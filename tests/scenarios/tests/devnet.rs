//! Every scenario natively on the test ledger and as Wasm on the embedded network: each call has the same result, and
//! the contracts end in the same state.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use scenarios::assert_same;
use scenarios::embedded::Embedded;
use scenarios::scenarios::{ALL, CERTIFICATES, RIVALS};

#[test]
fn native_contracts_and_wasm_contracts_do_the_same() {
    let all = [&ALL[..], &CERTIFICATES, &RIVALS].concat();
    let channels: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut embedded = Embedded::start(&channels, folder.path());
    for (channel, scenario) in all {
        assert_same(scenario, &mut embedded, channel);
    }
}
