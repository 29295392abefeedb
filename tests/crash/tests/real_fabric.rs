//! Parts of a real Fabric network fail under load: nothing is lost and nothing happens twice, and transactions go on.
//! `cargo xtask test --only real-fabric` runs it where Fabric's programs are.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test a panic is the best answer")]

mod liar;

use crash::Load;
use fabric_network::{ChaincodeAs, Deployment, Ending, Network, Node, Options, Topology};
use liar::Liar;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::block_in_place;

const CHANNEL: &str = "market";
/// Transactions that must get through before the next thing happens.
const ENOUGH: usize = 40;
/// How long a peer says nothing.
const SILENCE: Duration = Duration::from_secs(10);

fn start(folder: &Path, topology: Topology) -> Ending {
    let options = Options { topology, chaincode: ChaincodeAs::Launched, any_time: false };
    let mut network = Ending::from(Network::up(folder, options).unwrap());
    let folder = std::env::var_os("GRIDBOURSE_CONTRACTS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/contracts"));
    let module = std::fs::read(folder.join("benchmark.wasm")).expect("run `cargo xtask contracts` first");
    let policy = "OR('RegulatorMSP.peer', 'TradingCentreMSP.peer', 'DispatcherMSP.peer')";
    network.deploy(CHANNEL, &Deployment::new("benchmark", "1.0.0", module, policy).unwrap()).unwrap();
    network
}

/// Kills a node, has the others go on without it, and starts it again.
async fn die_and_return(network: &Network, node: &Node, load: &Load) {
    block_in_place(|| network.kill_node(node)).unwrap();
    load.goes_on(ENOUGH).await.unwrap();
    block_in_place(|| network.start_node(node)).unwrap();
    load.goes_on(ENOUGH).await.unwrap();
}

async fn assert_nothing_is_wrong(load: Load) {
    let verdict = load.end().await.unwrap();
    assert!(verdict.is_ok() && verdict.valid > 0, "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Fabric's programs"]
async fn peers_contracts_and_raft_leaders_fail() {
    let folder = tempfile::tempdir().unwrap();
    let network = block_in_place(|| start(folder.path(), Topology::Paper));
    let network = &*network;
    let load = Load::start(network, CHANNEL, 1).unwrap();
    load.goes_on(ENOUGH).await.unwrap();

    // A peer dies, and one is stopped politely; meanwhile it falls behind.
    die_and_return(network, network.peer("dispatcher").unwrap(), &load).await;
    let stopped = network.peer("large-user").unwrap();
    block_in_place(|| network.stop_node(stopped)).unwrap();
    load.goes_on(ENOUGH).await.unwrap();
    block_in_place(|| network.start_node(stopped)).unwrap();

    // A peer's contract dies: the peer starts it again.
    let peer = network.peer("regulator").unwrap();
    network.kill_contracts(peer);
    load.goes_on(ENOUGH).await.unwrap();

    // A peer keeps its connections and says nothing.
    network.halt_node(peer);
    tokio::time::sleep(SILENCE).await;
    network.resume_node(peer);
    load.goes_on(ENOUGH).await.unwrap();

    let leader = block_in_place(|| network.raft_leader(CHANNEL)).unwrap().expect("Raft has a leader");
    die_and_return(network, leader, &load).await;
    let next = block_in_place(|| network.raft_leader(CHANNEL)).unwrap().expect("Raft has a leader");
    assert_ne!(next, leader);
    assert_nothing_is_wrong(load).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Fabric's programs"]
async fn each_node_of_a_bft_ordering_service_fails_once() {
    let folder = tempfile::tempdir().unwrap();
    let network = block_in_place(|| start(folder.path(), Topology::Bft));
    let network = &*network;
    let load = Load::start(network, CHANNEL, 2).unwrap();
    load.goes_on(ENOUGH).await.unwrap();
    // One of them leads the others.
    for orderer in network.orderers() {
        die_and_return(network, orderer, &load).await;
    }
    assert_nothing_is_wrong(load).await;
}

/// How often a peer is started again until the liar is the node that it asks for blocks.
const STARTS_MAX: usize = 20;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Fabric's programs"]
async fn a_bft_orderer_that_lies_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let network = block_in_place(|| start(folder.path(), Topology::Bft));
    let network = &*network;
    let load = Load::start(network, CHANNEL, 3).unwrap();
    load.goes_on(ENOUGH).await.unwrap();
    let channel = load.channel("trading-centre").unwrap();
    let node = network.orderers().next().unwrap();
    block_in_place(|| network.kill_node(node)).unwrap();
    let liar = Liar::start(network, node, 1, channel.clone()).await;
    load.goes_on(ENOUGH).await.unwrap();
    // A peer chooses by chance whom it asks for whole blocks.
    let peer = network.peer("large-user").unwrap();
    for _ in 0..STARTS_MAX {
        if !liar.lies().is_empty() {
            break;
        }
        block_in_place(|| network.stop_node(peer).and_then(|()| network.start_node(peer))).unwrap();
        load.goes_on(ENOUGH).await.unwrap();
    }
    assert!(!liar.lies().is_empty() && liar.dropped() > 0, "nobody asked the liar");
    load.goes_on(ENOUGH).await.unwrap();
    assert_nothing_is_wrong(load).await;
    for lie in liar.lies() {
        let block = channel.block(lie.number).await.unwrap();
        assert_ne!(block.header.unwrap().data_hash, lie.data_hash);
    }
}
