//! `gridbourse bench ledger`: the load of Hyperledger's Performance Traffic Engine, on an embedded network or on one that
//! runs.

mod csv;
mod load;
mod picture;
mod table;

pub(super) use load::positive;

use super::venue::{BENCHMARK, Endorsers, Venue};
use crate::{
    commands::contracts::Contracts,
    exit::{Code, WrongInput},
    output,
};
use ::devnet::{Batch, Network};
use anyhow::{Context, Result};
use clap::{ValueEnum, value_parser};
use fabric_client::load::Report;
use load::Load;
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Drive the benchmark contract and measure throughput and latency, after the Performance Traffic Engine of fabric-test
///
/// Without options: creates and reads on an embedded network of five organizations, with 1 and with 3 endorsements. Only
/// transactions that are committed and valid count; all others are counted by their code. Ends with 1 if a measurement has
/// none that is valid.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Organizations that bring load; of an embedded network: all that there are [default: 5, or all of a network that runs]
    #[arg(long, value_parser = value_parser!(u16).range(1..))]
    organizations: Option<u16>,
    /// Endorsements of a transaction; may be repeated for several measurements [default: 1 and 3, or what the policy of a
    /// network that runs needs]
    #[arg(long, value_parser = value_parser!(u16).range(1..))]
    endorsements: Vec<u16>,
    /// Organizations whose peers endorse and evaluate, by MSP id: with --endorsements so many of them, a client's own
    /// first [default: all of an embedded network, or whom the gateway of a network that runs chooses]
    #[arg(long, value_name = "MSP_ID", value_delimiter = ',')]
    target_peers: Vec<String>,
    #[command(flatten)]
    load: Load,
    /// Most transactions in a block of the embedded network
    #[arg(long, value_parser = value_parser!(u32).range(1..))]
    batch_transactions: Option<u32>,
    /// Milliseconds after which the embedded network cuts a block
    #[arg(long, value_name = "MILLISECONDS", value_parser = value_parser!(u64).range(1..))]
    batch_timeout: Option<u64>,
    /// Drive a network that runs, as `gridbourse network up` or `gridbourse devnet --ready-file FILE` wrote it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data_dir", "batch_transactions", "batch_timeout"])]
    network: Option<PathBuf>,
    /// The benchmark contract's name on a network that runs
    #[arg(long, value_name = "NAME", default_value = BENCHMARK, requires = "network")]
    chaincode: String,
    /// The channel of a network that runs [default: the one that its file names]
    #[arg(long, value_name = "NAME", requires = "network")]
    channel: Option<String>,
    /// Install the contract first, where `gridbourse network up` brought the network up
    #[arg(long, requires = "network")]
    install: bool,
    /// Keep the embedded network here in place of a temporary folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Draw the distribution of latencies and the throughput over time
    #[arg(long, value_name = "FILE.svg", value_parser = svg_file)]
    picture: Option<PathBuf>,
    /// Print each process as well; JSON and CSV always have them
    #[arg(long)]
    per_process: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Form,
    #[command(flatten)]
    contracts: Contracts,
}

/// The form of the result.
#[derive(Clone, Copy, Default, ValueEnum)]
enum Form {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// A line for each process and one for all of them
    Csv,
}

/// One measurement.
#[derive(Serialize)]
struct Measured {
    work: String,
    /// Of a transaction; none: as many as the gateway finds necessary.
    endorsements: Option<usize>,
    #[serde(flatten)]
    report: Report,
}

/// The channel of an embedded network.
const CHANNEL: &str = "bench";

fn svg_file(text: &str) -> Result<PathBuf, String> {
    match Path::new(text) {
        path if path.extension().is_some_and(|extension| extension == "svg") => Ok(path.to_owned()),
        _ => Err("pictures are SVG: end its name in .svg".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let temporary = tempfile::tempdir()?;
        let mut venue = match &arguments.network {
            Some(file) => Venue::join(file)?,
            None => start(arguments, temporary.path()).await?,
        };
        if let Some(channel) = &arguments.channel {
            venue.ready.channel.clone_from(channel);
        }
        let measured = measure(arguments, &mut venue).await;
        venue.stop().await;
        let measured = measured?;
        print(arguments, &measured)?;
        Ok(if measured.iter().all(|one| one.report.total.valid > 0) { Code::Done } else { Code::Found })
    })
}

async fn start(arguments: &Arguments, temporary: &Path) -> Result<Venue> {
    let mut description = Network::generic(arguments.organizations.unwrap_or(5).into(), CHANNEL);
    let standard = Batch::default();
    for channel in &mut description.channels {
        channel.batch.max_message_count = arguments.batch_transactions.unwrap_or(standard.max_message_count);
        channel.batch.timeout_ms = arguments.batch_timeout.unwrap_or(standard.timeout_ms);
    }
    Venue::embedded(description, arguments.data_dir.as_deref().unwrap_or(temporary)).await
}

async fn measure(arguments: &Arguments, venue: &mut Venue) -> Result<Vec<Measured>> {
    let load = &arguments.load;
    let there = venue.ready.organizations.len();
    let organizations = arguments.organizations.map_or(there, usize::from);
    if organizations > there {
        return Err(WrongInput(format!("--organizations {organizations}: the network has {there}")).into());
    }
    let processes = usize::from(load.processes);
    // What is wrong is found out before the first measurement.
    for work in &load.work {
        load.options(*work, organizations * processes, "", "")?;
    }
    let mut measured = Vec::new();
    for endorsements in endorsements(arguments) {
        let (chaincode, endorsers) = prepare(arguments, venue, endorsements).await?;
        for &work in &load.work {
            let options = load.options(work, organizations * processes, &venue.ready.channel, &chaincode)?;
            let clients = venue.clients(organizations, processes, &endorsers).await?;
            let report = fabric_client::load::run(clients, options).await?;
            measured.push(Measured { work: work.name(), endorsements, report });
        }
    }
    Ok(measured)
}

/// How many endorsements are measured one after the other; none: as many as the gateway finds necessary.
fn endorsements(arguments: &Arguments) -> Vec<Option<usize>> {
    let named: Vec<_> = arguments.endorsements.iter().map(|count| Some(usize::from(*count))).collect();
    match () {
        () if !named.is_empty() => named,
        () if !arguments.target_peers.is_empty() => vec![Some(arguments.target_peers.len())],
        () if arguments.network.is_some() && !arguments.install => vec![None],
        () => vec![Some(1), Some(3)],
    }
}

/// The chaincode, ready to be called, and who endorses.
async fn prepare(arguments: &Arguments, venue: &mut Venue, endorsements: Option<usize>) -> Result<(String, Endorsers)> {
    let own = arguments.network.is_none();
    let (chaincode, all) = match endorsements {
        Some(count) if own || arguments.install => {
            // The policy is part of the definition, so there is a chaincode for each.
            let chaincode = format!("{}{count}", arguments.chaincode);
            let all = venue.deploy_benchmark(&arguments.contracts, &chaincode, count).await?;
            (chaincode, all)
        }
        _ => {
            venue.require(&arguments.chaincode).await?;
            (arguments.chaincode.clone(), Vec::new())
        }
    };
    let Some(count) = endorsements else { return Ok((chaincode, Endorsers::Gateway)) };
    let among = if arguments.target_peers.is_empty() { all } else { arguments.target_peers.clone() };
    let known: Vec<_> = venue.ready.organizations.iter().map(|one| one.msp_id.as_str()).collect();
    if let Some(unknown) = among.iter().find(|msp_id| !known.contains(&msp_id.as_str())) {
        let text = format!("--target-peers {unknown}: the network has {}", known.join(", "));
        return Err(WrongInput(text).into());
    }
    if among.is_empty() {
        let text = "--endorsements on a network that runs: name those that have the contract with --target-peers";
        return Err(WrongInput(text.to_owned()).into());
    }
    if count > among.len() {
        let text = format!("--endorsements {count}: there are {} endorsers", among.len());
        return Err(WrongInput(text).into());
    }
    Ok((chaincode, Endorsers::Some { among, count }))
}

fn print(arguments: &Arguments, measured: &[Measured]) -> Result<()> {
    if let Some(file) = &arguments.picture {
        fs::write(file, picture::draw(measured)).with_context(|| format!("cannot write {}", file.display()))?;
    }
    for one in measured {
        if let Some(error) = &one.report.total.first_error {
            output::say(&format!("{}: the first error: {error}", one.work));
        }
    }
    match arguments.output {
        Form::Text => output::line(&table::table(measured, arguments.per_process)),
        Form::Json => output::json(&measured),
        Form::Csv => output::line(&csv::csv(measured)),
    }
}
