//! `gridbourse bench side-by-side`: the same contract in Wasm and on the official Node shim, and the same load on devnet
//! and on real Fabric, in turns.

mod node;
mod report;
mod run;
mod spent;

use super::{
    ledger::positive,
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
use fabric_client::load::Work;
use fabric_network::Programs;
use node::Services;
use report::{Contest, Pair, Report};
use run::Side;
use std::path::PathBuf;

/// Compare the Wasm contract with the same one on the official Node shim, and devnet with real Fabric, in turns
///
/// All on one machine: real Fabric with five organizations, on which both contracts are installed, and an embedded network
/// with as many. Medians over the pairs, and medians of the pairs' ratios.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Pairs of runs for each figure
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..))]
    pairs: u32,
    /// Seconds of a run
    #[arg(long, default_value_t = 8.0, value_parser = positive)]
    seconds: f64,
    /// Load generating processes per organization
    #[arg(long, default_value_t = 2, value_parser = value_parser!(u16).range(1..))]
    processes: u16,
    /// Transactions that each process keeps under way; of writes of many keys, one
    #[arg(long, default_value_t = 16, value_parser = value_parser!(u32).range(1..))]
    concurrency: u32,
    /// Keys of one write of many
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(1..=100_000))]
    keys: u32,
    /// Bytes of a value
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=1 << 20))]
    payload_bytes: u32,
    #[command(flatten)]
    node: node::Source,
    /// Keep the real network here in place of a temporary folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    contracts: Contracts,
}

/// The channel that is measured on both networks.
const CHANNEL: &str = "bench";
/// Seconds before the first run of each, which compile what is compiled on the way.
const WARM_UP_SECONDS: f64 = 2.0;

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let temporary = tempfile::tempdir()?;
        // What is missing is found out before a network is up.
        Programs::find()?;
        let node = arguments.node.find()?;
        let folder = arguments.data_dir.clone().unwrap_or_else(|| temporary.path().join("fabric"));
        let mut real = Venue::real(&folder, CHANNEL, None)?;
        let endorse = |among| Endorsers::Some { among, count: 1 };
        let consensus = real.deploy_benchmark(&arguments.contracts, BENCHMARK, 1).await?;
        let services = node.map(|serve| Services::deploy(&serve, &mut real, &consensus)).transpose()?;
        let mut devnet = Venue::embedded(Network::generic(5, CHANNEL), &temporary.path().join("devnet")).await?;
        let all = devnet.deploy_benchmark(&arguments.contracts, BENCHMARK, 1).await?;
        let (consensus, all) = (endorse(consensus), endorse(all));
        let wasm = Side { venue: &real, chaincode: BENCHMARK, endorsers: &consensus, services: None };
        let sides = Sides {
            wasm,
            node: services.as_ref().map(|services| Side {
                chaincode: node::CHAINCODE,
                services: Some(services),
                ..wasm
            }),
            devnet: Side { venue: &devnet, chaincode: BENCHMARK, endorsers: &all, services: None },
        };
        let measured = measure(arguments, &sides).await;
        devnet.stop().await;
        let report = measured?;
        match arguments.output {
            Format::Json => output::json(&report)?,
            Format::Text => output::line(&report.text())?,
        }
        Ok(if report.is_whole() { Code::Done } else { Code::Found })
    })
}

/// What is compared.
struct Sides<'a> {
    wasm: Side<'a>,
    node: Option<Side<'a>>,
    devnet: Side<'a>,
}

async fn measure(arguments: &Arguments, sides: &Sides<'_>) -> Result<Report> {
    let mut report = Report::default();
    for work in [Work::Create, Work::Read, Work::WriteMany { keys: arguments.keys }] {
        let mut contest = Contest::new(work);
        for pair in 0..=arguments.pairs {
            // The first run of each does not count: what is compiled on the way is compiled then.
            let seconds = if pair == 0 { WARM_UP_SECONDS } else { arguments.seconds };
            let run = async |side: Side<'_>| side.run(arguments, work, seconds).await;
            let devnet = run(sides.devnet).await?;
            let (wasm, node) = match sides.node {
                None => (run(sides.wasm).await?, None),
                // In turns, so that neither is always first.
                Some(node) if pair % 2 == 0 => (run(sides.wasm).await?, Some(run(node).await?)),
                Some(node) => {
                    let node = run(node).await?;
                    (run(sides.wasm).await?, Some(node))
                }
            };
            if pair > 0 {
                contest.pairs.push(Pair { wasm, node, devnet });
            }
        }
        report.contests.push(contest);
    }
    Ok(report)
}
