//! The embedded network of the market: five organizations, the three chaincodes on the channel `market`, and
//! `anchoring` on the organizations' own channels.

use crate::{commands::contracts::Contracts, exit::WrongInput};
use ::devnet::{Devnet, Network, ledger::transactions, lifecycle::Deployment};
use anyhow::{Context, Result};
use app::{
    anchors::Anchors,
    archive::{self, Archive},
    feed::Feed,
    market::{Gateways, Market},
};
use fabric_client::{Gateway, TxValidationCode};
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

/// SHA-256 over the state of all contracts, in hex: no transaction ids, no wall-clock, the same for the same seed.
pub(crate) fn state_digest(network: &Devnet) -> Result<String> {
    let snapshot = network.ledger(MARKET)?.snapshot();
    let digests = CONTRACTS.into_iter().map(|(name, _)| snapshot.digest(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(hex::encode(fabric_msp::sha256(digests.iter().map(<[u8; 32]>::as_slice))))
}

/// Hash of the first block of the market's channel, in hex.
pub(crate) fn genesis_hash(network: &Devnet) -> Result<String> {
    let first = network.ledger(MARKET)?.block(0)?.context("the channel has no first block")?;
    let header = first.header.as_ref().context("the channel's first block has no header")?;
    Ok(hex::encode(fabric_msp::block::header_hash(header)))
}

/// Valid transactions on the market's channel.
pub(crate) fn valid_transactions(network: &Devnet) -> Result<u64> {
    let mut count = 0;
    for block in network.ledger(MARKET)?.blocks(0) {
        count += transactions(&*block?).iter().filter(|one| one.code == TxValidationCode::Valid).count();
    }
    Ok(u64::try_from(count)?)
}

/// The archive of the grid company's evidence in a store.
pub(crate) fn archive(network: &Devnet, store: Arc<dyn records::Store>) -> Result<Archive> {
    let gateway = gateway(network, "grid-company")?;
    Ok(Archive::new(Anchors::new(&gateway, archive::CHANNEL, &archive::ENDORSERS), store))
}

/// The feed of the market's records into a store.
pub(crate) fn feed(network: &Devnet, market: Arc<Market>, store: Arc<dyn records::Store>) -> Result<Feed> {
    let gateway = gateway(network, "trading-centre")?;
    let anchors = Anchors::new(&gateway, MARKET, &app::market::CONSENSUS);
    Ok(Feed::new(gateway.network(MARKET), market, anchors, store))
}
