//! `gridbourse network`: a real Hyperledger Fabric network on this machine, with the market's contracts.

use crate::{
    commands::{
        contracts::{Contracts, VERSION},
        devnet::{Ready, ReadyOrganization, write_whole},
        network::{CONTRACTS, MARKET},
        package,
    },
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum};
use fabric_network::{ChaincodeAs, Deployment, Network, Node, NodeStatus, Options, Organization, Topology};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// Run a real Hyperledger Fabric network on this machine, with programs found on PATH or in FABRIC_BIN
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where configuration, keys, ledgers and logs are kept
    #[arg(long, value_name = "DIR", default_value = "fabric-data", global = true)]
    data_dir: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Bring the network up and install the market's contracts, or bring up again what is in the data folder. It runs
    /// until `down`
    Up {
        /// Who takes part and who orders
        #[arg(long, value_enum, default_value = "small")]
        topology: Organizations,
        /// How peers reach the contracts
        #[arg(long, value_enum, default_value = "launched")]
        chaincode: Reach,
        /// Take any timestamp that a client sends, for clients with a simulated clock
        #[arg(long)]
        any_time: bool,
        #[command(flatten)]
        contracts: Contracts,
    },
    /// Install a chaincode on a network that runs, and have it approved and committed under the next sequence
    Install(Installation),
    /// Admit one more organization to a channel of the network, with the signatures of all consensus organizations, and
    /// bring its peer up
    AddOrganization {
        /// Its name: lower-case words with hyphens between them
        #[arg(value_parser = organization_name)]
        name: String,
        /// The channel
        #[arg(long, default_value = MARKET)]
        channel: String,
    },
    /// End all processes of the network
    Down {
        /// Delete the data folder as well
        #[arg(long)]
        delete: bool,
    },
    /// Say which processes run, whether they are healthy and how many blocks each peer has
    Status {
        /// How to print the result
        #[arg(long, value_enum, default_value_t)]
        output: Format,
    },
    /// Print the log of a process
    Logs {
        /// Its name, or the beginning of it
        name: String,
    },
}

#[derive(clap::Args)]
struct Installation {
    /// A Wasm module, or a package of one or of a chaincode that runs as a service
    #[arg(value_name = "NAME=FILE")]
    chaincode: String,
    /// A package that one organization installs in place of the common one: of a service with another address
    #[arg(long = "package-of", value_name = "ORGANIZATION=FILE")]
    packages: Vec<String>,
    /// Endorsement policy, for example "OR('RegulatorMSP.peer', 'DispatcherMSP.peer')" [default: any organization with
    /// a peer]
    #[arg(long)]
    policy: Option<String>,
    /// The channel
    #[arg(long, default_value = MARKET)]
    channel: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Organizations {
    /// Peers of the three consensus organizations, one ordering node
    Small,
    /// Peers of five organizations, three Raft nodes
    Paper,
    /// Peers of five organizations, four SmartBFT nodes
    Bft,
}

#[derive(Clone, Copy, ValueEnum)]
enum Reach {
    /// Each peer starts them through the external builder
    Launched,
    /// They run as services, and each peer dials them over mutual TLS
    Service,
}

/// Where clients find the network, for `--network`.
const READY_FILE: &str = "ready.json";

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let folder = &arguments.data_dir;
    match &arguments.action {
        Action::Up { topology, chaincode, any_time, contracts } => {
            let topology = match topology {
                Organizations::Small => Topology::Small,
                Organizations::Paper => Topology::Paper,
                Organizations::Bft => Topology::Bft,
            };
            let chaincode = match chaincode {
                Reach::Launched => ChaincodeAs::Launched,
                Reach::Service => ChaincodeAs::Service,
            };
            up(folder, Options { topology, chaincode, any_time: *any_time }, contracts)
        }
        Action::Install(installation) => installation.run(&mut open(folder)?),
        Action::AddOrganization { name, channel } => {
            let mut network = open(folder)?;
            network.add_organization(name, channel)?;
            output::line(&write_ready_file(folder, &network)?.display().to_string())?;
            Ok(Code::Done)
        }
        Action::Down { delete } => {
            open(folder)?.down()?;
            if *delete {
                fs::remove_dir_all(folder).with_context(|| format!("cannot delete {}", folder.display()))?;
            }
            Ok(Code::Done)
        }
        Action::Status { output } => status(&open(folder)?.status()?, *output),
        Action::Logs { name } => {
            let file = open(folder)?.log(name).map_err(|error| WrongInput(error.to_string()))?;
            let log = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            output::line(String::from_utf8_lossy(&log).trim_end())?;
            Ok(Code::Done)
        }
    }
}

/// A name that can be a label of a DNS name.
fn organization_name(text: &str) -> Result<String, String> {
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase()) && !word.is_empty();
    match text.split('-').all(is_word) {
        true => Ok(text.to_owned()),
        false => Err("lower-case words with hyphens between them".to_owned()),
    }
}

impl Installation {
    fn run(&self, network: &mut Network) -> Result<Code> {
        let (name, file) = pair(&self.chaincode, "NAME=FILE")?;
        let policy = self.policy.clone().unwrap_or_else(|| any_peer(network));
        let mut deployment = Deployment::of_package(name, package::of_file(name, VERSION, Path::new(file))?, &policy)?;
        for other in &self.packages {
            let (organization, file) = pair(other, "ORGANIZATION=FILE")?;
            network.peer(organization).map_err(|error| WrongInput(error.to_string()))?;
            deployment = deployment.with_package_of(organization, package::of_file(name, VERSION, Path::new(file))?)?;
        }
        deployment.everywhere = true;
        deployment.sequence = network.next_sequence(&self.channel, name)?;
        network.deploy(&self.channel, &deployment)?;
        output::line(&format!("{name} {} is committed with sequence {}", deployment.version, deployment.sequence))?;
        Ok(Code::Done)
    }
}

fn pair<'text>(text: &'text str, form: &str) -> Result<(&'text str, &'text str)> {
    Ok(text.split_once('=').ok_or_else(|| WrongInput(format!("{text}: write it as {form}")))?)
}

/// The policy that any organization with a peer satisfies.
fn any_peer(network: &Network) -> String {
    let peers: Vec<_> = network.peers().map(|peer| format!("'{}.peer'", peer.msp_id)).collect();
    format!("OR({})", peers.join(", "))
}

fn open(folder: &Path) -> Result<Network> {
    Ok(Network::open(folder).map_err(|error| WrongInput(error.to_string()))?)
}

fn up(folder: &Path, options: Options, contracts: &Contracts) -> Result<Code> {
    // Read first: a contract that was not compiled is found out at once.
    let deployments = CONTRACTS.map(|(name, policy)| contracts.deployment(name, policy));
    let start = Instant::now();
    let mut network = Network::up(folder, options)?;
    output::say(&format!("The network is up after {:.1} s.", start.elapsed().as_secs_f64()));
    let market = deployments.into_iter().map(|deployment| (MARKET.to_owned(), deployment));
    let anchoring = anchoring(&network, contracts);
    let deployed = market
        .chain(anchoring)
        .try_for_each(|(channel, deployment)| network.deploy(&channel, &deployment?).map_err(anyhow::Error::from));
    if let Err(error) = deployed {
        network.down()?;
        return Err(error);
    }
    let file = write_ready_file(folder, &network)?;
    output::say(&format!("The contracts are committed after {:.1} s.", start.elapsed().as_secs_f64()));
    output::line(&file.display().to_string())?;
    Ok(Code::Done)
}

/// The contract with which organizations anchor their own records on their own channels, where all members endorse.
fn anchoring(network: &Network, contracts: &Contracts) -> Vec<(String, Result<Deployment>)> {
    let own = network.channels().filter(|(name, members)| *name != MARKET && members.len() > 1);
    own.map(|(name, members)| {
        let peers: Vec<_> = members.iter().map(|name| format!("'{}.peer'", Organization { name }.msp_id())).collect();
        let policy = format!("AND({})", peers.join(","));
        (name.to_owned(), contracts.deployment(anchoring::NAME, &policy))
    })
    .collect()
}

/// Writes where everything is, for `--network`, and returns the file.
fn write_ready_file(folder: &Path, network: &Network) -> Result<PathBuf> {
    let file = folder.join(READY_FILE);
    write_whole(&file, &serde_json::to_string_pretty(&describe(network, MARKET)?)?)?;
    Ok(file)
}

/// Where everything is, for clients of a channel.
pub(crate) fn describe(network: &Network, channel: &str) -> Result<Ready> {
    let organizations = network.organizations().map(|organization| {
        let gateway = network.gateway(organization)?;
        anyhow::Ok(ReadyOrganization {
            name: organization.name.to_owned(),
            msp_id: organization.msp_id(),
            endpoint: gateway.address.to_string(),
            tls_authority: network.tls_authority(gateway)?,
            connection_profile: Some(write_profile(network, organization, gateway)?),
            user: network.user(organization, "User1"),
        })
    });
    let orderer = network.orderers().next().context("the network orders nothing")?;
    Ok(Ready {
        process_id: None,
        data_dir: Some(network.folder().to_owned()),
        channel: channel.to_owned(),
        channels: network.channels().map(|(name, _)| name.to_owned()).collect(),
        organizations: organizations.collect::<Result<_>>()?,
        orderer: orderer.address.to_string(),
        orderer_tls_authority: network.tls_authority(orderer)?,
    })
}

/// Writes the connection profile of an organization, for tools that read one.
fn write_profile(network: &Network, organization: Organization<'_>, gateway: &Node) -> Result<PathBuf> {
    let (name, peer) = (organization.name, gateway.name.as_str());
    let profile = json!({
        "name": format!("gridbourse-{name}"),
        "version": "1.0.0",
        "client": { "organization": name, "connection": { "timeout": { "peer": { "endorser": "300" } } } },
        "organizations": { name: { "mspid": organization.msp_id(), "peers": [peer] } },
        "peers": {
            peer: {
                "url": format!("grpcs://{}", gateway.address),
                "tlsCACerts": { "pem": network.tls_authority(gateway)? },
                "grpcOptions": { "ssl-target-name-override": peer, "hostnameOverride": peer },
            },
        },
    });
    let file = network.folder().join(format!("connection-{name}.json"));
    write_whole(&file, &serde_json::to_string_pretty(&profile)?)?;
    Ok(file)
}

fn status(nodes: &[NodeStatus], format: Format) -> Result<Code> {
    if format == Format::Json {
        output::json(&nodes)?;
    } else {
        for node in nodes {
            let id = node.process_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
            let health = node.problem.as_deref().unwrap_or("healthy");
            let heights: Vec<_> = node.heights.iter().map(|(channel, height)| format!("{channel} {height}")).collect();
            output::line(format!("{:<52} {id:>8}  {health}  {}", node.name, heights.join(", ")).trim_end())?;
        }
    }
    Ok(if nodes.iter().all(|node| node.problem.is_none()) { Code::Done } else { Code::Found })
}
