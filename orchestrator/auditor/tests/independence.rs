//! The auditor judges the market's rules and the embedded network without their code.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[test]
fn it_depends_on_neither_the_rules_nor_the_network() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--package", "auditor"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let packages: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(packages.contains(&"fabric-msp"), "{tree}");
    for forbidden in ["rules", "devnet", "declaration", "exchange", "wasm-host"] {
        assert!(!packages.contains(&forbidden), "{forbidden}");
    }
}
