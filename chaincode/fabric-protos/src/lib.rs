//! Hyperledger Fabric's wire protocol, as far as GridBourse speaks it.
//!
//! The messages are written by hand on `prost`'s derive, so neither `.proto` files nor `protoc` are needed. Modules
//! follow Fabric's protobuf packages, and every name is what `prost-build` would make of Fabric's (v3.1):
//!
//! | module | protobuf package | what |
//! |---|---|---|
//! | [`common`] | `common` | envelopes, blocks, channel configuration, policies, principals |
//! | [`msp`] | `msp` | identities and the configuration of a membership service provider |
//! | [`protos`] | `protos` | proposals, transactions, events, the chaincode stream |
//! | [`rwset`], [`kvrwset`] | `rwset`, `kvrwset` | what a simulated transaction read and wrote |
//! | [`queryresult`] | `queryresult` | elements of range and history queries |
//! | [`lifecycle`] | `lifecycle` | arguments, results and state of `_lifecycle` |
//! | [`orderer`], [`etcdraft`] | `orderer`, `orderer.smartbft`, `etcdraft` | broadcast, seek, orderer configuration |
//! | [`gateway`] | `gateway` | the client API of a peer |
//! | [`rpc`] | `google.rpc` | gRPC error details |
//!
//! Maps are ordered (`BTreeMap`), so encoding a message is deterministic. One difference from Go's encoder remains: Go
//! writes an empty value of a map entry, `prost` leaves it out; both read either.
//!
//! The feature `services` adds gRPC clients and servers, for example `gateway::gateway_client::GatewayClient` and
//! `protos::chaincode_server::Chaincode`. Without it the crate is light enough for Wasm guests.

mod enumeration;

pub mod common;
pub mod etcdraft;
pub mod gateway;
pub mod kvrwset;
pub mod lifecycle;
pub mod msp;
pub mod orderer;
pub mod protos;
pub mod queryresult;
pub mod rpc;
pub mod rwset;
#[cfg(feature = "services")]
mod services;

pub use prost::{DecodeError, EncodeError, Message};
pub use prost_types::{Any, Timestamp};
