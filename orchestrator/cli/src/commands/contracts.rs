//! Where the compiled contracts are.

use crate::exit::WrongInput;
use anyhow::Result;
use fabric_network::Deployment;
use std::{fs, path::PathBuf};
use wasm_host::package::Package;

/// The folder of compiled contracts.
#[derive(clap::Args, Clone)]
pub(crate) struct Contracts {
    /// Folder of the compiled contracts
    #[arg(long = "contracts", value_name = "DIR", env = "GRIDBOURSE_CONTRACTS", default_value = "target/contracts")]
    folder: PathBuf,
}

/// The version that this program's contracts are deployed with.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Contracts {
    /// A compiled contract.
    pub(crate) fn module(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.folder.join(name).with_extension("wasm");
        let module = fs::read(&path).map_err(|error| {
            WrongInput(format!("cannot read {}: {error}; `cargo xtask contracts` makes it", path.display()))
        });
        Ok(module?)
    }

    /// A contract as it is deployed on a real network under a policy, for the first time.
    pub(crate) fn deployment(&self, name: &str, policy: &str) -> Result<Deployment> {
        Ok(Deployment::new(name, VERSION, self.module(name)?, policy)?)
    }

    /// A contract's package.
    pub(crate) fn package(&self, name: &str) -> Result<Vec<u8>> {
        Ok(Package::new(name, VERSION, self.module(name)?)?.build()?)
    }
}
