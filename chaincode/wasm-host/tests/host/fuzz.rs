//! Bytes from anywhere never bring the check down, and what it lets through never brings the host down.

use crate::support::{EmptyLedger, guests, transaction};
use proptest::prelude::*;
use wasm_host::{Chaincode, Limits, LoadError, WasmChaincode, check};

fn bounded() -> Limits {
    Limits { fuel: 1_000_000, ..Limits::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(check::check(&bytes).is_err());
    }

    #[test]
    fn random_sections_are_checked(bytes in prop::collection::vec(0_u8..16, 0..256)) {
        let _ = check::check(&[b"\0asm\x01\0\0\0".as_slice(), &bytes].concat());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn changed_modules_are_refused_or_run(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let guests: Vec<_> = guests().into_values().map(|(_, module)| module).collect();
        let mut module = which.get(&guests).clone();
        for (place, byte) in changes {
            let place = place.index(module.len());
            module[place] = byte;
        }
        match WasmChaincode::load_with(&module, bounded()) {
            Ok(chaincode) => {
                let completed = chaincode.execute(&transaction("f"), &mut EmptyLedger);
                prop_assert!(completed.is_ok(), "{completed:?}");
            }
            Err(error) => prop_assert!(matches!(error, LoadError::Check(_)), "{error}"),
        }
    }
}
