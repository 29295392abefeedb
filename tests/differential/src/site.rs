//! A channel of a network, as its organizations see it.

use crate::workload::{MSP_IDS, ORGANIZATIONS};
use anyhow::{Context as _, Result};
use devnet::Devnet;
use fabric_client::{Connection, Gateway, Network, RetryPolicy, raw};
use fabric_msp::{LocalSigner, Signer};
use std::sync::Arc;

/// Ways into a network.
#[derive(Clone)]
pub struct Access {
    /// The network's name in reports.
    pub network: &'static str,
    organizations: Vec<Organization>,
    pub(crate) orderer: raw::Orderer,
}

/// One organization's way in.
#[derive(Clone)]
pub(crate) struct Organization {
    pub(crate) user: Arc<LocalSigner>,
    pub(crate) gateway: Gateway,
    pub(crate) peer: raw::Peer,
}

impl Organization {
    fn new(user: LocalSigner, connection: tonic::transport::Channel) -> Self {
        let user = Arc::new(user);
        let signer: Arc<dyn Signer> = user.clone();
        // A transaction that is invalid stays invalid: that is what is compared.
        let gateway = Gateway::new(connection.clone(), signer).with_retry_policy(RetryPolicy::NEVER);
        Self { user, gateway, peer: raw::Peer::new(connection) }
    }
}

impl Access {
    /// To an embedded network.
    ///
    /// # Errors
    /// A key cannot be read.
    pub fn devnet(network: &Devnet) -> Result<Self> {
        let organizations = ORGANIZATIONS.map(|name| {
            let user = network.identity(name, "User1")?.signer()?;
            anyhow::Ok(Organization::new(user, network.connect(name)?))
        });
        let organizations = organizations.into_iter().collect::<Result<_>>()?;
        Ok(Self { network: "devnet", organizations, orderer: raw::Orderer::new(network.connect_orderer()) })
    }

    /// To a real network.
    ///
    /// # Errors
    /// A key cannot be read, or a node does not answer.
    pub async fn fabric(network: &fabric_network::Network) -> Result<Self> {
        let mut organizations = Vec::new();
        for (name, msp_id) in ORGANIZATIONS.into_iter().zip(MSP_IDS) {
            let organization = network.topology().organization(name).context("the network lacks an organization")?;
            let user = LocalSigner::from_folder(msp_id, &network.user(organization, "User1").join("msp"))?;
            let peer = network.peer(name)?;
            let connection = Connection::tls(peer.address.to_string(), network.tls_authority(peer)?);
            organizations.push(Organization::new(user, connection.open().await?));
        }
        let orderer = network.orderers().next().context("the network orders nothing")?;
        let connection = Connection::tls(orderer.address.to_string(), network.tls_authority(orderer)?);
        let orderer = raw::Orderer::new(connection.open().await?);
        Ok(Self { network: "fabric", organizations, orderer })
    }

    pub(crate) fn organization(&self, place: usize) -> Result<&Organization> {
        self.organizations.get(place).with_context(|| format!("no organization {place}"))
    }

    /// The channel through each organization's gateway.
    pub(crate) fn channel<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Network> + 'a {
        self.organizations.iter().map(move |organization| organization.gateway.network(name))
    }

    /// The channel through the first organization's gateway.
    ///
    /// # Errors
    /// There is no organization.
    pub fn any_channel(&self, name: &str) -> Result<Network> {
        Ok(self.organization(0)?.gateway.network(name))
    }
}
