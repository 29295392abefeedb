//! A Hyperledger Fabric network in one process.
