//! Checks, loads and runs contracts compiled to Wasm.
