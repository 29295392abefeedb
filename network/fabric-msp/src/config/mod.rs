//! A channel's configuration, read from a configuration block.

mod access;
mod organization;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fabric_protos::common::{Block, Config, ConfigEnvelope, Consenter, HeaderType};
use fabric_protos::etcdraft;
use fabric_protos::orderer::{BatchSize, smartbft};

use crate::block::{self, BlockError};
use crate::manager::MspManager;
use crate::msp::{Msp, MspError};
use crate::policy::{PolicyError, PolicyTree};
pub use access::default_policy_path;
pub use organization::{Address, Organization};

/// Path of the policy that a block's orderers must satisfy.
pub const BLOCK_VALIDATION: &str = "/Channel/Orderer/BlockValidation";
/// Path of the policy of those who may write to the channel's application.
pub const WRITERS: &str = "/Channel/Application/Writers";
/// Path of the policy of those who may read from the channel's application.
pub const READERS: &str = "/Channel/Application/Readers";
/// Path of the endorsement policy of chaincodes that have none of their own.
pub const ENDORSEMENT: &str = "/Channel/Application/Endorsement";
/// Path of the policy that a chaincode's definition must satisfy.
pub const LIFECYCLE_ENDORSEMENT: &str = "/Channel/Application/LifecycleEndorsement";

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The bytes are not a message of the expected kind.
    #[error("could not deserialize {what}: {reason}")]
    Malformed {
        /// What they should be.
        what: String,
        /// What the decoder says.
        reason: String,
    },
    /// The block has no configuration, or not only.
    #[error("block {0} is not a configuration block")]
    NotConfig(u64),
    /// A group or value that every channel has is not there.
    #[error("the configuration has no {0}")]
    Missing(&'static str),
    /// A value makes no sense.
    #[error("the configuration's {what} is {value:?}")]
    Value {
        /// Which value.
        what: &'static str,
        /// What it is.
        value: String,
    },
    /// An organization's MSP cannot be set up.
    #[error("organization {name}: {source}")]
    Msp {
        /// Name of the organization's group.
        name: String,
        /// Why not.
        source: MspError,
    },
    /// A policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The block itself is malformed.
    #[error(transparent)]
    Block(#[from] BlockError),
}

impl ConfigError {
    /// Stable code, for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "CONFIG_MALFORMED",
            Self::NotConfig(_) => "CONFIG_NOT_CONFIG",
            Self::Missing(_) => "CONFIG_MISSING",
            Self::Value { .. } => "CONFIG_VALUE",
            Self::Msp { source, .. } => source.code(),
            Self::Policy(error) => error.code(),
            Self::Block(error) => error.code(),
        }
    }
}

/// How blocks are ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consensus {
    /// By Raft: trusts every orderer.
    Raft(etcdraft::ConfigMetadata),
    /// By BFT: trusts a quorum.
    Bft {
        /// Its settings.
        options: Box<smartbft::Options>,
        /// Its nodes, which sign blocks by number.
        consenters: Vec<Consenter>,
    },
}

/// Protocol versions that all nodes must know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Of the channel.
    pub channel: BTreeSet<String>,
    /// Of its orderers.
    pub orderer: BTreeSet<String>,
    /// Of its peers.
    pub application: BTreeSet<String>,
}

/// A channel's configuration.
#[derive(Debug)]
pub struct ChannelConfig {
    /// Name of the channel.
    pub channel_id: String,
    /// Rises by one with each update.
    pub sequence: u64,
    /// Protocol versions.
    pub capabilities: Capabilities,
    /// Organizations with peers, by name of their group.
    pub organizations: BTreeMap<String, Organization>,
    /// Organizations with orderers, by name of their group.
    pub orderer_organizations: BTreeMap<String, Organization>,
    /// When a block is full.
    pub batch_size: BatchSize,
    /// When a block that is not full is cut.
    pub batch_timeout: Duration,
    /// How blocks are ordered.
    pub consensus: Consensus,
    /// Orderers' addresses for the whole channel; empty since V3_0, see [`ChannelConfig::orderer_endpoints`].
    pub orderer_addresses: Vec<String>,
    /// Paths of the policies that override [`default_policy_path`], by name of the function.
    pub access: BTreeMap<String, String>,
    /// The channel's policies.
    pub policies: PolicyTree,
    /// The channel's MSPs.
    pub msps: MspManager,
    /// What all of it was read from.
    pub config: Config,
}

impl ChannelConfig {
    /// From a configuration block.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn from_block(block: &Block) -> Result<Self, ConfigError> {
        let number = block.header.as_ref().map_or(0, |header| header.number);
        let data = block.data.as_ref().map_or(&[][..], |data| data.data.as_slice());
        let [envelope] = data else { return Err(ConfigError::NotConfig(number)) };
        let (channel_header, payload) = block::open_envelope(envelope)?;
        if channel_header.r#type != HeaderType::Config as i32 {
            return Err(ConfigError::NotConfig(number));
        }
        let envelope: ConfigEnvelope = read::decode("a configuration envelope", &payload.data)?;
        Self::from_config(channel_header.channel_id, envelope.config.ok_or(ConfigError::Missing("configuration"))?)
    }

    /// From the configuration itself.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn from_config(channel_id: String, config: Config) -> Result<Self, ConfigError> {
        let channel = config.channel_group.as_ref().ok_or(ConfigError::Missing("channel group"))?;
        let orderer = channel.groups.get("Orderer").ok_or(ConfigError::Missing("orderer group"))?;
        let application = channel.groups.get("Application");
        let organizations = organization::read_all(application)?;
        let orderer_organizations = organization::read_all(Some(orderer))?;
        let msps = organizations.values().chain(orderer_organizations.values());
        Ok(Self {
            channel_id,
            sequence: config.sequence,
            capabilities: Capabilities {
                channel: read::capabilities(channel)?,
                orderer: read::capabilities(orderer)?,
                application: application.map(read::capabilities).transpose()?.unwrap_or_default(),
            },
            msps: MspManager::new(msps.map(|organization| Arc::clone(&organization.msp))),
            batch_size: read::value(orderer, "BatchSize")?.ok_or(ConfigError::Missing("BatchSize"))?,
            batch_timeout: read::batch_timeout(orderer)?,
            consensus: read::consensus(orderer)?,
            orderer_addresses: read::addresses(channel, "OrdererAddresses")?,
            access: application.map(access::read).transpose()?.unwrap_or_default(),
            policies: PolicyTree::new(channel)?,
            organizations,
            orderer_organizations,
            config,
        })
    }

    /// Path of the policy that guards a function of the peer, such as `qscc/GetChainInfo`; none for unknown functions.
    pub fn access_policy_path(&self, function: &str) -> Option<&str> {
        self.access.get(function).map(String::as_str).or_else(|| default_policy_path(function))
    }

    /// Where envelopes can be sent: the organizations' endpoints, or the channel's addresses where there are none.
    pub fn orderer_endpoints(&self) -> Vec<&str> {
        let endpoints: Vec<&str> = self
            .orderer_organizations
            .values()
            .flat_map(|organization| organization.endpoints.iter().map(String::as_str))
            .collect();
        if endpoints.is_empty() { self.orderer_addresses.iter().map(String::as_str).collect() } else { endpoints }
    }

    /// The application organization with this MSP id.
    pub fn organization_by_mspid(&self, mspid: &str) -> Option<&Organization> {
        self.organizations.values().find(|organization| organization.msp.mspid() == mspid)
    }

    /// The MSP with this id.
    pub fn msp(&self, mspid: &str) -> Option<&Arc<Msp>> {
        self.msps.msp(mspid)
    }
}
