//! Fabric's chaincode protocol in front of a [`Chaincode`](wasm_host::Chaincode).
//!
//! A peer and a chaincode talk over one stream of [`ChaincodeMessage`](fabric_protos::protos::ChaincodeMessage)s. The
//! chaincode registers under its package id; from then on the peer sends transactions, many at once, and answers the
//! ledger calls that each of them makes. It is the same protocol either way round:
//!
//! - as a service, the peer dials the chaincode: [`service`];
//! - launched by the peer through an external builder, the chaincode dials the peer: [`launched`].
//!
//! [`stream`] is the protocol itself, and needs no network. Each transaction runs on a blocking thread of tokio's.
//! There must be more of these than transactions and the transactions that they wait for, or chaincodes that call each
//! other come to a standstill: see [`BLOCKING_THREADS`].

pub mod launched;
mod ledger;
mod mailbox;
pub mod service;
pub mod stream;

use wasm_host::limits::INSTANCES_MAX;

/// Blocking threads for the runtime that this runs on. With more threads than there may be instances, a transaction
/// too many is refused at once, and the peer's client may try it elsewhere, instead of waiting for one that waits.
pub const BLOCKING_THREADS: usize = INSTANCES_MAX as usize + 32;

/// The largest message on the wire in bytes: Fabric's own limit.
pub const WIRE_MESSAGE_BYTES_MAX: usize = 100 << 20;
