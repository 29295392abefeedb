//! Changes of a real Fabric network that runs: a contract's next version, and one more organization.
//! `cargo xtask test --only real-fabric` runs it where Fabric's programs are.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test a panic is the best answer")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fabric_client::{Connection, Contract, Gateway};
use fabric_msp::LocalSigner;
use fabric_network::{ChaincodeAs, Deployment, Ending, Network, Options, Organization, Topology};
use tokio::task::block_in_place;

const CHANNEL: &str = "market";
const POLICY: &str = "OR('RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')";

fn module() -> Vec<u8> {
    let folder = std::env::var_os("GRIDBOURSE_CONTRACTS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/contracts"));
    std::fs::read(folder.join("benchmark.wasm")).expect("run `cargo xtask contracts` first")
}

/// The contract as an organization's user sees it through its own peer.
async fn contract(network: &Network, name: &str) -> Contract {
    let organization = Organization { name };
    let user = network.user(organization, "User1").join("msp");
    let signer = LocalSigner::from_folder(organization.msp_id(), &user).unwrap();
    let peer = network.peer(name).unwrap();
    let connection = Connection::tls(peer.address.to_string(), network.tls_authority(peer).unwrap());
    let gateway = Gateway::connect(&connection, Arc::new(signer)).await.unwrap();
    gateway.network(CHANNEL).contract("benchmark")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Fabric's programs"]
async fn an_upgrade_keeps_the_state_and_a_sixth_organization_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { topology: Topology::Small, chaincode: ChaincodeAs::Launched, any_time: false };
    let mut network = Ending::from(block_in_place(|| Network::up(folder.path(), options)).unwrap());
    let first = Deployment::new("benchmark", "1.0.0", module(), POLICY).unwrap();
    block_in_place(|| network.deploy(CHANNEL, &first)).unwrap();
    let regulator = contract(&network, "regulator").await;
    regulator.submit("create", ["old", "AAEC"]).await.unwrap();

    // The same contract with one more custom section: another module.
    let other_module = [module(), vec![0, 2, 1, b'n']].concat();
    let mut next = Deployment::new("benchmark", "1.1.0", other_module, POLICY).unwrap();
    next.sequence = 2;
    block_in_place(|| network.deploy(CHANNEL, &next)).unwrap();
    let committed = regulator.network().committed_chaincode("benchmark").await.unwrap();
    assert_eq!((committed.sequence, committed.version), (2, next.version));
    assert_eq!(regulator.evaluate("read", ["old"]).await.unwrap(), b"\"AAEC\"");
    regulator.submit("create", ["new", "AAEC"]).await.unwrap();

    block_in_place(|| network.add_organization("retailer", CHANNEL)).unwrap();
    let retailer = contract(&network, "retailer").await;
    assert_eq!(retailer.evaluate("read", ["new"]).await.unwrap(), b"\"AAEC\"");
    retailer.submit("create", ["newest", "AAEC"]).await.unwrap();
    assert!(block_in_place(|| network.add_organization("retailer", CHANNEL)).is_err(), "once");
    assert_eq!(network.organizations().skip(5).collect::<Vec<_>>(), [Organization { name: "retailer" }]);
}
