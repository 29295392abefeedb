//! Builds contracts, runs the demo and the tests.

fn main() {}
