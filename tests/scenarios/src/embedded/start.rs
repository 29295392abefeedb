//! Starts the network with the market's contracts as Wasm.

use std::path::{Path, PathBuf};
use std::{fs, io};

use devnet::lifecycle::Deployment;
use devnet::{Devnet, Network};
use fabric_msp::policy;
use wasm_host::package::{Package, PackageError};

/// The contracts with their endorsement policies.
pub const CONTRACTS: [(&str, &str); 2] = [
    (declaration::messages::CHAINCODE, declaration::messages::ENDORSEMENT_POLICY),
    (exchange::messages::CHAINCODE, exchange::messages::ENDORSEMENT_POLICY),
];

/// Why a network could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no compiled contract.
    #[error("cannot read {path}: {source}; run `cargo xtask contracts` first")]
    Contract {
        /// Where it was looked for.
        path: PathBuf,
        /// Why it could not be read.
        source: io::Error,
    },
    /// The contract cannot be packed.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A policy of `CONTRACTS` is not one.
    #[error("the policy of {0} is no policy")]
    Policy(&'static str),
    /// The network refused.
    #[error(transparent)]
    Devnet(#[from] devnet::Error),
}

/// Starts a network that takes any timestamp and listens nowhere, and deploys both contracts on these channels, unless
/// they are there.
///
/// # Errors
/// A contract was not compiled, or the network refuses.
pub async fn start(network: Network, channels: &[&str], folder: &Path) -> Result<Devnet, StartError> {
    let devnet = Devnet::builder(network, folder).listen(false).clock_skew(None).start().await?;
    for (name, rule) in CONTRACTS {
        let package = package(name, name)?;
        let rule = policy::parse(rule).map_err(|_| StartError::Policy(name))?;
        for channel in channels {
            devnet.deploy(channel, &Deployment::new(name, &package, Some(rule.clone()))).await?;
        }
    }
    Ok(devnet)
}

/// The package of a chaincode with a compiled contract.
///
/// # Errors
/// The contract was not compiled.
pub fn package(chaincode: &str, contract: &str) -> Result<Vec<u8>, StartError> {
    Ok(Package::new(chaincode, env!("CARGO_PKG_VERSION"), module(contract)?)?.build()?)
}

/// A compiled contract. These are in `target/contracts` of the workspace, or in the folder that the environment variable
/// `GRIDBOURSE_CONTRACTS` names.
///
/// # Errors
/// The contract was not compiled.
pub fn module(contract: &str) -> Result<Vec<u8>, StartError> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("GRIDBOURSE_CONTRACTS").unwrap_or_else(|| "target/contracts".into());
    let path = workspace.join(folder).join(contract).with_extension("wasm");
    fs::read(&path).map_err(|source| StartError::Contract { path, source })
}
