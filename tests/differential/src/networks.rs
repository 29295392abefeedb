//! Both networks, with the same chaincodes.

use crate::workload::{MSP_IDS, OPEN, ORGANIZATIONS, STRICT};
use anyhow::{Context as _, Result};
use devnet::{Batch, Channel, Devnet};
use fabric_network::{Blocks, ChaincodeAs, Ending, Network, Options, Topology};
use std::path::Path;
use std::time::Duration;
use wasm_host::package::Package;

/// Channels with the number of transactions that makes a block.
pub const CHANNELS: [(&str, usize); 2] = [("single", 1), ("full", 10)];
/// Longer than a block's transactions take: blocks are cut because they are full.
const BLOCK_TIMEOUT: Duration = Duration::from_secs(5);
const SEMVER: &str = "1.0.0";
/// What `random` of the recorder writes, and what each organization has in its place.
const SALT: &[u8] = b"SALT-0000000000000000";

/// Starts an embedded network.
///
/// # Errors
/// The network refuses.
pub async fn start_devnet(folder: &Path, recorder: &[u8]) -> Result<Devnet> {
    let mut network = devnet::Network::market();
    let as_market = network.channels.first().cloned().context("the market has no channel")?;
    let channels = CHANNELS.iter().map(|(name, size)| {
        let max_message_count = u32::try_from(*size)?;
        let timeout_ms = u64::try_from(BLOCK_TIMEOUT.as_millis())?;
        let batch = Batch { max_message_count, timeout_ms, ..Batch::default() };
        anyhow::Ok(Channel { name: (*name).to_owned(), ..as_market.clone() }.with_batch(batch))
    });
    network.channels = channels.collect::<Result<_>>()?;
    let devnet = Devnet::builder(network, folder).listen(false).clock_skew(None).start().await?;
    let modules = ORGANIZATIONS.map(|name| anyhow::Ok((name, salted(recorder, name)?)));
    let modules = modules.into_iter().collect::<Result<Vec<_>>>()?;
    for (channel, _) in CHANNELS {
        for chaincode in [OPEN, STRICT] {
            let packages = modules
                .iter()
                .map(|(name, module)| anyhow::Ok((*name, Package::new(chaincode, SEMVER, module.clone())?.build()?)));
            let packages = packages.collect::<Result<Vec<_>>>()?;
            let policy = fabric_msp::policy::parse(&policy(chaincode))?;
            let common = Package::new(chaincode, SEMVER, recorder.to_vec())?.build()?;
            let mut deployment = devnet::Deployment::new(chaincode, &common, Some(policy));
            deployment.packages = packages.iter().map(|(name, package)| (*name, package.as_slice())).collect();
            devnet.deploy(channel, &deployment).await?;
        }
    }
    Ok(devnet)
}

/// Brings a real network up.
///
/// # Errors
/// Fabric's programs are missing or fail.
pub fn start_fabric(folder: &Path, recorder: &[u8]) -> Result<Ending> {
    let options = Options { topology: Topology::Small, chaincode: ChaincodeAs::Launched, any_time: false };
    let mut network = Ending::from(Network::up(folder, options)?);
    CHANNELS.iter().try_for_each(|(channel, size)| make_channel(&mut network, channel, *size, recorder))?;
    Ok(network)
}

fn make_channel(network: &mut Network, channel: &str, block_size: usize, recorder: &[u8]) -> Result<()> {
    network.add_market(channel, Some(Blocks { transactions: u32::try_from(block_size)?, timeout: BLOCK_TIMEOUT }))?;
    for chaincode in [OPEN, STRICT] {
        let deployment = fabric_network::Deployment::new(chaincode, SEMVER, recorder.to_vec(), &policy(chaincode))?;
        let deployment = ORGANIZATIONS.iter().try_fold(deployment, |deployment, name| {
            anyhow::Ok(deployment.with_module_of(name, SEMVER, salted(recorder, name)?)?)
        });
        network.deploy(channel, &deployment?)?;
    }
    Ok(())
}

fn policy(chaincode: &str) -> String {
    let operator = if chaincode == STRICT { "AND" } else { "OR" };
    format!("{operator}({})", MSP_IDS.map(|name| format!("'{name}.peer'")).join(", "))
}

/// The recorder with a salt that no other organization has.
fn salted(recorder: &[u8], organization: &str) -> Result<Vec<u8>> {
    let mut module = recorder.to_vec();
    let place = module.windows(SALT.len()).position(|bytes| bytes == SALT).context("the module has no salt")?;
    let salt = format!("SALT-{organization:0>16}");
    module.get_mut(place..place + SALT.len()).context("the salt's place")?.copy_from_slice(salt.as_bytes());
    Ok(module)
}
