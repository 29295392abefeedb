//! Package `lifecycle`: arguments, results and state of the system chaincode `_lifecycle`.

mod definition;
mod install;
mod query;
mod state;

pub use definition::*;
pub use install::*;
pub use query::*;
pub use state::*;
