//! Package `common`: envelopes, blocks, channel configuration, policies and principals.

mod block;
mod config;
mod configuration;
mod envelope;
mod ledger;
mod policies;
mod principal;

pub use block::*;
pub use config::*;
pub use configuration::*;
pub use envelope::*;
pub use ledger::*;
pub use policies::*;
pub use principal::*;
