//! A network of three organizations with the benchmark contract under two policies and the recorder contract.

use devnet::lifecycle::Deployment;
use devnet::{Devnet, Network};
use fabric_client::{Connection, Contract, Gateway};
use fabric_msp::{LocalSigner, policy};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use wasm_host::package::Package;

/// The channel.
pub(crate) const CHANNEL: &str = "ch";

/// A running network. Its folder is removed at the end.
pub(crate) struct TestNetwork {
    pub(crate) devnet: Devnet,
    folder: TempDir,
}

impl TestNetwork {
    /// Starts a network. `any` takes one endorsement, `all` takes all three, `recorder` one.
    pub(crate) async fn start() -> Self {
        TestNetwork::start_in(tempfile::tempdir().unwrap()).await
    }

    /// Stops the network and starts it again on the same data.
    pub(crate) async fn restart(self) -> Self {
        self.devnet.stop().await;
        TestNetwork::start_in(self.folder).await
    }

    async fn start_in(folder: TempDir) -> Self {
        let devnet = Devnet::builder(Network::generic(3, CHANNEL), folder.path()).start().await.unwrap();
        let one = "OR('Org1MSP.peer', 'Org2MSP.peer', 'Org3MSP.peer')";
        let all = "AND('Org1MSP.peer', 'Org2MSP.peer', 'Org3MSP.peer')";
        for (name, contract, rule) in
            [("any", "benchmark", one), ("all", "benchmark", all), ("recorder", "recorder", one)]
        {
            let package = Package::new(name, "1.0.0", wasm(contract)).unwrap().build().unwrap();
            let rule = policy::parse(rule).unwrap();
            devnet.deploy(CHANNEL, &Deployment::new(name, &package, Some(rule))).await.unwrap();
        }
        TestNetwork { devnet, folder }
    }

    pub(crate) fn signer(&self, organization: &str) -> Arc<LocalSigner> {
        Arc::new(self.devnet.identity(organization, "User1").unwrap().signer().unwrap())
    }

    /// An organization's gateway within this process.
    pub(crate) fn gateway(&self, organization: &str) -> Gateway {
        Gateway::new(self.devnet.connect(organization).unwrap(), self.signer(organization))
    }

    /// How to reach an organization's peer over TLS.
    pub(crate) fn connection(&self, organization: &str) -> Connection {
        let profile: PathBuf = self.devnet.connection_profile(organization).unwrap();
        Connection::from_profile(&std::fs::read(profile).unwrap()).unwrap()
    }

    /// The first organization's view of a chaincode.
    pub(crate) fn contract(&self, chaincode: &str) -> Contract {
        self.gateway("org1").network(CHANNEL).contract(chaincode)
    }
}

fn wasm(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/contracts");
    std::fs::read(folder.join(name).with_extension("wasm")).expect("run `cargo xtask contracts` first")
}
