//! Runs Fabric contracts that are compiled to Wasm.
//!
//! A contract is a module that imports nothing but the six functions of `fabric_1` and exports `memory` and
//! `invoke`. [`check`] looks at a module's bytes before anything is compiled; [`WasmChaincode`] compiles it once and
//! runs each transaction in an instance of its own, so that no transaction leaves anything behind for the next.
//!
//! Whose fault something is shows in the type. What a guest does wrong (a trap, an endless loop, a lie about a length)
//! ends its own transaction: [`Chaincode::execute`] returns `Ok` with a [`Completed`] whose response has status 500 and
//! a [`GuestFailure`] code. [`HostError`] is left for what is wrong on our side of the boundary.
//!
//! A chaincode sees the ledger through the [`Ledger`] trait alone, or through [`AsyncLedger`] where the answers come from
//! another process. A peer's stream, the embedded network's simulator and a test's map of keys all implement one of them,
//! and the same module runs in front of each, with the same limits and the same results.

mod abi;
mod cache;
mod chaincode;
pub mod check;
mod crypto;
mod engine;
mod failure;
mod imports;
pub mod limits;
mod metering;
pub mod package;
mod transaction;
mod wasm;

pub use cache::{CacheError, ModuleCache};
pub use chaincode::{AsyncChaincode, AsyncLedger, Chaincode, Completed, HostError, Later, Ledger, LedgerError};
pub use check::CheckError;
pub use failure::GuestFailure;
pub use limits::Limits;
pub use metering::{FunctionSnapshot, LedgerCalls, Meter, Metering};
pub use wasm::{LoadError, WasmChaincode};
