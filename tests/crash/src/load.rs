//! A real Fabric network under load, for whoever makes parts of it fail meanwhile.

use crate::Error;
use crate::clients::{Clients, Lanes};
use crate::journal::Journal;
use crate::verdict::{self, Verdict};
use fabric_client::{Connection, Gateway, Network};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time for transactions to go on after a fault, for peers to catch up, and for a transaction in doubt to be cleared up.
const PATIENCE: Duration = Duration::from_secs(120);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// Clients of every organization that send transactions, whatever fails, until they are told to end.
#[derive(Debug)]
pub struct Load {
    organizations: Vec<&'static str>,
    /// In the same order.
    clients: Clients,
    journal: Arc<Journal>,
    lanes: Lanes,
}

impl Load {
    /// Begins. The benchmark contract must be on the channel.
    ///
    /// # Errors
    /// A key cannot be read.
    pub fn start(network: &fabric_network::Network, channel: &str, seed: u64) -> Result<Self, Error> {
        let gateways = network.topology().organizations().iter().map(|organization| {
            let fault = |error: fabric_network::Error| Error::Contract(error.to_string());
            let peer = network.gateway(*organization).map_err(fault)?;
            let authority = network.tls_authority(peer).map_err(fault)?;
            let connection = Connection::tls(peer.address.to_string(), authority);
            let user = network.user(*organization, "User1");
            Clients::gateway(&organization.msp_id(), &user, &connection)
        });
        let gateways: Vec<Gateway> = gateways.collect::<Result<_, Error>>()?;
        let clients = Clients { channel: channel.to_owned(), gateways };
        let journal = Arc::new(Journal::default());
        let lanes = clients.lasting_load(&journal, &mut ChaCha8Rng::seed_from_u64(seed));
        let organizations = network.topology().organizations().iter().map(|organization| organization.name).collect();
        Ok(Self { organizations, clients, journal, lanes })
    }

    /// The channel as a peer of an organization has it.
    pub fn channel(&self, organization: &str) -> Option<Network> {
        let place = self.organizations.iter().position(|name| *name == organization)?;
        Some(self.clients.gateways.get(place)?.network(&self.clients.channel))
    }

    /// Waits until clients have been told the outcome of so many more transactions.
    ///
    /// # Errors
    /// [`Error::Stalled`] if that takes too long.
    pub async fn goes_on(&self, transactions: usize) -> Result<(), Error> {
        let enough = self.journal.told_count() + transactions;
        let deadline = Instant::now() + PATIENCE;
        while self.journal.told_count() < enough {
            if Instant::now() > deadline {
                let missing = enough - self.journal.told_count();
                return Err(Error::Stalled(format!("{missing} of {transactions} transactions have no outcome")));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Ends the load, clears up what is in doubt, waits until all peers have the same blocks, and holds these against
    /// what clients were told.
    ///
    /// # Errors
    /// The chain cannot be read, or the network does not settle down.
    pub async fn end(self) -> Result<Verdict, Error> {
        let Self { clients, journal, lanes, .. } = self;
        lanes.end().await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match settle(&clients, &journal).await {
                Ok(true) => return verdict::reach(&clients, &journal).await,
                outcome if Instant::now() > deadline => {
                    return Err(Error::Stalled(format!("the network does not settle down: {outcome:?}")));
                }
                _ => tokio::time::sleep(LOOK).await,
            }
        }
    }
}

/// Clears up what is in doubt. Whether all peers have the same blocks then.
async fn settle(clients: &Clients, journal: &Journal) -> Result<bool, Error> {
    clients.reconcile(journal).await?;
    let mut heights = BTreeSet::new();
    for contract in clients.contracts() {
        heights.insert(contract.network().chain_info().await?.height);
    }
    Ok(heights.len() == 1)
}
