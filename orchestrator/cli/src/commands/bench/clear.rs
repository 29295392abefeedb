//! `gridbourse bench clear`: one large clearing, native and in Wasm, in one run.

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
use anyhow::{Context, Result, ensure};
use rules::{
    clearing::{self, PricingRule, Share},
    generator,
};
use serde::{Deserialize, Serialize};
use wasm_host::{Chaincode, Limits, WasmChaincode};

/// Clear a large generated book natively and as the Wasm contract does it
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Orders in the book
    #[arg(long, default_value_t = 1_000_000)]
    orders: usize,
    /// Classes of fees
    #[arg(long, default_value_t = 12)]
    classes: usize,
    /// The book follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Times to clear it; medians are reported
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    contracts: Contracts,
}

/// What the contract answers, as far as it is needed here.
#[derive(Deserialize)]
struct Cleared {
    trades_digest: String,
}

#[derive(Serialize)]
struct Measured {
    orders: usize,
    classes: usize,
    seed: u64,
    trades: usize,
    trades_digest: String,
    native_seconds: f64,
    native_orders_per_second: f64,
    wasm_seconds: f64,
    wasm_orders_per_second: f64,
    /// Making the book, which the figure for Wasm does not contain.
    wasm_generation_seconds: f64,
}

#[expect(clippy::cast_precision_loss, reason = "a rate for display")]
pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let Arguments { orders, classes, seed, .. } = *arguments;
    let rule = PricingRule::KDoubleAuction(Share::HALF);
    let (book, fees) = generator::generate(orders, classes, seed);
    let module = WasmChaincode::load_with(&arguments.contracts.module("benchmark")?, Limits::bench())?;
    let (mut native, mut wasm, mut generation) = (Vec::new(), Vec::new(), Vec::new());
    let (mut trades, mut digest) = (0, String::new());
    for _ in 0..arguments.runs.max(1) {
        let (cleared, seconds) = timed(|| clearing::clear(&book, &fees, rule));
        let cleared = cleared.context("the generated book cannot be cleared")?;
        native.push(seconds);
        trades = cleared.trades.len();
        digest = hex::encode(generator::trades_digest(&cleared.trades));
        // What a guest needs for the book alone is subtracted: endorsers get their orders from the ledger.
        let (generated, seconds) = timed(|| call(&module, "generate", arguments));
        generated?;
        generation.push(seconds);
        let (answer, seconds) = timed(|| call(&module, "clear", arguments));
        let answer: Cleared = serde_json::from_str(&answer?)?;
        ensure!(answer.trades_digest == digest, "native and Wasm came to different trades");
        wasm.push(seconds);
    }
    let (native_seconds, wasm_generation_seconds) = (median(native), median(generation));
    let wasm_seconds = median(wasm) - wasm_generation_seconds;
    let rate = |seconds: f64| orders as f64 / seconds;
    let measured = Measured {
        orders,
        classes,
        seed,
        trades,
        trades_digest: digest,
        native_seconds,
        native_orders_per_second: rate(native_seconds),
        wasm_seconds,
        wasm_orders_per_second: rate(wasm_seconds),
        wasm_generation_seconds,
    };
    match arguments.output {
        Format::Json => output::json(&measured)?,
        Format::Text => {
            output::line(&format!(
                "{orders} orders in {classes} classes, {trades} trades, digest {}",
                measured.trades_digest
            ))?;
            output::line(&format!(
                "native  {native_seconds:.3} s  {:.2} million orders a second",
                measured.native_orders_per_second / 1e6
            ))?;
            output::line(&format!(
                "Wasm    {wasm_seconds:.3} s  {:.2} million orders a second",
                measured.wasm_orders_per_second / 1e6
            ))?;
        }
    }
    Ok(Code::Done)
}

/// Calls a function of the benchmark contract on no ledger and returns its result.
fn call(module: &WasmChaincode, function: &str, arguments: &Arguments) -> Result<String> {
    let Arguments { orders, classes, seed, .. } = arguments;
    let input = [function.to_owned(), orders.to_string(), classes.to_string(), seed.to_string()];
    let message = message::transaction(input);
    let completed = module.execute(&message, &mut NoLedger)?;
    ensure!(completed.response.status == 200, "the contract failed: {}", completed.response.message);
    Ok(String::from_utf8(completed.response.payload)?)
}
