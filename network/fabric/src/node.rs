use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::health::ClientTls;
use crate::topology::Organization;

/// A peer or an ordering node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its full name, for example `peer0.regulator.gridbourse.example`.
    pub name: String,
    /// Short name of its organization.
    pub organization: String,
    /// The MSP that vouches for it.
    pub msp_id: String,
    /// Where clients reach it.
    pub address: SocketAddr,
    pub(crate) role: Role,
    pub(crate) domain: String,
    /// Where a peer's chaincodes reach it, or an ordering node's administrators.
    pub(crate) second_address: SocketAddr,
    pub(crate) operations: SocketAddr,
}

/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Peer,
    Orderer,
}

impl Node {
    pub(crate) fn peer(organization: Organization<'_>, [address, second_address, operations]: [SocketAddr; 3]) -> Self {
        Self {
            name: organization.peer(),
            organization: organization.name.to_owned(),
            msp_id: organization.msp_id(),
            address,
            role: Role::Peer,
            domain: organization.domain(),
            second_address,
            operations,
        }
    }

    pub(crate) fn orderer(
        organization: Organization<'_>,
        [address, second_address, operations]: [SocketAddr; 3],
    ) -> Self {
        Self {
            name: organization.orderer(),
            organization: organization.name.to_owned(),
            msp_id: organization.ordering_msp_id(),
            address,
            role: Role::Orderer,
            domain: organization.ordering_domain(),
            second_address,
            operations,
        }
    }

    /// The node's folder.
    pub(crate) fn folder(&self, network: &Path) -> PathBuf {
        network.join("nodes").join(&self.name)
    }

    /// The folder of the node's organization, as cryptogen made it.
    pub(crate) fn organization_folder(&self, network: &Path) -> PathBuf {
        let kind = match self.role {
            Role::Peer => "peerOrganizations",
            Role::Orderer => "ordererOrganizations",
        };
        network.join("crypto").join(kind).join(&self.domain)
    }

    /// The folder of the node's own keys.
    pub(crate) fn keys(&self, network: &Path) -> PathBuf {
        let kind = match self.role {
            Role::Peer => "peers",
            Role::Orderer => "orderers",
        };
        self.organization_folder(network).join(kind).join(&self.name)
    }

    /// The folder of a user of the node's organization.
    pub(crate) fn user(&self, network: &Path, name: &str) -> PathBuf {
        self.organization_folder(network).join("users").join(format!("{name}@{}", self.domain))
    }

    /// The authority of the node's TLS certificate.
    pub(crate) fn tls_authority(&self, network: &Path) -> PathBuf {
        self.keys(network).join("tls/ca.crt")
    }

    /// How its organization's administrator shows itself to the node.
    pub(crate) fn administrator_tls(&self, network: &Path) -> ClientTls {
        let tls = self.user(network, "Admin").join("tls");
        ClientTls {
            authority: self.tls_authority(network),
            certificate: tls.join("client.crt"),
            key: tls.join("client.key"),
        }
    }

    /// The program and what it is told.
    pub(crate) fn program(&self) -> (&'static str, &'static [&'static str]) {
        match self.role {
            Role::Peer => ("peer", &["node", "start"]),
            Role::Orderer => ("orderer", &["start"]),
        }
    }

    /// What differs from node to node, as environment variables.
    pub(crate) fn environment(&self, network: &Path) -> Vec<(String, String)> {
        let (address, second, operations) =
            (self.address.to_string(), self.second_address.to_string(), self.operations.to_string());
        let snapshots = self.folder(network).join("data/snapshots").display().to_string();
        let variables = match self.role {
            Role::Peer => vec![
                ("CORE_PEER_ID", self.name.clone()),
                ("CORE_PEER_LOCALMSPID", self.msp_id.clone()),
                ("CORE_PEER_LISTENADDRESS", address.clone()),
                ("CORE_PEER_ADDRESS", address.clone()),
                ("CORE_PEER_GOSSIP_BOOTSTRAP", address.clone()),
                ("CORE_PEER_GOSSIP_EXTERNALENDPOINT", address),
                ("CORE_PEER_CHAINCODELISTENADDRESS", second.clone()),
                ("CORE_PEER_CHAINCODEADDRESS", second),
                ("CORE_OPERATIONS_LISTENADDRESS", operations),
                ("CORE_LEDGER_SNAPSHOTS_ROOTDIR", snapshots),
            ],
            Role::Orderer => vec![
                ("ORDERER_GENERAL_LOCALMSPID", self.msp_id.clone()),
                ("ORDERER_GENERAL_LISTENADDRESS", self.address.ip().to_string()),
                ("ORDERER_GENERAL_LISTENPORT", self.address.port().to_string()),
                ("ORDERER_ADMIN_LISTENADDRESS", second),
                ("ORDERER_OPERATIONS_LISTENADDRESS", operations),
            ],
        };
        let folder = self.folder(network).display().to_string();
        let variables = variables.into_iter().chain([("FABRIC_CFG_PATH", folder)]);
        variables.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
