//! The benchmark contract on the official Node shim, as a service beside each endorsing peer.

use crate::{
    commands::{
        bench::venue::{Venue, some_of},
        contracts::VERSION,
    },
    exit::WrongInput,
};
use anyhow::{Context, Result, ensure};
use fabric_network::{Deployment, Network, Organization, Part, Usage};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tokio::task::block_in_place;
use wasm_host::package::{Connection, ConnectionTls, ServicePackage, package_id};

/// The chaincode's name.
pub(super) const CHAINCODE: &str = "benchmark-node";
/// The program that serves it.
const SERVE: &str = "serve.mjs";
/// The package that it needs.
const SHIM: &str = "node_modules/fabric-shim";

/// Where the contract is.
#[derive(clap::Args)]
pub(crate) struct Source {
    /// Folder of the contract for Node; the official shim is installed by `npm ci` in the folder above it
    #[arg(long, value_name = "DIR", default_value = "tests/sdk/chaincode")]
    node_contract: PathBuf,
    /// Leave Node out
    #[arg(long, conflicts_with = "node_contract")]
    without_node: bool,
}

impl Source {
    /// The program, if everything is there that it needs; none if it is not wanted.
    pub(super) fn find(&self) -> Result<Option<PathBuf>> {
        if self.without_node {
            return Ok(None);
        }
        let missing = |what: String| WrongInput(format!("{what}; --without-node leaves the comparison with Node out"));
        let serve = self.node_contract.join(SERVE);
        let Ok(serve) = serve.canonicalize() else {
            return Err(missing(format!("there is no {}", serve.display())).into());
        };
        if !serve.ancestors().any(|folder| folder.join(SHIM).is_dir()) {
            let folder = self.node_contract.parent().unwrap_or(Path::new(".")).display();
            return Err(missing(format!("the shim for Node is not installed: run `npm ci` in {folder}")).into());
        }
        match Command::new("node").arg("--version").output() {
            Ok(output) if output.status.success() => Ok(Some(serve)),
            _ => Err(missing("node is not on PATH".to_owned()).into()),
        }
    }
}

/// The processes of the contract. They end with the value.
pub(super) struct Services(Vec<Child>);

impl Services {
    /// Starts a service beside each peer of the organizations that endorse, and installs, approves and commits them.
    pub(super) fn deploy(serve: &Path, venue: &mut Venue, endorsers: &[String]) -> Result<Self> {
        let channel = venue.ready.channel.clone();
        let network = venue.fabric().context("services are installed on a real network")?;
        let policy = some_of(endorsers, 1)?;
        let mut services = Self(Vec::new());
        let mut deployment: Option<Deployment> = None;
        for organization in network.topology().consensus() {
            let package = services.start(serve, network, *organization)?;
            deployment = Some(match deployment {
                None => Deployment::of_package(CHAINCODE, package, &policy)?,
                Some(deployment) => deployment.with_package_of(organization.name, package)?,
            });
        }
        let deployment = deployment.context("nobody endorses")?;
        block_in_place(|| network.deploy(&channel, &deployment))?;
        Ok(services)
    }

    /// Starts the service of an organization over TLS and waits until it listens. Returns its package.
    fn start(&mut self, serve: &Path, network: &Network, organization: Organization<'_>) -> Result<Vec<u8>> {
        let peer = network.peer(organization.name)?;
        let keys = network.keys(peer).join("tls");
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.to_string();
        let root_certificate = network.tls_authority(peer)?;
        let tls = ConnectionTls { root_certificate, client: None, domain: None };
        let package = ServicePackage::new(CHAINCODE, VERSION, Connection::new(&address, Some(tls))?)?;
        let bytes = package.build()?;
        let mut command = Command::new("node");
        command
            .arg(serve)
            .env("CHAINCODE_ID", package_id(package.label(), &bytes))
            .env("CHAINCODE_SERVER_ADDRESS", address)
            // The shim calls what gRPC calls deprecated.
            .env("NODE_NO_WARNINGS", "1")
            .env("CHAINCODE_TLS_KEY_FILE", keys.join("server.key"))
            .env("CHAINCODE_TLS_CERT_FILE", keys.join("server.crt"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start node")?;
        let output = child.stdout.take();
        self.0.push(child);
        // It says so when it listens; at its end there is nothing more to read.
        let mut line = String::new();
        BufReader::new(output.context("no output")?).read_line(&mut line)?;
        ensure!(!line.is_empty(), "the Node contract ended before it listened");
        Ok(bytes)
    }

    /// What the processes have used.
    pub(super) fn usage(&self) -> BTreeMap<i32, Usage> {
        let ids = self.0.iter().filter_map(|child| i32::try_from(child.id()).ok());
        ids.filter_map(|id| Some((id, Usage::of(id, Part::Service, CHAINCODE)?))).collect()
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
