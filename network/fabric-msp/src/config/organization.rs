//! Organizations of a channel.

use std::collections::BTreeMap;
use std::sync::Arc;

use fabric_protos::common::ConfigGroup;
use fabric_protos::msp::MspConfig;
use fabric_protos::protos::AnchorPeers;

use super::{ConfigError, read};
use crate::msp::Msp;

/// Host and port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// Name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// An organization of a channel.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Name of its group in the configuration.
    pub name: String,
    /// Its identities.
    pub msp: Arc<Msp>,
    /// Peers that other organizations contact first.
    pub anchor_peers: Vec<Address>,
    /// Its orderers, each `host:port`.
    pub endpoints: Vec<String>,
}

/// The organizations of the application or orderer group.
pub(super) fn read_all(group: Option<&ConfigGroup>) -> Result<BTreeMap<String, Organization>, ConfigError> {
    let groups = group.map(|group| &group.groups).into_iter().flatten();
    groups.map(|(name, group)| Ok((name.clone(), read_one(name, group)?))).collect()
}

fn read_one(name: &str, group: &ConfigGroup) -> Result<Organization, ConfigError> {
    let msp: MspConfig = read::value(group, "MSP")?.ok_or(ConfigError::Missing("MSP of an organization"))?;
    let msp = Msp::from_config(&msp).map_err(|source| ConfigError::Msp { name: name.to_owned(), source })?;
    let anchors: AnchorPeers = read::value(group, "AnchorPeers")?.unwrap_or_default();
    let anchor_peers = anchors.anchor_peers.into_iter().map(|peer| {
        let port = u16::try_from(peer.port)
            .map_err(|_| ConfigError::Value { what: "anchor peer's port", value: peer.port.to_string() })?;
        Ok(Address { host: peer.host, port })
    });
    Ok(Organization {
        name: name.to_owned(),
        msp: Arc::new(msp),
        anchor_peers: anchor_peers.collect::<Result<_, ConfigError>>()?,
        endpoints: read::addresses(group, "Endpoints")?,
    })
}
