//! A Hyperledger Fabric network in one process: organizations with a peer each, one orderer, any number of channels.
//!
//! Everything on the wire is Fabric's: proposals, endorsements and envelopes are really signed and verified, blocks
//! have Fabric's bytes and hashes, and official SDKs, Caliper and the `peer` program talk to it unchanged.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use devnet::{Devnet, Network};
//!
//! let network = Devnet::builder(Network::generic(3, "ch"), "data").start().await?;
//! println!("org1's peer listens on {:?}", network.endpoint("org1")?);
//! let channel = network.connect("org1")?; // for any client of Fabric's gateway service
//! # drop(channel);
//! network.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! | module | what |
//! |---|---|
//! | [`config`] | the description of a network |
//! | [`identities`] | X.509 authorities and identities in cryptogen's folders, connection profiles |
//! | `genesis` | block 0 of a channel |
//! | `orderer` | checks, cuts, signs; `AtomicBroadcast` |
//! | [`ledger`] | blocks, state, history, simulation, validation |
//! | `chaincode_service` | chaincodes that run as services: the peer's side of Fabric's chaincode protocol |
//! | `services` | gateway, endorser and deliver of each organization's peer |
//! | `system`, [`lifecycle`] | the system chaincodes, installing and committing chaincodes |
//!
//! What differs from a real network is what one process makes superfluous: there is no gossip, no consensus among
//! orderers, and one ledger per channel serves all peers, since they commit the same blocks to the same state.
//! Private data collections and changes of a channel's configuration are not offered yet and refused.

pub mod config;
pub mod identities;
pub mod ledger;
pub mod lifecycle;

mod chaincode_service;
mod channel;
mod commits;
mod devnet;
mod error;
mod genesis;
mod listener;
mod nonce;
mod orderer;
mod peer;
mod record;
mod services;
mod start;
mod stop;
mod system;

pub use chaincode_service::{ServiceFailure, ServiceTimeouts};
pub use config::{Batch, Channel, Network, Organization};
pub use devnet::{Builder, Devnet};
pub use error::Error;
pub use lifecycle::{ChaincodeDefinition, Deployment};
