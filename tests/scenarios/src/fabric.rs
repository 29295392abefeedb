//! A real Fabric network as scenarios see it: clients of every organization, and organizations that forge.
#![allow(
    clippy::unwrap_used,
    reason = "only tests start a network like this, and in a test a panic is the best answer"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fabric_client::{Connection, Error, Gateway, Transaction, raw};
use fabric_msp::LocalSigner;
use fabric_msp::proposal::endorse;
use fabric_network::{ChaincodeAs, Deployment, Ending, Options, Topology};
use tokio::runtime::Runtime;

use crate::clients::{Clients, failure};
use crate::embedded::{self, CONTRACTS};
use crate::{Call, Failure, Forgery, Network, Organization, StateEntry, forged};

/// Time between two looks at a peer that was away.
const CATCHING_UP: Duration = Duration::from_millis(100);

/// The `small` network, with both contracts on each of its channels; all clones are the same one. It ends with the last.
#[derive(Clone)]
pub struct Fabric(Arc<Inner>);

struct Inner {
    runtime: Runtime,
    network: Ending,
    clients: Clients,
    /// Whose peers do not run.
    absent: Mutex<BTreeSet<Organization>>,
}

impl Fabric {
    /// Brings a network up with these channels, each as the market's.
    ///
    /// # Errors
    /// Fabric's programs are missing or fail.
    pub fn start(folder: &Path, channels: &[&str], chaincode: ChaincodeAs) -> Result<Self, fabric_network::Error> {
        let options = Options { topology: Topology::Small, chaincode, any_time: true };
        let mut network = Ending::from(fabric_network::Network::up(folder, options)?);
        channels.iter().try_for_each(|channel| make_channel(&mut network, channel))?;
        let runtime = Runtime::new().unwrap();
        let clients = Clients::new(|organization| {
            let name = network.topology().organization(organization.name()).unwrap();
            let signer = LocalSigner::from_folder(organization.msp_id(), &network.user(name, "User1").join("msp"));
            let peer = network.gateway(name).unwrap();
            let connection = Connection::tls(peer.address.to_string(), network.tls_authority(peer).unwrap());
            runtime.block_on(Gateway::connect(&connection, Arc::new(signer.unwrap()))).unwrap()
        });
        let inner = Inner { runtime, network, clients, absent: Mutex::default() };
        Ok(Self(Arc::new(inner)))
    }

    /// The network itself.
    #[must_use]
    pub fn network(&self) -> &fabric_network::Network {
        &self.0.network
    }

    /// Ends an organization's peer.
    pub fn send_away(&self, organization: Organization) {
        self.0.absent.lock().unwrap().insert(organization);
        self.network().stop_node(self.network().peer(organization.name()).unwrap()).unwrap();
    }

    /// Starts an organization's peer again, and waits until it has all blocks of a channel.
    pub fn bring_back(&self, organization: Organization, channel: &str) {
        self.network().start_node(self.network().peer(organization.name()).unwrap()).unwrap();
        let height = |organization| {
            let network = self.0.clients.gateway(organization).network(channel);
            self.0.runtime.block_on(network.chain_info()).map_or(0, |info| info.height)
        };
        while height(organization) < height(Organization::TradingCentre) {
            std::thread::sleep(CATCHING_UP);
        }
        self.0.absent.lock().unwrap().remove(&organization);
    }

    /// Waits until the peers of all consensus organizations have committed a transaction: the next one must not be
    /// endorsed by a peer that has not.
    async fn committed(&self, transaction: &Transaction) -> Result<(), Error> {
        let mut own = None;
        let absent = self.0.absent.lock().unwrap().clone();
        for organization in Organization::CONSENSUS.into_iter().filter(|one| !absent.contains(one)) {
            let commit = transaction.through(self.0.clients.gateway(organization)).commit().sign()?;
            own.get_or_insert(commit.status().await?);
        }
        own.unwrap().valid().map(drop)
    }

    /// A transaction in which one organization's peer signs writes that no contract made.
    fn forged(&self, forgery: &Forgery) -> Transaction {
        let contract =
            self.0.clients.gateway(forgery.organization).network(&forgery.channel).contract(forgery.chaincode);
        let timestamp = Duration::from_nanos(forgery.timestamp_ns);
        let proposal = contract.proposal("write").timestamp(timestamp).build().sign().unwrap();
        let action = forged::action(forgery, deployment(forgery.chaincode, "").version);
        let payload = raw::response_payload(&proposal, &action);
        let peer = self.network().peer(forgery.organization.name()).unwrap();
        let keys = self.network().keys(peer).join("msp");
        let signer = LocalSigner::from_folder(forgery.organization.msp_id(), &keys).unwrap();
        let endorsement = endorse(&signer, &payload).unwrap();
        raw::assemble(&proposal, payload, vec![endorsement]).sign().unwrap()
    }

    async fn broadcast(&self, transaction: &Transaction) -> Result<(), Error> {
        let orderer = self.network().orderers().next().unwrap();
        let connection = Connection::tls(orderer.address.to_string(), self.network().tls_authority(orderer).unwrap());
        raw::Orderer::new(connection.open().await?).broadcast(transaction).await
    }
}

impl Network for Fabric {
    fn submit(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        self.submit_together(std::slice::from_ref(call)).remove(0)
    }

    fn submit_together(&mut self, calls: &[Call]) -> Vec<Result<Vec<u8>, Failure>> {
        let committed = async |transaction: &Transaction| self.committed(transaction).await;
        self.0.runtime.block_on(self.0.clients.submit_together(calls, committed))
    }

    fn evaluate(&mut self, call: &Call) -> Result<Vec<u8>, Failure> {
        self.0.runtime.block_on(self.0.clients.evaluate(call))
    }

    fn forge(&mut self, forgery: &Forgery) -> Result<(), Failure> {
        let transaction = self.forged(forgery);
        self.0.runtime.block_on(async {
            // Past the gateway, which would not take it.
            self.broadcast(&transaction).await.unwrap();
            self.committed(&transaction).await.map_err(|error| failure(&error))
        })
    }

    /// What the valid transactions of all blocks have written.
    fn state(&mut self, channel: &str) -> Vec<StateEntry> {
        let network = self.0.clients.gateway(Organization::TradingCentre).network(channel);
        let written = self.0.runtime.block_on(network.written_state()).unwrap();
        let entries = written.values.into_iter().map(|((chaincode, key), value)| StateEntry { chaincode, key, value });
        entries.filter(|entry| CONTRACTS.iter().any(|(name, _)| *name == entry.chaincode)).collect()
    }
}

fn make_channel(network: &mut fabric_network::Network, channel: &str) -> Result<(), fabric_network::Error> {
    network.add_market(channel, None)?;
    CONTRACTS.iter().try_for_each(|(name, policy)| network.deploy(channel, &deployment(name, policy)))
}

fn deployment(name: &str, policy: &str) -> Deployment {
    Deployment::new(name, env!("CARGO_PKG_VERSION"), embedded::module(name).unwrap(), policy).unwrap()
}
