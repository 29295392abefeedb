//! `gridbourse bench ledger`: creates and reads per second on the embedded network, over TLS.

use crate::{
    commands::{contracts::Contracts, network},
    exit::Code,
    output::{self, Format},
};
use ::devnet::{Devnet, Network};
use anyhow::{Context, Result};
use fabric_client::{
    Connection, Gateway,
    load::{self, Client, CommitBy, Mode, Options, Report, Stop, Work},
};
use serde::Serialize;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Drive the benchmark contract on an embedded network of its own and measure throughput and latency
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Organizations of the network
    #[arg(long, default_value_t = 5)]
    organizations: usize,
    /// Endorsements that a transaction needs; may be repeated for several measurements
    #[arg(long, default_values_t = [1, 3])]
    endorsements: Vec<usize>,
    /// Load generating processes per organization
    #[arg(long, default_value_t = 2)]
    processes: usize,
    /// Transactions that each process keeps under way
    #[arg(long, default_value_t = 24)]
    concurrency: usize,
    /// Seconds of a measurement
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Bytes of a value
    #[arg(long, default_value_t = 200)]
    payload_bytes: usize,
    /// Keep the network here in place of a temporary folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    contracts: Contracts,
}

/// One measurement.
#[derive(Serialize)]
struct Measured {
    endorsements: usize,
    creates: Report,
    reads: Report,
}

const CHANNEL: &str = "bench";

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let temporary = tempfile::tempdir()?;
        let folder = arguments.data_dir.clone().unwrap_or_else(|| temporary.path().to_owned());
        let network = Devnet::builder(Network::generic(arguments.organizations, CHANNEL), folder).start().await?;
        let measured = measure(arguments, &network).await;
        network.stop().await;
        print(arguments, &measured?)?;
        Ok(Code::Done)
    })
}

async fn measure(arguments: &Arguments, network: &Devnet) -> Result<Vec<Measured>> {
    let msp_ids: Vec<&String> = network.network().organizations.iter().map(|one| &one.msp_id).collect();
    let mut measured = Vec::new();
    for &endorsements in &arguments.endorsements {
        let chaincode = format!("benchmark{endorsements}");
        let peers: Vec<_> = msp_ids.iter().map(|msp_id| format!("'{msp_id}.peer'")).collect();
        let policy = format!("OutOf({endorsements}, {})", peers.join(", "));
        let package = arguments.contracts.package("benchmark")?;
        network::deploy(network, CHANNEL, &chaincode, &package, &policy).await?;
        let run = async |work| {
            let options = Options {
                channel: CHANNEL.to_owned(),
                chaincode: chaincode.clone(),
                work,
                payload_bytes: arguments.payload_bytes,
                mode: Mode::Latency { concurrency: arguments.concurrency },
                stop: Stop::Elapsed(Duration::from_secs(arguments.seconds)),
                warm_up: Duration::from_secs(1),
                organizations: msp_ids.iter().take(endorsements).map(ToString::to_string).collect(),
                commit_by: CommitBy::FilteredBlocks,
                seed: 1,
            };
            anyhow::Ok(load::run(clients(arguments, network).await?, options).await?)
        };
        measured.push(Measured { endorsements, creates: run(Work::Create).await?, reads: run(Work::Read).await? });
    }
    Ok(measured)
}

/// Clients over TLS, each with a connection of its own.
async fn clients(arguments: &Arguments, network: &Devnet) -> Result<Vec<Client>> {
    let mut clients = Vec::new();
    for organization in &network.network().organizations {
        let signer = Arc::new(network.identity(&organization.name, "User1")?.signer()?);
        let endpoint = network.endpoint(&organization.name)?.context("the network does not listen")?;
        let connection = Connection::tls(endpoint, network.tls_authority(&organization.name)?);
        for _ in 0..arguments.processes {
            let gateway = Gateway::connect(&connection, signer.clone()).await?;
            clients.push(Client { organization: organization.name.clone(), gateway });
        }
    }
    Ok(clients)
}

fn print(arguments: &Arguments, measured: &[Measured]) -> Result<()> {
    if arguments.output == Format::Json {
        return output::json(&measured);
    }
    output::line("endorsements  work        valid/s  p50 ms  p99 ms  invalid  errors")?;
    for one in measured {
        for (work, report) in [("create", &one.creates), ("read", &one.reads)] {
            let total = &report.total;
            let latency = total.commit.as_ref().or(total.query.as_ref());
            output::line(&format!(
                "{:>12}  {work:<8} {:>10.0} {:>7.1} {:>7.1} {:>8} {:>7}",
                one.endorsements,
                total.transactions_per_second,
                latency.map_or(0.0, |latency| latency.p50_ms),
                latency.map_or(0.0, |latency| latency.p99_ms),
                total.invalid.values().sum::<u64>(),
                total.errors.values().sum::<u64>(),
            ))?;
        }
    }
    Ok(())
}
