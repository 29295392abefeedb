//! Distributed power trading on Hyperledger Fabric.

fn main() {}
