//! A client of Hyperledger Fabric's Gateway protocol.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use fabric_client::{Connection, Gateway};
//! use fabric_msp::LocalSigner;
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! let signer = LocalSigner::from_folder("RegulatorMSP", Path::new("users/User1@regulator.example.com/msp"))?;
//! let connection = Connection::tls("peer0.regulator.example.com:7051", std::fs::read("peers/tls/ca.crt")?);
//! let gateway = Gateway::connect(&connection, Arc::new(signer)).await?;
//! let contract = gateway.network("market").contract("benchmark");
//!
//! let submission = contract.submit("create", ["key", "dmFsdWU="]).await?;
//! println!("block {}, {} attempts", submission.block_number, submission.attempts);
//! let value = contract.evaluate("read", ["key"]).await?;
//! # Ok(()) }
//! ```
//!
//! A transaction goes through four steps, each of which can be taken alone, with a signature made here or elsewhere:
//!
//! ```text
//! Contract::proposal -> Unsigned<Proposal> -> Proposal -evaluate-> result
//!                                                      -endorse--> Unsigned<Transaction> -> Transaction
//!                             CommitStatus <-status- Commit <- Unsigned<Commit> <-submit-'
//! ```
//!
//! | module | what |
//! |---|---|
//! | [`connection`] | how to reach a peer: TLS, mutual TLS, limits |
//! | [`events`] | chaincode events and blocks, checkpoints |
//! | [`raw`] | single peers and orderers, envelopes built by hand |
//! | [`load`] | measures a network under load |
//!
//! The peer is not trusted: what it returns for signing is compared with what was proposed, and an answer that breaks
//! the protocol is a [`Failure::Malformed`], never a panic.

pub mod connection;
pub mod events;
pub mod load;
pub mod raw;

mod contract;
mod error;
mod gateway;
mod proposal;
mod refusal;
mod retry;
mod signing;
mod system;
mod transaction;

pub use connection::Connection;
pub use contract::{Contract, Network};
pub use error::{CommitError, Error, Failure, StepError};
pub use fabric_protos::protos::TxValidationCode;
pub use gateway::{Gateway, Timeouts};
pub use proposal::{Proposal, ProposalBuilder};
pub use refusal::{ContractError, Detail, Refusal};
pub use retry::RetryPolicy;
pub use signing::{Signable, Unsigned};
pub use transaction::{Commit, CommitStatus, Submission, Transaction};
