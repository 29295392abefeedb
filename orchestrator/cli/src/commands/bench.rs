//! `gridbourse bench`: measures, and prints what it measured as JSON or for people.

mod certificates;
mod clear;
mod instance;
mod ledger;
mod message;
mod records;

use crate::exit::Code;
use anyhow::Result;
use std::time::Instant;

/// Measure clearing, certificates, Wasm instances, the embedded ledger and the search for records
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Certificates(certificates::Arguments),
    Clear(clear::Arguments),
    Instance(instance::Arguments),
    Ledger(ledger::Arguments),
    Records(records::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    match &arguments.what {
        What::Certificates(arguments) => certificates::run(arguments),
        What::Clear(arguments) => clear::run(arguments),
        What::Instance(arguments) => instance::run(arguments),
        What::Ledger(arguments) => ledger::run(arguments),
        What::Records(arguments) => records::run(arguments),
    }
}

/// Runs something and tells how many seconds it took.
fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed().as_secs_f64())
}

/// The middle of several measurements.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
