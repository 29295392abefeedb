//! `cargo xtask differential`: the same transactions on devnet and on a real Fabric network.

use anyhow::{Context as _, Result};
use clap::Parser;
use differential::workload::workload;
use differential::{Access, CHANNELS, Transcript, differences, play_on_both, record, start_devnet, start_fabric};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Sends the same transactions to devnet and to a real Fabric network and compares everything that comes of them
#[derive(Parser)]
#[command(name = "cargo xtask differential")]
struct Arguments {
    /// The transactions follow from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many transactions, on each of two channels
    #[arg(long, default_value_t = 1_000)]
    count: usize,
    /// Folder of the compiled contracts
    #[arg(long, value_name = "DIR", env = "GRIDBOURSE_CONTRACTS", default_value = "target/contracts")]
    contracts: PathBuf,
    /// Write the real network's blocks into this folder, a folder per channel
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

/// Differences that are printed; one brings others after it.
const SHOWN: usize = 10;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a program: the report goes to stdout")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let recorder = arguments.contracts.join("recorder.wasm");
    let recorder = std::fs::read(&recorder)
        .with_context(|| format!("{}: run `cargo xtask contracts` first", recorder.display()))?;
    let folders = (tempfile::tempdir()?, tempfile::tempdir()?);
    let devnet = start_devnet(folders.0.path(), &recorder).await?;
    let fabric = start_fabric(folders.1.path(), &recorder)?;
    let found = compare(&arguments, &devnet, &fabric).await?;
    for difference in found.iter().take(SHOWN) {
        println!("{difference}");
    }
    println!("seed {}, {} transactions: {} differences", arguments.seed, arguments.count, found.len());
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "a program: the report goes to stdout")]
async fn compare(
    arguments: &Arguments,
    devnet: &devnet::Devnet,
    fabric: &fabric_network::Network,
) -> Result<Vec<String>> {
    let (devnet, fabric) = (Access::devnet(devnet)?, Access::fabric(fabric).await?);
    let workload = workload(arguments.seed, arguments.count);
    let mut found = Vec::new();
    for (channel, block_size) in CHANNELS {
        let bar = ProgressBar::new(arguments.count as u64)
            .with_style(ProgressStyle::with_template("{msg} {bar:40} {pos} of {len} {elapsed}")?);
        let progress = |access: &Access, done| {
            bar.set_message(format!("{channel} on {}", access.network));
            bar.set_position(done);
        };
        let [ours, theirs] = play_on_both([&devnet, &fabric], (channel, block_size), &workload, progress).await?;
        bar.finish_and_clear();
        println!("{channel}: {}", summary(&theirs));
        found.extend(differences(&workload, &ours, &theirs).into_iter().map(|text| format!("{channel}: {text}")));
        if let Some(folder) = &arguments.record {
            record(&fabric.any_channel(channel)?, &folder.join(channel)).await?;
        }
    }
    Ok(found)
}

/// How many transactions ended how.
fn summary(transcript: &Transcript) -> String {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, code) in transcript.blocks.iter().flatten() {
        *codes.entry(code).or_default() += 1;
    }
    let codes: Vec<_> = codes.into_iter().map(|(code, count)| format!("{count} {code}")).collect();
    let answers = transcript.answers.iter().flatten().count();
    format!("{answers} answers, {} blocks: {}", transcript.blocks.len(), codes.join(", "))
}
