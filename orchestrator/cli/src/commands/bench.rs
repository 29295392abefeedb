//! `gridbourse bench`: measures, and prints what it measured as JSON or for people.

mod bundles;
mod certificates;
mod clear;
mod instance;
mod ledger;
mod message;
mod network_choice;
mod paper_table_2;
mod records;
mod side_by_side;
mod venue;

use crate::exit::Code;
use anyhow::Result;
use fabric_client::load::Figures;
use std::time::Instant;

/// Measure clearing, certificates, Wasm instances, ledgers and the search for records
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Bundles(bundles::Arguments),
    Certificates(certificates::Arguments),
    Clear(clear::Arguments),
    Instance(instance::Arguments),
    Ledger(Box<ledger::Arguments>),
    #[command(name = "paper-table-2")]
    PaperTable2(paper_table_2::Arguments),
    Records(records::Arguments),
    SideBySide(side_by_side::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    match &arguments.what {
        What::Bundles(arguments) => bundles::run(arguments),
        What::Certificates(arguments) => certificates::run(arguments),
        What::Clear(arguments) => clear::run(arguments),
        What::Instance(arguments) => instance::run(arguments),
        What::Ledger(arguments) => ledger::run(arguments),
        What::PaperTable2(arguments) => paper_table_2::run(arguments),
        What::Records(arguments) => records::run(arguments),
        What::SideBySide(arguments) => side_by_side::run(arguments),
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

/// How long half of the transactions took at most, and 99 of 100, end to end in milliseconds.
fn latency_of(figures: &Figures) -> (f64, f64) {
    let latency = figures.commit.or(figures.query);
    latency.map_or((0.0, 0.0), |latency| (latency.p50_ms, latency.p99_ms))
}
