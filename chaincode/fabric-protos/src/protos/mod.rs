//! Package `protos`: proposals, transactions, events, and the stream between peer and chaincode.

mod chaincode;
mod collection;
mod configuration;
mod events;
mod proposal;
mod query;
mod shim;
mod shim_state;
mod transaction;

#[cfg(feature = "services")]
pub use crate::services::protos::*;
pub use chaincode::*;
pub use collection::*;
pub use configuration::*;
pub use events::*;
pub use proposal::*;
pub use query::*;
pub use shim::*;
pub use shim_state::*;
pub use transaction::*;
