//! The `gridbourse` program.
//!
//! Results go to standard output, messages and progress to standard error. Exit codes are in [`exit`].

mod commands;
mod exit;
mod interrupt;
mod output;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// A ledger makes and drops many small messages on several threads: with this allocator an embedded network commits a
/// quarter more transactions in the same memory.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Distributed power trading and green certificates on Hyperledger Fabric
#[derive(Parser)]
#[command(name = "gridbourse", version, propagate_version = true, disable_help_subcommand = true, after_help = exit::HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(commands::demo::Arguments),
    Attack(commands::attack::Arguments),
    Audit(commands::audit::Arguments),
    /// Follow a green certificate on a ledger, every signature verified again
    #[command(subcommand)]
    Certificate(commands::certificate::Command),
    Search(commands::search::Arguments),
    Record(commands::record::Arguments),
    Records(commands::records::Arguments),
    Clear(commands::clear::Arguments),
    Devnet(commands::devnet::Arguments),
    Network(commands::fabric::Arguments),
    Contract(commands::contract::Arguments),
    Bench(commands::bench::Arguments),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("GRIDBOURSE_LOG").unwrap_or_else(|_| "warn".into()),
        )
        .init();
    let result = match &Arguments::parse().command {
        Command::Demo(arguments) => commands::demo::run(arguments),
        Command::Attack(arguments) => commands::attack::run(arguments),
        Command::Audit(arguments) => commands::audit::run(arguments),
        Command::Certificate(command) => commands::certificate::run(command),
        Command::Search(arguments) => commands::search::run(arguments),
        Command::Record(arguments) => commands::record::run(arguments),
        Command::Records(arguments) => commands::records::run(arguments),
        Command::Clear(arguments) => commands::clear::run(arguments),
        Command::Devnet(arguments) => commands::devnet::run(arguments),
        Command::Network(arguments) => commands::fabric::run(arguments),
        Command::Contract(arguments) => commands::contract::run(arguments),
        Command::Bench(arguments) => commands::bench::run(arguments),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Arguments::command(), "gridbourse", &mut std::io::stdout());
            Ok(exit::Code::Done)
        }
    };
    exit::report(result)
}
