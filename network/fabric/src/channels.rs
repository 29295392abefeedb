//! Channels: their first blocks, and who joins them.

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, iter};

use serde::{Deserialize, Serialize};

use crate::client::{run, tail};
use crate::error::{Error, at};
use crate::network::Network;
use crate::node::Node;
use crate::topology::Topology;
use crate::wait::{self, Look};

/// Time for an ordering node to take part in a channel: with Raft, an election.
const ACTIVE: Duration = Duration::from_secs(60);
/// Time for peers to learn of each other.
const MEMBERSHIP: Duration = Duration::from_secs(60);

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Channel {
    pub(crate) name: String,
    profile: String,
    /// Short names of the organizations whose peers join.
    pub(crate) members: Vec<String>,
    /// Other than the profile says.
    #[serde(default)]
    blocks: Option<Blocks>,
}

/// When the ordering nodes cut a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocks {
    /// When it holds so many transactions.
    pub transactions: u32,
    /// When its first transaction has waited so long.
    pub timeout: Duration,
}

impl Channel {
    /// A channel that is governed as the market's.
    pub(crate) fn market(topology: Topology, name: &str, blocks: Option<Blocks>) -> Self {
        let members = topology.with_peers().iter().map(|organization| organization.name.to_owned()).collect();
        Self { name: name.to_owned(), profile: topology.market_profile(), members, blocks }
    }

    /// All that the standard network has.
    pub(crate) fn standard(topology: Topology) -> Vec<Self> {
        let regulator = topology.with_peers().first().map_or("", |organization| organization.name);
        let own = topology.with_peers().iter().map(|organization| {
            let others = (organization.name != regulator).then_some(organization.name);
            let name = format!("org-{}", organization.name);
            let profile = format!("{name}-{}", topology.name());
            let members = iter::once(regulator).chain(others).map(str::to_owned).collect();
            Self { name, profile, members, blocks: None }
        });
        iter::once(Self::market(topology, "market", None)).chain(own).collect()
    }
}

impl Network {
    /// Makes a channel: its first block, the ordering nodes, then its members' peers, until each knows all others.
    pub(crate) fn make_channel(&self, channel: &Channel) -> Result<(), Error> {
        let block = self.genesis(channel)?;
        let orderers: Vec<_> = self.orderers().collect();
        wait::all(&orderers, |orderer| self.join_orderer(orderer, channel, &block))?;
        wait::all(&orderers, |orderer| self.wait_until_active(orderer, &channel.name))?;
        let peers = self.members(channel)?;
        wait::all(&peers, |peer| {
            let mut command = self.peer_command(peer)?;
            command.args(["channel", "join", "--blockpath"]).arg(&block);
            run(command).map(drop)
        })?;
        Ok(())
    }

    /// The peers of a channel's members.
    pub(crate) fn members(&self, channel: &Channel) -> Result<Vec<&Node>, Error> {
        channel.members.iter().map(|name| self.peer(name)).collect()
    }

    fn genesis(&self, channel: &Channel) -> Result<PathBuf, Error> {
        let folder = self.folder().join("blocks");
        at(&folder, fs::create_dir_all(&folder))?;
        let block = folder.join(format!("{}.block", channel.name));
        let mut command = self.programs().command("configtxgen")?;
        command.args(["-profile", &channel.profile, "-channelID", &channel.name, "-outputBlock"]).arg(&block);
        command.arg("-configPath").arg(self.folder()).env("FABRIC_CFG_PATH", self.folder());
        if let Some(blocks) = channel.blocks {
            // configtxgen takes a value of a profile from the environment as well.
            let prefix = format!("CONFIGTX_PROFILES_{}_ORDERER", channel.profile.to_uppercase());
            command.env(format!("{prefix}_BATCHTIMEOUT"), format!("{}ms", blocks.timeout.as_millis()));
            command.env(format!("{prefix}_BATCHSIZE_MAXMESSAGECOUNT"), blocks.transactions.to_string());
        }
        run(command)?;
        Ok(block)
    }

    fn join_orderer(&self, orderer: &Node, channel: &Channel, block: &PathBuf) -> Result<(), Error> {
        let mut command = self.administration(orderer)?;
        command.args(["channel", "join", "--channelID", &channel.name, "--config-block"]).arg(block);
        let said = run(command)?;
        // The program succeeds also where the node refuses.
        if said.contains("Status: 201") {
            return Ok(());
        }
        Err(Error::Program { command: "osnadmin channel join".to_owned(), output: tail(&said).to_owned() })
    }

    fn wait_until_active(&self, orderer: &Node, channel: &str) -> Result<(), Error> {
        wait::until(&format!("{} becoming active on {channel}", orderer.name), ACTIVE, || {
            let mut command = self.administration(orderer)?;
            command.args(["channel", "list", "--channelID", channel]);
            let said = run(command)?;
            Ok(if said.contains("\"active\"") { Look::Ready } else { Look::NotYet(tail(&said).to_owned()) })
        })
    }

    /// `osnadmin` as the administrator of an ordering node.
    fn administration(&self, orderer: &Node) -> Result<std::process::Command, Error> {
        let tls = orderer.administrator_tls(self.folder());
        let mut command = self.programs().command("osnadmin")?;
        command.arg("--orderer-address").arg(orderer.second_address.to_string());
        command.arg("--ca-file").arg(tls.authority);
        command.arg("--client-cert").arg(tls.certificate).arg("--client-key").arg(tls.key);
        Ok(command)
    }

    /// Waits until every peer of a channel knows all the others.
    pub(crate) fn wait_for_membership(&self, channel: &Channel) -> Result<(), Error> {
        let peers = self.members(channel)?;
        let others = u64::try_from(peers.len().saturating_sub(1)).unwrap_or(u64::MAX);
        wait::all(&peers, |peer| {
            let operations = self.operations(peer)?;
            let series = format!("gossip_membership_total_peers_known{{channel=\"{}\"}}", channel.name);
            wait::until(&format!("{} knowing the peers of {}", peer.name, channel.name), MEMBERSHIP, || {
                self.check_runs(peer)?;
                Ok(match operations.metric(&series).unwrap_or_default() {
                    known if known >= others => Look::Ready,
                    known => Look::NotYet(format!("knows {known} of {others}")),
                })
            })
        })?;
        Ok(())
    }
}
