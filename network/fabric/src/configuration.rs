//! The network's folder: the configuration of `fabric-config/` with this machine's addresses, keys, folders of nodes.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::client::run;
use crate::error::{Error, at};
use crate::node::{Node, Role};
use crate::programs::Programs;
use crate::topology::{Organization, Topology};

const CORE: &str = include_str!("../../../fabric-config/core.yaml");
const ORDERER: &str = include_str!("../../../fabric-config/orderer.yaml");
const CHANNELS: &str = include_str!("../../../fabric-config/configtx.yaml");
const CRYPTO: &str = include_str!("../../../fabric-config/crypto-config.yaml");
/// The external builders' programs, by their place in the network's folder: of contracts in Wasm, and of chaincodes that
/// run as services.
const BUILDERS: [(&str, &str); 7] = [
    ("builder/bin/detect", include_str!("../builder/bin/detect")),
    ("builder/bin/build", include_str!("../builder/bin/build")),
    ("builder/bin/release", include_str!("../builder/bin/release")),
    ("builder/bin/run", include_str!("../builder/bin/run")),
    ("service-builder/bin/detect", include_str!("../service-builder/bin/detect")),
    ("service-builder/bin/build", include_str!("../service-builder/bin/build")),
    ("service-builder/bin/release", include_str!("../service-builder/bin/release")),
];
/// Ports of a node in `fabric-config/`, where each has a machine of its own.
const PEER_PORT: u16 = 7051;
const ORDERER_PORT: u16 = 7050;

/// The nodes of a topology, each with free ports of its own.
pub(crate) fn nodes(topology: Topology) -> Result<Vec<Node>, Error> {
    let count = 3 * (topology.with_peers().len() + topology.ordering().len());
    let mut addresses = free_addresses(count)?.into_iter();
    let mut three = || -> Option<[SocketAddr; 3]> { Some([addresses.next()?, addresses.next()?, addresses.next()?]) };
    let orderers: Vec<_> =
        topology.ordering().iter().filter_map(|organization| Some(Node::orderer(*organization, three()?))).collect();
    let peers = topology.with_peers().iter().filter_map(|organization| Some(Node::peer(*organization, three()?)));
    Ok(orderers.into_iter().chain(peers).collect())
}

/// The peer of an organization that joins, with free ports of its own.
pub(crate) fn free_peer(organization: Organization<'_>) -> Result<Node, Error> {
    let addresses = free_addresses(3)?;
    let three = <[SocketAddr; 3]>::try_from(addresses).map_err(|_| Error::Unknown("free ports".to_owned()))?;
    Ok(Node::peer(organization, three))
}

/// Addresses on loopback that nobody listens on. All are taken before any is given back, so that no two are the same.
pub(crate) fn free_addresses(count: usize) -> Result<Vec<SocketAddr>, Error> {
    let bound: Result<Vec<_>, _> = (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect();
    let addresses: Result<Vec<_>, _> = at("a free port", bound)?.iter().map(TcpListener::local_addr).collect();
    at("a free port", addresses)
}

/// Writes everything that nodes need before they start.
pub(crate) fn write(folder: &Path, nodes: &[Node], programs: &Programs) -> Result<(), Error> {
    write_file(&folder.join("configtx.yaml"), &with_addresses(CHANNELS, nodes))?;
    let crypto = folder.join("crypto-config.yaml");
    write_file(&crypto, CRYPTO)?;
    let mut cryptogen = programs.command("cryptogen")?;
    cryptogen.arg("generate").arg("--config").arg(&crypto).arg("--output").arg(folder.join("crypto"));
    run(cryptogen)?;
    for (name, text) in BUILDERS {
        let path = folder.join(name);
        write_file(&path, text)?;
        at(&path, fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))?;
    }
    nodes.iter().try_for_each(|node| prepare(folder, node))
}

/// Writes what a node needs in its own folder.
pub(crate) fn prepare(folder: &Path, node: &Node) -> Result<(), Error> {
    let own = node.folder(folder);
    match node.role {
        Role::Peer => {
            write_file(&own.join("core.yaml"), CORE)?;
            for builder in ["builder", "service-builder"] {
                link(&folder.join(builder), &own.join(builder))?;
            }
            let services = own.join("services");
            at(&services, fs::create_dir_all(&services))?;
        }
        Role::Orderer => write_file(&own.join("orderer.yaml"), ORDERER)?,
    }
    for keys in ["msp", "tls"] {
        link(&node.keys(folder).join(keys), &own.join(keys))?;
    }
    Ok(())
}

/// Puts the nodes' addresses on this machine in the place of their names and Fabric's ports.
fn with_addresses(text: &str, nodes: &[Node]) -> String {
    let mut text = text.to_owned();
    for node in nodes {
        let (name, host, port) = (&node.name, node.address.ip(), node.address.port());
        let standard = match node.role {
            Role::Peer => PEER_PORT,
            Role::Orderer => ORDERER_PORT,
        };
        text = text.replace(&format!("{name}:{standard}"), &node.address.to_string());
        text = text.replace(&format!("Host: {name}, Port: {standard}"), &format!("Host: {host}, Port: {port}"));
        for indent in ["            ", "          "] {
            let own = format!("Host: {name}\n{indent}Port: {standard}\n");
            text = text.replace(&own, &format!("Host: {host}\n{indent}Port: {port}\n"));
        }
    }
    text
}

pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        at(parent, fs::create_dir_all(parent))?;
    }
    at(path, fs::write(path, text))
}

fn link(target: &Path, path: &Path) -> Result<(), Error> {
    at(path, symlink(target, path))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in a test a panic is the best answer")]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_a_topology_is_replaced() {
        for topology in [Topology::Small, Topology::Paper, Topology::Bft] {
            let nodes = nodes(topology).unwrap();
            let text = with_addresses(CHANNELS, &nodes);
            for node in &nodes {
                assert!(text.contains(&node.address.port().to_string()), "{}", node.name);
                // What is left of a name is in paths of certificates.
                let named = text.match_indices(&node.name).filter(|(at, _)| !text[..*at].ends_with(['/', '.']));
                assert_eq!(named.count(), 0, "{}", node.name);
            }
        }
    }

    #[test]
    fn each_profile_that_a_topology_needs_is_there() {
        for topology in [Topology::Small, Topology::Paper, Topology::Bft] {
            let organizations = topology.with_peers().iter();
            let own = organizations.map(|organization| format!("org-{}-{}", organization.name, topology.name()));
            for profile in own.chain([topology.market_profile()]) {
                assert!(CHANNELS.contains(&format!("\n  {profile}:\n")), "{profile}");
            }
        }
    }
}
