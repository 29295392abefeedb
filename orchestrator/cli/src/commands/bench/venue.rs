//! Networks that benchmarks run on, all of them reached over TLS.

use crate::{
    commands::{
        contracts::{Contracts, VERSION},
        devnet::{Ready, describe},
        fabric,
        network::{self, CONTRACTS, MARKET},
    },
    exit::WrongInput,
};
use ::devnet::{Devnet, Network};
use anyhow::{Context, Result};
use fabric_client::load::Client;
use fabric_network::{Blocks, ChaincodeAs, Deployment, Ending, Options, Topology, Usage};
use std::{collections::BTreeMap, path::Path};
use tokio::task::block_in_place;

/// The contract that benchmarks call.
pub(super) const BENCHMARK: &str = "benchmark";

/// Real Fabric as it is brought up here: five organizations, and contracts that peers launch.
const REAL: Options = Options { topology: Topology::Paper, chaincode: ChaincodeAs::Launched, any_time: false };

/// A network.
pub(super) struct Venue {
    /// Where everything is.
    pub(super) ready: Ready,
    keeper: Keeper,
}

/// Who ends it.
enum Keeper {
    /// It runs in this process.
    Embedded(Devnet),
    /// This program brought real Fabric up.
    Real(Ending),
    /// It was there before.
    Others,
}

impl Venue {
    /// An embedded network of the program's own. Its first channel is measured.
    pub(super) async fn embedded(description: Network, folder: &Path) -> Result<Self> {
        let channel = description.channels.first().map(|channel| channel.name.clone()).unwrap_or_default();
        let network = Devnet::builder(description, folder).start().await?;
        let ready = describe(&network, &channel)?;
        Ok(Self { ready, keeper: Keeper::Embedded(network) })
    }

    /// Real Fabric with five organizations, and one more channel of them all whose blocks are cut so.
    pub(super) fn real(folder: &Path, channel: &str, blocks: Option<Blocks>) -> Result<Self> {
        block_in_place(|| {
            let mut network = Ending::from(fabric_network::Network::up(folder, REAL)?);
            if network.channels().all(|(name, _)| name != channel) {
                network.add_market(channel, blocks)?;
            }
            let ready = fabric::describe(&network, channel)?;
            Ok(Self { ready, keeper: Keeper::Real(network) })
        })
    }

    /// An embedded network of the market with its contracts.
    pub(super) async fn embedded_market(folder: &Path, contracts: &Contracts) -> Result<Self> {
        let network = network::start_market(folder, contracts, None).await?;
        let ready = describe(&network, MARKET)?;
        Ok(Self { ready, keeper: Keeper::Embedded(network) })
    }

    /// Real Fabric with five organizations and the market's contracts on the market's channel.
    pub(super) fn real_market(folder: &Path, contracts: &Contracts) -> Result<Self> {
        block_in_place(|| {
            let mut network = Ending::from(fabric_network::Network::up(folder, REAL)?);
            for (name, policy) in CONTRACTS {
                network.deploy(MARKET, &contracts.deployment(name, policy)?)?;
            }
            let ready = fabric::describe(&network, MARKET)?;
            Ok(Self { ready, keeper: Keeper::Real(network) })
        })
    }

    /// A network that runs.
    pub(super) fn join(file: &Path) -> Result<Self> {
        Ok(Self { ready: Ready::read(file)?, keeper: Keeper::Others })
    }

    /// Deploys the benchmark contract on the measured channel under a policy of so many endorsements, and returns who
    /// may endorse, by MSP id.
    pub(super) async fn deploy_benchmark(
        &mut self,
        contracts: &Contracts,
        chaincode: &str,
        endorsements: usize,
    ) -> Result<Vec<String>> {
        let channel = self.ready.channel.clone();
        match &mut self.keeper {
            Keeper::Embedded(devnet) => {
                let msp_ids: Vec<_> = self.ready.organizations.iter().map(|one| one.msp_id.clone()).collect();
                let policy = some_of(&msp_ids, endorsements)?;
                network::deploy(devnet, &channel, chaincode, &contracts.package(BENCHMARK)?, &policy).await?;
                Ok(msp_ids)
            }
            Keeper::Real(network) => deploy_on_fabric(network, &channel, contracts, chaincode, endorsements),
            Keeper::Others => {
                let folder = self.ready.data_dir.as_ref().ok_or_else(|| {
                    WrongInput(
                        "only on a network that `gridbourse network up` brought up can this program install a contract"
                            .to_owned(),
                    )
                })?;
                let mut network = fabric_network::Network::open(folder)?;
                deploy_on_fabric(&mut network, &channel, contracts, chaincode, endorsements)
            }
        }
    }

    /// Says so if the measured channel has no such chaincode.
    pub(super) async fn require(&self, chaincode: &str) -> Result<()> {
        let first = self.ready.organizations.first().context("the network has no organizations")?;
        let network = first.gateway().await?.network(&self.ready.channel);
        match network.committed_chaincode(chaincode).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let channel = &self.ready.channel;
                let text = format!(
                    "channel {channel} has no chaincode {chaincode} that can be called ({error}): name another with --chaincode, or have it installed with --install"
                );
                Err(WrongInput(text).into())
            }
        }
    }

    /// The real network, where it is the program's own.
    pub(super) fn fabric(&mut self) -> Option<&mut fabric_network::Network> {
        match &mut self.keeper {
            Keeper::Real(network) => Some(network),
            _ => None,
        }
    }

    /// What the processes of the real network have used so far; none where it is not the program's own.
    pub(super) fn usage(&self) -> BTreeMap<i32, Usage> {
        match &self.keeper {
            Keeper::Real(network) => network.usage(),
            _ => BTreeMap::new(),
        }
    }

    /// Ends the network, if it is the program's own.
    pub(super) async fn stop(self) {
        if let Keeper::Embedded(network) = self.keeper {
            network.stop().await;
        }
    }

    /// Clients of the first so many organizations, each with a connection of its own.
    pub(super) async fn clients(
        &self,
        organizations: usize,
        processes: usize,
        endorsers: &Endorsers,
    ) -> Result<Vec<Client>> {
        let mut clients = Vec::new();
        for (number, organization) in self.ready.organizations.iter().take(organizations).enumerate() {
            for _ in 0..processes {
                clients.push(Client {
                    organization: organization.name.clone(),
                    gateway: organization.gateway().await?,
                    endorsers: endorsers.of(number, &organization.msp_id),
                });
            }
        }
        Ok(clients)
    }
}

/// Who endorses and evaluates.
pub(super) enum Endorsers {
    /// Whom the gateway chooses.
    Gateway,
    /// So many of these, by MSP id: an organization itself and those after it, so that the work is shared.
    Some { among: Vec<String>, count: usize },
}

impl Endorsers {
    /// For a client of an organization, which is the network's `number`th.
    fn of(&self, number: usize, msp_id: &str) -> Vec<String> {
        let Self::Some { among, count } = self else { return Vec::new() };
        let first = among.iter().position(|one| one == msp_id).unwrap_or(number);
        let all = among.iter().cycle().skip(first % among.len().max(1));
        all.take(*count.min(&among.len())).cloned().collect()
    }
}

fn deploy_on_fabric(
    network: &mut fabric_network::Network,
    channel: &str,
    contracts: &Contracts,
    chaincode: &str,
    endorsements: usize,
) -> Result<Vec<String>> {
    let msp_ids: Vec<_> = network.topology().consensus().iter().map(|one| one.msp_id()).collect();
    let policy = some_of(&msp_ids, endorsements)?;
    let deployment = Deployment::new(chaincode, VERSION, contracts.module(BENCHMARK)?, &policy)?;
    block_in_place(|| network.deploy(channel, &deployment))?;
    Ok(msp_ids)
}

/// The policy of so many endorsements of peers of these organizations.
pub(super) fn some_of(msp_ids: &[String], endorsements: usize) -> Result<String> {
    if !(1..=msp_ids.len()).contains(&endorsements) {
        let text = format!("{endorsements} endorsements: {} organizations endorse", msp_ids.len());
        return Err(WrongInput(text).into());
    }
    let peers: Vec<_> = msp_ids.iter().map(|msp_id| format!("'{msp_id}.peer'")).collect();
    Ok(format!("OutOf({endorsements}, {})", peers.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn msp_ids() -> Vec<String> {
        ["A", "B", "C"].map(str::to_owned).into()
    }

    #[test]
    fn endorsements_are_shared() {
        let some = Endorsers::Some { among: msp_ids(), count: 2 };
        assert_eq!(some.of(1, "B"), ["B", "C"]);
        assert_eq!(some.of(2, "C"), ["C", "A"]);
        assert_eq!(some.of(4, "an organization without the contract"), ["B", "C"]);
        assert!(Endorsers::Gateway.of(1, "B").is_empty());
        assert!(Endorsers::Some { among: Vec::new(), count: 2 }.of(1, "B").is_empty());
    }

    #[test]
    fn a_policy_asks_for_no_more_than_there_are() {
        assert_eq!(some_of(&msp_ids(), 2).ok().as_deref(), Some("OutOf(2, 'A.peer', 'B.peer', 'C.peer')"));
        for endorsements in [0, 4] {
            assert!(some_of(&msp_ids(), endorsements).is_err_and(|error| error.is::<WrongInput>()));
        }
    }
}
