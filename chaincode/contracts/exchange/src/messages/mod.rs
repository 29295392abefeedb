//! Arguments, results and events of the `exchange` contract, shared with its clients.
//!
//! JSON conventions are those of [`declaration::encoding`]: energy, prices, money and times are decimal strings. Money
//! is in account units of 10^-6 fen (fen/MWh times Wh), times are nanoseconds since the epoch.

mod certificates;
mod credit;
mod devices;
mod events;
mod feeders;
mod members;
mod rounds;
mod sessions;
mod settlement;

pub use certificates::*;
pub use credit::*;
pub use declaration::encoding::{Hash, PublicKey, Signature};
pub use declaration::messages::{BundleName, Connection};
pub use devices::*;
pub use events::*;
pub use feeders::*;
pub use members::*;
pub use rounds::*;
pub use sessions::*;
pub use settlement::*;

/// The chaincode's name on every market channel.
pub const CHAINCODE: &str = "exchange";

/// What it is deployed under: all consensus organizations endorse.
pub const ENDORSEMENT_POLICY: &str = "AND('RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')";
