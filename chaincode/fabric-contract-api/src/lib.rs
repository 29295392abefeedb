//! Write Hyperledger Fabric contracts in Rust and run them as Wasm.
