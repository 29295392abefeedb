//! A real, unmodified Hyperledger Fabric network on one machine, as native processes on loopback.
//!
//! Fabric's programs are the user's own: [`Programs`] finds them. [`Network::up`] makes keys with `cryptogen`, genesis
//! blocks with `configtxgen`, starts every peer and ordering node in a process group of its own, and joins them to
//! their channels with `osnadmin` and `peer`. The configuration is that of `fabric-config/`; on one machine only the
//! addresses differ. [`Network::deploy`] goes through Fabric's own lifecycle.
//!
//! Nothing waits for a fixed time: nodes are ready when their health checks say so, channels when ordering nodes call
//! themselves active and every peer knows all others by gossip, contracts when the peers can tell who endorses.
//!
//! The processes outlive the program that started them. What runs is known by files in the network's folder, so
//! [`Network::down`] ends everything also after a crash of that program, and touches nothing else.
//!
//! ```text
//! FOLDER/
//!   network.json         what there is: nodes, addresses, channels
//!   configtx.yaml crypto-config.yaml crypto/ blocks/ packages/
//!   nodes/NAME/          core.yaml or orderer.yaml, msp, tls, data/, log, process
//! ```

mod admission;
mod channels;
mod client;
mod configuration;
mod ending;
mod error;
mod faults;
mod health;
mod lifecycle;
mod network;
mod node;
mod process;
mod programs;
mod service;
mod start;
mod topology;
mod usage;
mod wait;

pub use channels::Blocks;
pub use ending::Ending;
pub use error::Error;
pub use lifecycle::Deployment;
pub use network::{Network, NodeStatus, Options};
pub use node::Node;
pub use programs::{Missing, Programs};
pub use service::ChaincodeAs;
pub use topology::{Organization, Topology};
pub use usage::{Part, Usage, own_processor_time};
