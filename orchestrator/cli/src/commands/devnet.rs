//! `gridbourse devnet`: an embedded Fabric network for authors of contracts and for clients of any kind.

use crate::{
    commands::{contracts::Contracts, network, package},
    exit::{Code, WrongInput},
    interrupt::interrupted,
    output,
};
use ::devnet::{Batch, Devnet, Network};
use anyhow::{Context, Result};
use app::market::Gateways;
use fabric_client::{Connection, Gateway};
use fabric_msp::LocalSigner;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Start an embedded Fabric network and serve until interrupted
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where identities, blocks and state are kept; made at the first start
    #[arg(long, value_name = "DIR", default_value = "devnet-data")]
    data_dir: PathBuf,
    /// A contract to deploy, with the endorsement policy of --policy: a Wasm module, or a package of one or of a
    /// chaincode that runs as a service. May be repeated
    #[arg(long = "contract", value_name = "NAME=FILE")]
    contracts_to_deploy: Vec<String>,
    /// Endorsement policy of the contracts [default: any member of the channel]
    #[arg(long)]
    policy: Option<String>,
    /// How many organizations, org1 and on
    #[arg(long, default_value_t = 3, conflicts_with = "market")]
    organizations: usize,
    /// The channel
    #[arg(long, default_value = "mychannel", conflicts_with = "market")]
    channel: String,
    /// The five organizations and the contracts of the market in place of a general network
    #[arg(long)]
    market: bool,
    /// Take any timestamp that a client sends, for clients with a simulated clock
    #[arg(long)]
    any_time: bool,
    /// Most transactions in a block
    #[arg(long, default_value_t = Batch::default().max_message_count)]
    block_transactions: u32,
    /// Milliseconds after which a block is cut
    #[arg(long, default_value_t = Batch::default().timeout_ms)]
    block_timeout_ms: u64,
    /// Write where everything is into this file, as JSON, once the network serves
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    #[command(flatten)]
    contracts: Contracts,
}

/// Where everything is, for programs that start a network.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ready {
    /// The process that is the network, where it is one.
    pub(crate) process_id: Option<u32>,
    /// The data folder of a real network that `gridbourse network` brought up.
    #[serde(default)]
    pub(crate) data_dir: Option<PathBuf>,
    /// The channel of the contracts.
    pub(crate) channel: String,
    /// All channels.
    #[serde(default)]
    pub(crate) channels: Vec<String>,
    pub(crate) organizations: Vec<ReadyOrganization>,
    pub(crate) orderer: String,
    pub(crate) orderer_tls_authority: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ReadyOrganization {
    pub(crate) name: String,
    pub(crate) msp_id: String,
    pub(crate) endpoint: String,
    pub(crate) tls_authority: String,
    /// For tools that read one.
    pub(crate) connection_profile: Option<PathBuf>,
    pub(crate) user: PathBuf,
}

impl Ready {
    /// Reads what `--ready-file` wrote.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let wrong = |error: &dyn std::fmt::Display| WrongInput(format!("{}: {error}", file.display()));
        let text = fs::read(file).map_err(|error| wrong(&error))?;
        Ok(serde_json::from_slice(&text).map_err(|error| wrong(&error))?)
    }

    /// An organization of the network.
    pub(crate) fn organization(&self, name: &str) -> Result<&ReadyOrganization> {
        let found = self.organizations.iter().find(|organization| organization.name == name);
        Ok(found.ok_or_else(|| WrongInput(format!("the network has no organization {name}")))?)
    }
}

impl Ready {
    /// Gateways of the organizations, each as its first user.
    pub(crate) async fn gateways(&self) -> Result<Gateways> {
        Ok(Gateways {
            regulator: self.organization("regulator")?.gateway().await?,
            trading_centre: self.organization("trading-centre")?.gateway().await?,
            dispatcher: self.organization("dispatcher")?.gateway().await?,
            grid_company: self.organization("grid-company")?.gateway().await?,
        })
    }
}

impl ReadyOrganization {
    /// How to reach the organization's peer.
    pub(crate) fn connection(&self) -> Connection {
        Connection::tls(&self.endpoint, self.tls_authority.as_str())
    }

    /// The organization's gateway, as its first user.
    pub(crate) async fn gateway(&self) -> Result<Gateway> {
        let signer = LocalSigner::from_folder(&self.msp_id, &self.user.join("msp"))?;
        Ok(Gateway::connect(&self.connection(), Arc::new(signer)).await?)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: &Arguments) -> Result<Code> {
    let skew = (!arguments.any_time).then_some(Duration::from_secs(300));
    let network = if arguments.market {
        network::start_market(&arguments.data_dir, &arguments.contracts, skew).await?
    } else {
        start_general(arguments, skew).await?
    };
    let channel = if arguments.market { network::MARKET } else { &arguments.channel };
    deploy(&network, channel, arguments).await?;
    let ready = describe(&network, channel)?;
    for organization in &ready.organizations {
        output::line(&format!(
            "{:<16} {}  {}",
            organization.name,
            organization.endpoint,
            organization.connection_profile.iter().map(|path| path.display().to_string()).collect::<String>()
        ))?;
    }
    output::line(&format!("{:<16} {}", "orderer", ready.orderer))?;
    if let Some(file) = &arguments.ready_file {
        write_whole(file, &serde_json::to_string_pretty(&ready)?)?;
    }
    output::say(&format!("Serving channel {channel}; Ctrl-C ends."));
    interrupted().await;
    output::say("Stopping.");
    network.stop().await;
    Ok(Code::Done)
}

async fn start_general(arguments: &Arguments, skew: Option<Duration>) -> Result<Devnet> {
    let mut description = Network::generic(arguments.organizations, &arguments.channel);
    for channel in &mut description.channels {
        channel.batch.max_message_count = arguments.block_transactions;
        channel.batch.timeout_ms = arguments.block_timeout_ms;
    }
    Ok(Devnet::builder(description, &arguments.data_dir).clock_skew(skew).start().await?)
}

async fn deploy(network: &Devnet, channel: &str, arguments: &Arguments) -> Result<()> {
    let members = network.network().organizations.iter().map(|one| format!("'{}.peer'", one.msp_id));
    let any_member = format!("OR({})", members.collect::<Vec<_>>().join(", "));
    let policy = arguments.policy.as_deref().unwrap_or(&any_member);
    for contract in &arguments.contracts_to_deploy {
        let (name, file) = contract
            .split_once('=')
            .ok_or_else(|| WrongInput(format!("--contract {contract}: write it as NAME=FILE")))?;
        let package = package::of_file(name, "1.0.0", Path::new(file))?;
        network::deploy(network, channel, name, &package, policy).await?;
    }
    Ok(())
}

/// Where everything is on a network that listens.
pub(crate) fn describe(network: &Devnet, channel: &str) -> Result<Ready> {
    let listens = "a network that serves listens";
    let organizations = network.network().organizations.iter().map(|organization| {
        let name = &organization.name;
        Ok(ReadyOrganization {
            name: name.clone(),
            msp_id: organization.msp_id.clone(),
            endpoint: network.endpoint(name)?.context(listens)?.to_owned(),
            tls_authority: network.tls_authority(name)?,
            connection_profile: Some(network.connection_profile(name)?),
            user: network.identity(name, "User1")?.folder().to_owned(),
        })
    });
    Ok(Ready {
        process_id: Some(std::process::id()),
        data_dir: None,
        channel: channel.to_owned(),
        channels: network.network().channels.iter().map(|channel| channel.name.clone()).collect(),
        organizations: organizations.collect::<Result<_>>()?,
        orderer: network.orderer_endpoint().context(listens)?.to_owned(),
        orderer_tls_authority: network.orderer_tls_authority()?,
    })
}

/// Writes a file so that whoever waits for it never sees half of it.
pub(crate) fn write_whole(file: &Path, text: &str) -> Result<()> {
    let half = file.with_extension("part");
    fs::write(&half, text).with_context(|| format!("cannot write {}", half.display()))?;
    fs::rename(&half, file).with_context(|| format!("cannot write {}", file.display()))
}
