//! `gridbourse bench paper-table-2`: the paper's performance test, beside what the paper says of it.

use super::{
    latency_of,
    venue::{BENCHMARK, Endorsers, Venue},
};
use crate::{
    commands::contracts::Contracts,
    exit::Code,
    output::{self, Format},
};
use ::devnet::Network;
use anyhow::Result;
use clap::value_parser;
use fabric_client::load::{self, CommitBy, Figures, Mode, Options, Report, Stop, Work};
use fabric_network::Blocks;
use serde::Serialize;
use std::{path::Path, path::PathBuf, time::Duration};

/// Run the paper's performance test (Table 2): invokes and queries of 2 and 5 organizations, blocks of 50 transactions or
/// 2 s
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Transactions of each process; the paper's are 1,000
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u64).range(1..))]
    requests: u64,
    /// Transactions that each process keeps under way. The paper does not say; with fewer than a block's in all, blocks
    /// are cut by time alone
    #[arg(long, default_value_t = 16, value_parser = value_parser!(u32).range(1..))]
    concurrency: u32,
    /// Bytes of a value
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=1 << 20))]
    payload_bytes: u32,
    /// Bring up real Fabric with five organizations, from programs found on PATH or in FABRIC_BIN, and end it afterwards
    #[arg(long)]
    real_fabric: bool,
    /// Keep the real network here in place of a temporary folder
    #[arg(long, value_name = "DIR", requires = "real_fabric")]
    data_dir: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    contracts: Contracts,
}

/// A row of the paper's table.
#[derive(Clone, Copy, Serialize)]
struct Case {
    organizations: usize,
    /// The paper's "concurrency": processes of each organization, as its totals show.
    processes: usize,
    /// What the paper measured, transactions per second.
    paper_invoke: f64,
    paper_query: f64,
}

const CASES: [Case; 3] = [
    Case { organizations: 5, processes: 6, paper_invoke: 555.52, paper_query: 555.31 },
    Case { organizations: 5, processes: 4, paper_invoke: 543.97, paper_query: 543.66 },
    Case { organizations: 2, processes: 6, paper_invoke: 519.81, paper_query: 519.30 },
];
/// The paper's blocks.
const BLOCK_TRANSACTIONS: u32 = 50;
const BLOCK_TIMEOUT: Duration = Duration::from_secs(2);
const CHANNEL: &str = "paper";

#[derive(Serialize)]
struct Measured {
    #[serde(flatten)]
    case: Case,
    invoke: Report,
    query: Report,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let measured = if arguments.real_fabric { on_fabric(arguments).await? } else { embedded(arguments).await? };
        print(arguments, &measured)?;
        let whole = |figures: &Figures| figures.valid == figures.sent;
        let complete = measured.iter().all(|one| whole(&one.invoke.total) && whole(&one.query.total));
        Ok(if complete { Code::Done } else { Code::Found })
    })
}

/// A network for each case, of so many organizations.
async fn embedded(arguments: &Arguments) -> Result<Vec<Measured>> {
    let mut measured = Vec::new();
    for case in CASES {
        let folder = tempfile::tempdir()?;
        let mut description = Network::generic(case.organizations, CHANNEL);
        for channel in &mut description.channels {
            channel.batch.max_message_count = BLOCK_TRANSACTIONS;
            channel.batch.timeout_ms = u64::try_from(BLOCK_TIMEOUT.as_millis())?;
        }
        let mut venue = Venue::embedded(description, folder.path()).await?;
        let result = measure(arguments, &mut venue, case).await;
        venue.stop().await;
        measured.push(result?);
    }
    Ok(measured)
}

/// One network of five organizations for all cases.
async fn on_fabric(arguments: &Arguments) -> Result<Vec<Measured>> {
    let temporary = tempfile::tempdir()?;
    let folder: &Path = arguments.data_dir.as_deref().unwrap_or(temporary.path());
    let blocks = Blocks { transactions: BLOCK_TRANSACTIONS, timeout: BLOCK_TIMEOUT };
    let mut venue = Venue::real(folder, CHANNEL, Some(blocks))?;
    let mut measured = Vec::new();
    for case in CASES {
        measured.push(measure(arguments, &mut venue, case).await?);
    }
    Ok(measured)
}

async fn measure(arguments: &Arguments, venue: &mut Venue, case: Case) -> Result<Measured> {
    let among = venue.deploy_benchmark(&arguments.contracts, BENCHMARK, 1).await?;
    let endorsers = Endorsers::Some { among, count: 1 };
    let run = async |work| {
        let options = Options {
            channel: CHANNEL.to_owned(),
            chaincode: BENCHMARK.to_owned(),
            work,
            payload_bytes: arguments.payload_bytes as usize,
            mode: Mode::Latency { concurrency: arguments.concurrency as usize },
            stop: Stop::Requests(arguments.requests),
            warm_up: Duration::ZERO,
            commit_by: CommitBy::FilteredBlocks,
            seed: 1,
        };
        let clients = venue.clients(case.organizations, case.processes, &endorsers).await?;
        anyhow::Ok(load::run(clients, options).await?)
    };
    Ok(Measured { case, invoke: run(Work::Create).await?, query: run(Work::Read).await? })
}

fn print(arguments: &Arguments, measured: &[Measured]) -> Result<()> {
    if arguments.output == Format::Json {
        return output::json(&measured);
    }
    output::line(
        "organizations  processes  transactions  invoke/s  paper  p50 ms  p99 ms   query/s  paper  p50 ms  p99 ms  not valid",
    )?;
    for Measured { case, invoke, query } in measured {
        let (invokes, queries) = (&invoke.total, &query.total);
        let (invoke_p50, invoke_p99) = latency_of(invokes);
        let (query_p50, query_p99) = latency_of(queries);
        output::line(&format!(
            "{:>13} {:>10} {:>13} {:>9.2} {:>6.2} {invoke_p50:>7.1} {invoke_p99:>7.1} {:>9.2} {:>6.2} {query_p50:>7.1} {query_p99:>7.1} {:>10}",
            case.organizations,
            case.processes,
            invokes.sent,
            invokes.transactions_per_second,
            case.paper_invoke,
            queries.transactions_per_second,
            case.paper_query,
            invokes.sent - invokes.valid + queries.sent - queries.valid,
        ))?;
    }
    output::line(notes(arguments.real_fabric))
}

/// What is not as in the paper.
fn notes(real_fabric: bool) -> &'static str {
    if real_fabric {
        "
Not as in the paper: its peers, ordering service, database and load generator were on machines of their own in a LAN; here
all share this machine. Its ordering service was Kafka, which Fabric no longer has; here there are three Raft nodes. In the
third case two of the five organizations bring load; the other three have their peers on the channel as well. One
endorsement, by a consensus organization."
    } else {
        "
Not as in the paper: this is the embedded network, one process with one ledger for all organizations and one ordering node,
and the load generator shares its machine; the paper's were several machines in a LAN. One endorsement. --real-fabric runs
the same on Hyperledger Fabric."
    }
}
