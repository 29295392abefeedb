//! `gridbourse bench instance`: what a fresh Wasm instance per transaction costs.

use super::{
    median,
    message::{self, NoLedger},
    timed,
};
use crate::{
    commands::contracts::Contracts,
    exit::Code,
    output::{self, Format},
};
use anyhow::{Result, ensure};
use serde::Serialize;
use wasm_host::{Chaincode, WasmChaincode};

/// Run an empty transaction many times, each in an instance of its own
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Transactions in one measurement
    #[arg(long, default_value_t = 20_000)]
    transactions: u32,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    contracts: Contracts,
}

#[derive(Serialize)]
struct Measured {
    transactions: u32,
    compile_ms: f64,
    /// Median of five measurements.
    microseconds_per_transaction: f64,
    fuel_per_transaction: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let bytes = arguments.contracts.module("benchmark")?;
    let (module, compile_seconds) = timed(|| WasmChaincode::load(&bytes));
    let module = module?;
    let message = message::transaction(["empty".to_owned()]);
    let mut fuel = 0;
    let mut seconds = Vec::new();
    for _ in 0..5 {
        let (result, elapsed) = timed(|| -> Result<()> {
            for _ in 0..arguments.transactions {
                let completed = module.execute(&message, &mut NoLedger)?;
                ensure!(completed.response.status == 200, "the contract failed: {}", completed.response.message);
                fuel = completed.metering.fuel;
            }
            Ok(())
        });
        result?;
        seconds.push(elapsed);
    }
    let measured = Measured {
        transactions: arguments.transactions,
        compile_ms: compile_seconds * 1e3,
        microseconds_per_transaction: median(seconds) * 1e6 / f64::from(arguments.transactions),
        fuel_per_transaction: fuel,
    };
    match arguments.output {
        Format::Json => output::json(&measured)?,
        Format::Text => output::line(&format!(
            "{:.1} us for a transaction in a fresh instance, {} units of fuel; {:.0} ms to compile the module once",
            measured.microseconds_per_transaction, fuel, measured.compile_ms
        ))?,
    }
    Ok(Code::Done)
}
