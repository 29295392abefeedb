//! `cargo xtask crash`: kills the embedded network at random moments and says what was lost.

use anyhow::{Context as _, Result};
use clap::Parser;
use crash::Options;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Kills the embedded network at random moments under load and checks that nothing is lost.
#[derive(Parser)]
#[command(name = "cargo xtask crash")]
struct Arguments {
    /// How often it is killed.
    #[arg(long, default_value_t = 20)]
    kills: u64,
    /// Seed of the moments and transactions.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The `gridbourse` program; by default the one that was built beside this one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// The benchmark contract, compiled to Wasm; by default the one that `cargo xtask contracts` compiled.
    #[arg(long, value_name = "FILE")]
    contract: Option<PathBuf>,
    /// Folder for the network's data, left as it is afterwards; by default one that is removed.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Print the report as JSON, before the line that says what was found.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program: the report goes to stdout, progress to stderr"
)]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let temporary = tempfile::tempdir()?;
    let this = std::env::current_exe()?;
    let options = Options {
        kills: arguments.kills,
        seed: arguments.seed,
        program: arguments.program.unwrap_or_else(|| this.with_file_name("gridbourse")),
        contract: arguments.contract.unwrap_or_else(|| workspace.join("target/contracts/benchmark.wasm")),
        folder: arguments.data_dir.unwrap_or_else(|| temporary.path().to_owned()),
    };
    anyhow::ensure!(options.contract.is_file(), "{}: run `cargo xtask contracts` first", options.contract.display());
    // Nothing is drawn where stderr is not a terminal.
    let bar =
        ProgressBar::new(options.kills).with_style(ProgressStyle::with_template("{bar:40} {pos} of {len} kills")?);
    let outcome = crash::run(&options, |kills| bar.set_position(kills)).await;
    bar.finish_and_clear();
    let report = outcome.with_context(|| format!("seed {}", options.seed))?;
    eprintln!(
        "{} transactions, {} valid; recovery {} ms median, {} ms at most",
        report.transactions, report.valid, report.recovery_ms_median, report.recovery_ms_max
    );
    for fault in [&report.chain, &report.replay].into_iter().flatten() {
        eprintln!("{fault}");
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    }
    println!("{report}");
    Ok(if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
