//! Write Hyperledger Fabric contracts in Rust, test them natively, run them as Wasm.
//!
//! A contract is a type whose functions are transactions:
//!
//! ```
//! use fabric_contract_api::{Context, ContractError, Map, QueryContext, contract, contracts, message};
//!
//! /// Something that has an owner.
//! #[message]
//! pub struct Asset {
//!     pub owner: String,
//!     #[decimal] // a decimal string in JSON
//!     pub value_fen: u64,
//! }
//!
//! const ASSETS: Map<String, Asset> = Map::new("asset");
//!
//! #[derive(Debug, thiserror::Error, ContractError)]
//! pub enum Error {
//!     #[error("asset {0} exists")]
//!     AssetExists(String),
//!     #[error(transparent)]
//!     #[error_code(transparent)]
//!     Api(#[from] fabric_contract_api::Error),
//! }
//!
//! pub struct Assets;
//!
//! #[contract(default)]
//! impl Assets {
//!     /// Creates an asset that belongs to the client.
//!     #[submit]
//!     fn create(context: &mut Context, id: String, value_fen: u64) -> Result<(), Error> {
//!         if ASSETS.contains(context, &id)? {
//!             return Err(Error::AssetExists(id));
//!         }
//!         let owner = context.client()?.id();
//!         ASSETS.put(context, &id, &Asset { owner, value_fen })?;
//!         Ok(context.emit("Created", &id)?)
//!     }
//!
//!     /// Reads an asset.
//!     #[evaluate]
//!     fn read(context: &QueryContext, id: String) -> Result<Asset, Error> {
//!         Ok(ASSETS.load(context, id)?)
//!     }
//! }
//!
//! contracts!(Assets);
//! # fn main() {}
//! ```
//!
//! `contracts!` gathers a crate's contracts into the constant `CHAINCODE`, for native tests, and makes the exports of
//! the Wasm module. The crate needs this in its `Cargo.toml`:
//!
//! ```toml
//! [lib]
//! crate-type = ["rlib", "cdylib"]
//!
//! [features]
//! # For crates that use this one as a library inside a Wasm module of their own: leaves the module's exports out.
//! library = []
//! ```
//!
//! and is built by `cargo build --profile contract --target wasm32-unknown-unknown`.
//!
//! * Functions get a [`Context`] (they may write) or a [`QueryContext`] (they cannot, but have history and pages): see
//!   [`context`].
//! * Arguments and results are JSON by serde, without floats: see [`Value`], [`decimal`] and [`Bytes`].
//! * State is kept in [`Map`]s and [`Item`]s: see [`storage`].
//! * Errors have stable codes: see [`ContractError`].
//! * Contracts are tested natively on a [`testing::Ledger`], with everything that Fabric does to a transaction.
//!
//! Clients call `Contract:function`, of the default contract just `function`, and read all about them by
//! `org.hyperledger.fabric:GetMetadata`.

// The macros name this crate by its name, in its own tests as well.
extern crate self as fabric_contract_api;

pub mod composite_key;
pub mod context;
pub mod crypto;
pub mod decimal;
pub mod host;
pub mod storage;
pub mod stub;

mod bytes;
mod certificate;
mod contract;
mod endorsement;
mod error;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;
mod identity;
mod metadata;
mod schema;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod transaction;
mod value;

pub use fabric_contract_macros::{ContractError, contract, message};
#[doc(hidden)]
pub use serde;

pub use self::bytes::Bytes;
pub use self::context::{Context, Page, QueryContext, ReadContext};
#[doc(hidden)]
pub use self::contract::macro_support;
pub use self::contract::{
    Arguments, Chaincode, Completion, Contract, ContractDefinition, Contracts, Function, FunctionKind, Parameter, run,
};
pub use self::decimal::DecimalString;
pub use self::endorsement::EndorsementPolicy;
pub use self::error::{ContractError, Error, Failure};
pub use self::identity::ClientIdentity;
pub use self::schema::{Additional, Components, Schema};
pub use self::storage::{Item, Map, Storable};
pub use self::stub::{KeyValue, Modification, Results, Stub};
pub use self::transaction::Transaction;
pub use self::value::{JsonError, Value, from_json, to_json};

/// Gathers the contracts of a crate, once per crate: `contracts!(Assets, Owners);`
///
/// Defines the constant `CHAINCODE` and, for Wasm, the module's export. Two contracts of one name, or two defaults, do
/// not compile:
///
/// ```compile_fail
/// # use fabric_contract_api::{Context, Error, contract, contracts};
/// # struct First;
/// #[contract(name = "Assets")]
/// impl First {}
/// # struct Second;
/// #[contract(name = "Assets")]
/// impl Second {}
///
/// contracts!(First, Second); // two contracts are named alike
/// # fn main() {}
/// ```
///
/// Nor do two functions of one name:
///
/// ```compile_fail
/// # use fabric_contract_api::{Context, Error, contract};
/// # struct Assets;
/// #[contract]
/// impl Assets {
///     #[submit]
///     fn create(context: &mut Context) -> Result<(), Error> {
///         Ok(())
///     }
///
///     #[submit(name = "create")] // two functions are named `create`
///     fn make(context: &mut Context) -> Result<(), Error> {
///         Ok(())
///     }
/// }
/// ```
#[macro_export]
macro_rules! contracts {
    ($($contract:ty),+ $(,)?) => {
        /// The contracts of this crate.
        pub const CHAINCODE: $crate::Contracts = $crate::Contracts::new(
            ::core::env!("CARGO_PKG_NAME"),
            ::core::env!("CARGO_PKG_VERSION"),
            &[$(<$contract as $crate::Contract>::DEFINITION),+],
        );

        $crate::export!(CHAINCODE);
    };
}

/// Makes a [`Chaincode`] the one that a Wasm module runs. Part of [`contracts!`].
#[macro_export]
macro_rules! export {
    ($chaincode:expr) => {
        #[allow(unexpected_cfgs, reason = "a crate that nobody uses as a library needs no feature for it")]
        const _: () = {
            #[cfg(all(target_arch = "wasm32", not(feature = "library")))]
            #[allow(unsafe_code, reason = "an export has a name of its own")]
            #[unsafe(no_mangle)]
            extern "C" fn invoke() {
                $crate::guest::invoke(&$chaincode);
            }
        };
    };
}
