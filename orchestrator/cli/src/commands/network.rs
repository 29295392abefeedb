//! The embedded network of the market: five organizations, the three chaincodes on the channel `market`, and
//! `anchoring` on the organizations' own channels.

use crate::{commands::contracts::Contracts, exit::WrongInput};
use ::devnet::{Devnet, Network, lifecycle::Deployment};
use anyhow::{Context, Result};
use app::{
    anchors::Anchors,
    archive::{self, Archive},
    feed::Feed,
    market::{Gateways, Market},
};
use fabric_client::Gateway;
use std::{path::Path, sync::Arc, time::Duration};

/// The channel of the market.
pub(crate) const MARKET: &str = "market";
/// The embedded store of records, in the data folder.
pub(crate) const RECORDS: &str = "records.redb";
/// The contracts with their endorsement policies.
pub(crate) const CONTRACTS: [(&str, &str); 3] = [
    (declaration::messages::CHAINCODE, declaration::messages::ENDORSEMENT_POLICY),
    (exchange::messages::CHAINCODE, exchange::messages::ENDORSEMENT_POLICY),
    (anchoring::NAME, exchange::messages::ENDORSEMENT_POLICY),
];

/// Starts the market's network and deploys its contracts if they are not. Without a `clock_skew` the network takes
/// whatever time its clients stamp, as a simulated clock needs.
pub(crate) async fn start_market(
    data_dir: &Path,
    contracts: &Contracts,
    clock_skew: Option<Duration>,
) -> Result<Devnet> {
    let network = Devnet::builder(Network::market(), data_dir).clock_skew(clock_skew).start().await?;
    for (name, policy) in CONTRACTS {
        deploy(&network, MARKET, name, &contracts.package(name)?, policy).await?;
    }
    // Every organization anchors its own records on its own channel, where all members of the channel endorse.
    let anchoring = contracts.package(anchoring::NAME)?;
    let configuration = Network::market();
    for channel in configuration.channels.iter().filter(|channel| channel.name != MARKET) {
        let members = channel.members.iter().filter_map(|name| configuration.organization(name));
        let peers: Vec<_> = members.map(|organization| format!("'{}.peer'", organization.msp_id)).collect();
        let policy = format!("AND({})", peers.join(","));
        deploy(&network, &channel.name, anchoring::NAME, &anchoring, &policy).await?;
    }
    Ok(network)
}

/// Deploys a package under an endorsement policy such as `OR('Org1MSP.peer', 'Org2MSP.peer')`.
pub(crate) async fn deploy(network: &Devnet, channel: &str, name: &str, package: &[u8], policy: &str) -> Result<()> {
    let policy = fabric_msp::policy::parse(policy).map_err(|error| WrongInput(format!("policy {policy}: {error}")))?;
    let deployment = Deployment::new(name, package, Some(policy));
    network.deploy(channel, &deployment).await.with_context(|| format!("cannot deploy {name}"))?;
    Ok(())
}

/// Gateways of the organizations, within this process, as their first users.
pub(crate) fn gateways(network: &Devnet) -> Result<Gateways> {
    Ok(Gateways {
        regulator: gateway(network, "regulator")?,
        trading_centre: gateway(network, "trading-centre")?,
        dispatcher: gateway(network, "dispatcher")?,
        grid_company: gateway(network, "grid-company")?,
    })
}

/// A gateway of one organization as its first user.
pub(crate) fn gateway(network: &Devnet, organization: &str) -> Result<Gateway> {
    let signer = network.identity(organization, "User1")?.signer()?;
    Ok(Gateway::new(network.connect(organization)?, Arc::new(signer)))
}

/// The archive of the grid company's evidence in a store, through its own gateway.
pub(crate) fn archive(grid_company: &Gateway, store: Arc<dyn records::Store>) -> Archive {
    Archive::new(Anchors::new(grid_company, archive::CHANNEL, &archive::ENDORSERS), store)
}

/// The feed of the market's records into a store, through the trading centre's gateway.
pub(crate) fn feed(trading_centre: &Gateway, market: Arc<Market>, store: Arc<dyn records::Store>) -> Feed {
    let anchors = Anchors::new(trading_centre, MARKET, &app::market::CONSENSUS);
    Feed::new(trading_centre.network(MARKET), market, anchors, store)
}
