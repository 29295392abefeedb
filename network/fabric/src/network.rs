use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::channels::{Blocks, Channel};
use crate::configuration::{self, write_file};
use crate::error::{Error, at};
use crate::node::{Node, Role};
use crate::process;
use crate::programs::Programs;
use crate::service::{ChaincodeAs, Service};
use crate::topology::{Organization, TRADING_CENTRE, Topology};
use crate::wait;

const STATE: &str = "network.json";

/// What a new network is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Who takes part and who orders.
    pub topology: Topology,
    /// How peers reach contracts.
    pub chaincode: ChaincodeAs,
    /// Whether peers take any timestamp that a client sends, as a simulated clock needs.
    pub any_time: bool,
}

/// A network in a folder.
#[derive(Debug)]
pub struct Network {
    folder: PathBuf,
    programs: Programs,
    state: State,
}

/// What is written into the folder.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    #[serde(flatten)]
    options: Options,
    nodes: Vec<Node>,
    /// Those that are made.
    channels: Vec<Channel>,
    services: Vec<Service>,
}

/// How a process of the network is.
#[derive(Clone, Debug, Serialize)]
pub struct NodeStatus {
    /// Its name.
    pub name: String,
    /// Its process, if it runs.
    pub process_id: Option<i32>,
    /// Why it is not healthy, if it is not.
    pub problem: Option<String>,
    /// Blocks of each channel that it has.
    pub heights: BTreeMap<String, u64>,
}

impl Network {
    /// Brings a network up in a folder: a new one with the standard channels, or the one that is there.
    ///
    /// # Errors
    ///
    /// A program is missing or fails, or something does not get ready in time. What was started is ended then; logs stay.
    pub fn up(folder: &Path, options: Options) -> Result<Self, Error> {
        let mut network = match Self::open(folder) {
            Ok(network) if network.state.options == options => network,
            Ok(_) => return Err(Error::Folder(format!("{} holds another network", folder.display()))),
            Err(Error::Folder(_)) => Self::create(folder, options)?,
            Err(error) => return Err(error),
        };
        let started = network.start();
        if let Err(error) = started {
            network.down()?;
            return Err(error);
        }
        Ok(network)
    }

    /// The network in a folder, whether or not it runs.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] if there is none.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let none = |_| Error::Folder(format!("{} holds no network", folder.display()));
        let folder = fs::canonicalize(folder).map_err(none)?;
        let text = fs::read(folder.join(STATE)).map_err(none)?;
        let state = serde_json::from_slice(&text)
            .map_err(|error| Error::Folder(format!("{}: {error}", folder.join(STATE).display())))?;
        // What ends a network needs none of Fabric's programs.
        Ok(Self { folder, programs: Programs::find().unwrap_or_default(), state })
    }

    fn create(folder: &Path, options: Options) -> Result<Self, Error> {
        let programs = Programs::find()?;
        at(folder, fs::create_dir_all(folder))?;
        let folder = at(folder, fs::canonicalize(folder))?;
        if at(&folder, fs::read_dir(&folder))?.next().is_some() {
            return Err(Error::Folder(format!("{} holds something else than a network", folder.display())));
        }
        let nodes = configuration::nodes(options.topology)?;
        configuration::write(&folder, &nodes, &programs)?;
        let state = State { options, nodes, channels: Vec::new(), services: Vec::new() };
        let network = Self { folder, programs, state };
        network.save()?;
        Ok(network)
    }

    fn start(&mut self) -> Result<(), Error> {
        wait::all(&self.state.nodes, |node| self.start_node(node))?;
        for service in &self.state.services {
            self.restart_service(service)?;
        }
        let missing: Vec<_> =
            Channel::standard(self.topology()).into_iter().filter(|channel| !self.has(channel)).collect();
        // Ordering nodes take one channel after the other anyway.
        for channel in missing {
            self.make_channel(&channel)?;
            self.remember_channel(channel)?;
        }
        wait::all(&self.state.channels, |channel| self.wait_for_membership(channel))?;
        Ok(())
    }

    /// Adds a channel of all organizations that is governed as the market's, with blocks cut as the market's or otherwise.
    ///
    /// # Errors
    ///
    /// A program fails, or the nodes do not get ready in time.
    pub fn add_market(&mut self, name: &str, blocks: Option<Blocks>) -> Result<(), Error> {
        let channel = Channel::market(self.topology(), name, blocks);
        self.make_channel(&channel)?;
        self.wait_for_membership(&channel)?;
        self.remember_channel(channel)
    }

    fn has(&self, channel: &Channel) -> bool {
        self.state.channels.iter().any(|other| other.name == channel.name)
    }

    fn remember_channel(&mut self, channel: Channel) -> Result<(), Error> {
        self.state.channels.push(channel);
        self.save()
    }

    pub(crate) fn remember_service(&mut self, service: Service) -> Result<(), Error> {
        self.state.services.push(service);
        self.save()
    }

    /// Notes a peer and the channel that it has joined.
    pub(crate) fn remember_member(&mut self, peer: Node, channel: &str) -> Result<(), Error> {
        let channels = self.state.channels.iter_mut().filter(|one| one.name == channel);
        channels.for_each(|one| one.members.push(peer.organization.clone()));
        self.state.nodes.push(peer);
        self.save()
    }

    pub(crate) fn channel(&self, name: &str) -> Result<&Channel, Error> {
        let found = self.state.channels.iter().find(|channel| channel.name == name);
        found.ok_or_else(|| Error::Unknown(format!("channel {name}")))
    }

    /// Written whole or not at all.
    fn save(&self) -> Result<(), Error> {
        let (half, file) = (self.folder.join("network.part"), self.folder.join(STATE));
        let text = serde_json::to_string_pretty(&self.state).map_err(|error| Error::Folder(error.to_string()))?;
        write_file(&half, &text)?;
        at(&file, fs::rename(&half, &file))
    }

    /// Ends all processes of the network.
    ///
    /// # Errors
    ///
    /// One does not end.
    pub fn down(&self) -> Result<(), Error> {
        wait::all(&self.process_folders(), |(_, folder)| process::stop(folder))?;
        Ok(())
    }

    fn process_folders(&self) -> Vec<(String, PathBuf)> {
        let nodes = self.state.nodes.iter().map(|node| (node.name.clone(), node.folder(&self.folder)));
        let services = self.state.services.iter().map(|service| (service.name.clone(), service.folder(&self.folder)));
        nodes.chain(services).collect()
    }

    /// How each process is.
    ///
    /// # Errors
    ///
    /// The network's keys cannot be read.
    pub fn status(&self) -> Result<Vec<NodeStatus>, Error> {
        let mut all = wait::all(&self.state.nodes, |node| {
            let running = process::running(&node.folder(&self.folder));
            let mut status = NodeStatus {
                name: node.name.clone(),
                process_id: running.map(process::Process::id),
                problem: None,
                heights: BTreeMap::new(),
            };
            if running.is_some() {
                let operations = self.operations(node)?;
                status.problem = operations.health().err();
                let channels = self.state.channels.iter().filter(|_| node.role == Role::Peer);
                status.heights = channels
                    .filter_map(|channel| {
                        let series = format!("ledger_blockchain_height{{channel=\"{}\"}}", channel.name);
                        Some((channel.name.clone(), operations.metric(&series)?))
                    })
                    .collect();
            } else {
                status.problem = Some("does not run".to_owned());
            }
            Ok(status)
        })?;
        all.extend(self.state.services.iter().map(|service| {
            let running = process::running(&service.folder(&self.folder));
            let problem = running.is_none().then(|| "does not run".to_owned());
            let process_id = running.map(process::Process::id);
            NodeStatus { name: service.name.clone(), process_id, problem, heights: BTreeMap::new() }
        }));
        Ok(all)
    }

    /// The log of a process, by its name or the beginning of it.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such process, or more than one.
    pub fn log(&self, name: &str) -> Result<PathBuf, Error> {
        let folders = self.process_folders();
        let mut found = folders.iter().filter(|(full, _)| full.starts_with(name));
        match (found.next(), found.next()) {
            (Some((_, folder)), None) => Ok(folder.join(process::LOG)),
            _ => {
                let names: Vec<_> = folders.iter().map(|(name, _)| name.as_str()).collect();
                Err(Error::Unknown(format!("process {name}; there are {}", names.join(", "))))
            }
        }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Who takes part and who orders.
    #[must_use]
    pub fn topology(&self) -> Topology {
        self.state.options.topology
    }

    pub(crate) fn chaincode_as(&self) -> ChaincodeAs {
        self.state.options.chaincode
    }

    pub(crate) fn any_time(&self) -> bool {
        self.state.options.any_time
    }

    pub(crate) fn programs(&self) -> &Programs {
        &self.programs
    }

    pub(crate) fn services(&self) -> &[Service] {
        &self.state.services
    }

    /// The channels, each with the short names of the organizations whose peers are on it.
    pub fn channels(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.state.channels.iter().map(|channel| (channel.name.as_str(), channel.members.as_slice()))
    }

    /// The organizations: those of the topology, then those that joined.
    pub fn organizations(&self) -> impl Iterator<Item = Organization<'_>> {
        let standard = self.topology().organizations();
        let joined = self.peers().map(|peer| Organization { name: &peer.organization });
        standard.iter().copied().chain(joined.filter(|one| !standard.contains(one)))
    }

    /// The peers.
    pub fn peers(&self) -> impl Iterator<Item = &Node> {
        self.state.nodes.iter().filter(|node| node.role == Role::Peer)
    }

    /// The ordering nodes.
    pub fn orderers(&self) -> impl Iterator<Item = &Node> {
        self.state.nodes.iter().filter(|node| node.role == Role::Orderer)
    }

    /// The peer of an organization.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if it has none.
    pub fn peer(&self, organization: &str) -> Result<&Node, Error> {
        let found = self.peers().find(|peer| peer.organization == organization);
        found.ok_or_else(|| Error::Unknown(format!("peer of {organization}")))
    }

    /// The peer that an organization's clients use: its own, or that of the trading centre, which runs the market.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such organization.
    pub fn gateway(&self, organization: Organization<'_>) -> Result<&Node, Error> {
        self.peer(organization.name).or_else(|_| self.peer(TRADING_CENTRE))
    }

    /// The folder of a node's own keys: `msp` and `tls` are in it.
    #[must_use]
    pub fn keys(&self, node: &Node) -> PathBuf {
        node.keys(&self.folder)
    }

    /// The folder of an organization's user, `Admin` or `User1`: `msp` and `tls` are in it.
    #[must_use]
    pub fn user(&self, organization: Organization<'_>, name: &str) -> PathBuf {
        let domain = organization.domain();
        self.folder.join("crypto/peerOrganizations").join(&domain).join("users").join(format!("{name}@{domain}"))
    }

    /// The authority of a node's TLS certificate, in PEM.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn tls_authority(&self, node: &Node) -> Result<String, Error> {
        let file = node.tls_authority(&self.folder);
        at(&file, fs::read_to_string(&file))
    }
}
