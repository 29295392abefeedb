//! A network on whose peers this program can install contracts.

use crate::commands::{
    contracts::{Contracts, VERSION},
    network::MARKET,
};
use ::devnet::{Deployment, Devnet};
use anyhow::{Context, Result};
use wasm_host::package::Package;

/// The attacker's administrator.
pub(super) struct Installer {
    pub(super) peers: Peers,
    pub(super) contracts: Contracts,
    /// The attacker's name.
    pub(super) organization: String,
}

/// Where contracts are installed.
pub(super) enum Peers {
    /// Of a network that runs in this process.
    Devnet(Devnet),
    /// Of a real network that `gridbourse network` brought up.
    Fabric(fabric_network::Network),
}

impl Installer {
    /// Has the attacker's peer run this module in the place of an honest contract, whose definition stays what it is;
    /// or the honest contract again.
    pub(super) async fn install(&self, name: &str, policy: &str, module: Option<Vec<u8>>) -> Result<()> {
        match &self.peers {
            Peers::Devnet(network) => {
                let honest = self.contracts.package(name)?;
                let altered = module.map(|module| Package::new(name, VERSION, module)?.build()).transpose()?;
                let mut deployment = Deployment::new(name, &honest, Some(fabric_msp::policy::parse(policy)?));
                deployment.packages.extend(altered.as_deref().map(|package| (self.organization.as_str(), package)));
                network.deploy(MARKET, &deployment).await.map(drop).context("cannot install the contract")
            }
            Peers::Fabric(network) => {
                let honest = self.contracts.deployment(name, policy)?;
                let deployment = match module {
                    Some(module) => honest.with_module_of(&self.organization, VERSION, module)?,
                    None => honest,
                };
                let install = || network.reinstall(&self.organization, MARKET, &deployment);
                tokio::task::block_in_place(install).context("cannot install the contract")
            }
        }
    }

    /// Ends the network, if it runs in this process.
    pub(super) async fn stop(self) {
        if let Peers::Devnet(network) = self.peers {
            network.stop().await;
        }
    }
}
