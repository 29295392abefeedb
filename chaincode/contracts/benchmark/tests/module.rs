//! The compiled modules have what the Wasm host takes: integers only, six imports, two exports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// What rustc emits for `wasm32-unknown-unknown`, less floats.
const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES);

const IMPORTS: [&str; 6] = ["call", "complete", "input", "p256_verify", "read", "sha256"];

fn check(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/contracts").join(name);
    let module = std::fs::read(&path).unwrap_or_else(|_| panic!("no {name}: run `cargo xtask contracts` first"));
    Validator::new_with_features(FEATURES).validate_all(&module).unwrap();
    for payload in Parser::new(0).parse_all(&module) {
        match payload.unwrap() {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.unwrap();
                    assert_eq!(import.module, "fabric_1");
                    assert!(IMPORTS.contains(&import.name), "{}", import.name);
                }
            }
            Payload::ExportSection(exports) => {
                let names: Vec<_> = exports.into_iter().map(|export| export.unwrap().name).collect();
                assert!(names.contains(&"memory") && names.contains(&"invoke"), "{names:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn benchmark_is_a_guest_without_floats() {
    check("benchmark.wasm");
}

#[test]
fn recorder_is_a_guest_without_floats() {
    check("recorder.wasm");
}
