//! `cargo xtask`: the two commands of the README and what they are made of.
//!
//! `cargo xtask demo` builds everything and trades a day; `cargo xtask test` runs every check and test. Both do all the
//! set-up themselves. This crate only starts other programs; it knows nothing of the market or of Fabric.

mod checks;
mod command;
mod contracts;
mod fabric;
mod maven;
mod node;
mod preflight;
mod python;

use anyhow::Result;
use clap::{Parser, Subcommand};
use command::Program;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Builds GridBourse, runs its demo and its tests",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and trade a day on the embedded network; options go to `gridbourse demo`
    Demo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Run every check and every test, fast ones first
    Test {
        /// Only this part: format, lint, licences, docs, test, sdk, caliper, crash or real-fabric
        #[arg(long, value_name = "PART")]
        only: Vec<checks::Part>,
        /// Run this part as well, and fail with exit code 69 where the machine cannot: real-fabric
        #[arg(long, value_name = "PART")]
        require: Vec<checks::Part>,
    },
    /// Compile the contracts to Wasm, into target/contracts
    Contracts,
    /// Kill a network at random moments under load and check that nothing is lost; options go to the crash harness
    Crash {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Send the same transactions to devnet and to a real Fabric network and compare what comes of them; options go to
    /// the program
    Differential {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Run Hyperledger Caliper on the benchmark contract; other options go to tests/caliper/run.mjs
    Caliper {
        /// Bring a real Fabric network up for it, and take it down afterwards
        #[arg(long)]
        real_fabric: bool,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Measure; options go to `gridbourse bench`
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
}

fn main() -> ExitCode {
    run(Arguments::parse().task).unwrap_or_else(|error| {
        command::say(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

fn run(task: Task) -> Result<ExitCode> {
    match task {
        Task::Demo { options } => gridbourse("demo", &options),
        Task::Bench { options } => gridbourse("bench", &options),
        Task::Test { only, require } => checks::run(&only, &require),
        Task::Contracts => {
            preflight::check(&preflight::FOR_BUILDING)?;
            contracts::build()?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Caliper { real_fabric, options } => {
            preflight::check(&preflight::FOR_CALIPER)?;
            prepare()?;
            node::prepare(node::CALIPER)?;
            let network = real_fabric.then(fabric::Network::up).transpose()?;
            let caliper = node::caliper(&options, &std::env::current_dir()?);
            match &network {
                Some(network) => network.tell(caliper).status(),
                None => caliper.status(),
            }
        }
        Task::Differential { options } => {
            prepare()?;
            fabric::prepare()?;
            Program::cargo().args(["build", "--release", "--package", "differential"]).run()?;
            Program::built("differential").args(&options).status()
        }
        Task::Crash { options } => {
            prepare()?;
            Program::cargo().args(["build", "--release", "--package", "crash"]).run()?;
            Program::built("crash").args(&options).status()
        }
    }
}

/// Builds the contracts and the `gridbourse` program.
fn prepare() -> Result<()> {
    preflight::check(&preflight::FOR_BUILDING)?;
    contracts::build()?;
    Program::cargo().args(["build", "--release", "--package", "gridbourse"]).run()
}

/// Runs one command of `gridbourse` and ends with its exit code.
fn gridbourse(name: &str, options: &[String]) -> Result<ExitCode> {
    prepare()?;
    Program::built("gridbourse").arg(name).args(options).status()
}
