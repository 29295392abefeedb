//! `compose.yaml` is the `small` network: the same nodes, the same configuration files, official images.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fabric_network::Topology;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(folder().join(file)).unwrap()
}

/// The lines of each service, by its name.
fn services(compose: &str) -> BTreeMap<&str, Vec<&str>> {
    let section = compose.split_once("\nservices:\n").unwrap().1.split("\nvolumes:\n").next().unwrap();
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut name = "";
    for line in section.lines() {
        if line.starts_with("  ") && !line.starts_with("   ") {
            name = line.trim().trim_end_matches(':');
        }
        services.entry(name).or_default().push(line.trim());
    }
    services
}

#[test]
fn the_nodes_are_those_of_the_small_topology() {
    let compose = read("compose.yaml");
    let services = services(&compose);
    let peers = Topology::Small.with_peers().iter().map(|one| (one.peer(), one.msp_id(), "peer", "core.yaml"));
    let orderers =
        Topology::Small.ordering().iter().map(|one| (one.orderer(), one.ordering_msp_id(), "orderer", "orderer.yaml"));
    let nodes: Vec<_> = peers.chain(orderers).collect();
    assert_eq!(services.len(), nodes.len());
    for (name, msp_id, kind, configuration) in nodes {
        assert!(compose.contains(&format!("\nx-{kind}: &{kind}\n  image: hyperledger/fabric-{kind}:3.1\n")));
        let lines = &services[name.as_str()];
        let has = |line: String| assert!(lines.contains(&line.as_str()), "{name}: {line}");
        has(format!("<<: *{kind}"));
        let prefix = if kind == "peer" { "CORE_PEER" } else { "ORDERER_GENERAL" };
        has(format!("{prefix}_LOCALMSPID: {msp_id}"));
        has(format!("- ../../fabric-config/{configuration}:/etc/hyperledger/fabric/{configuration}:ro"));
        for keys in ["msp", "tls"] {
            let mounted = format!("/{name}/{keys}:/etc/hyperledger/fabric/{keys}:ro");
            assert!(lines.iter().any(|line| line.ends_with(&mounted)), "{name}: {mounted}");
        }
        // Keys and programs are made later; the rest is in the repository.
        let mounts = lines.iter().filter_map(|line| line.strip_prefix("- .")?.split_once(':').map(|(from, _)| from));
        for from in mounts.filter(|from| !from.contains("/crypto/") && !from.contains("/target/")) {
            assert!(folder().join(format!(".{from}")).exists(), "{name}: {from}");
        }
    }
}

#[test]
fn peers_know_each_other_as_the_channel_does() {
    let compose = read("compose.yaml");
    let services = services(&compose);
    let channels = read("../../fabric-config/configtx.yaml");
    for organization in Topology::Small.with_peers() {
        let peer = organization.peer();
        for variable in ["CORE_PEER_ADDRESS", "CORE_PEER_GOSSIP_EXTERNALENDPOINT"] {
            let line = format!("{variable}: {peer}:7051");
            assert!(services[peer.as_str()].contains(&line.as_str()), "{line}");
        }
        assert!(channels.contains(&format!("AnchorPeers: [{{Host: {peer}, Port: 7051}}]")), "{peer}");
    }
}

#[test]
fn every_policy_is_of_type_signature() {
    assert!(!read("../../fabric-config/configtx.yaml").contains("Type: ImplicitMeta"));
}
