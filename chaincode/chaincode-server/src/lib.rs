//! Fabric's chaincode protocol in front of an [`AsyncChaincode`](wasm_host::AsyncChaincode).
//!
//! A peer and a chaincode talk over one stream of [`ChaincodeMessage`](fabric_protos::protos::ChaincodeMessage)s. The
//! chaincode registers under its package id; from then on the peer sends transactions, many at once, and answers the
//! ledger calls that each of them makes. It is the same protocol either way round:
//!
//! - as a service, the peer dials the chaincode: [`service`];
//! - launched by the peer through an external builder, the chaincode dials the peer: [`launched`].
//!
//! [`stream`] is the protocol itself, and needs no network. Each transaction is a task, which holds no thread while it waits
//! for the peer. There may be as many as there are instances: with one too many the peer is told so at once, and its client
//! may try elsewhere, instead of waiting for transactions that may wait for this one.

pub mod launched;
mod ledger;
mod mailbox;
pub mod service;
pub mod stream;

/// The largest message on the wire in bytes: Fabric's own limit.
pub const WIRE_MESSAGE_BYTES_MAX: usize = 100 << 20;
