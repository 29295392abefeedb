//! Measures what a fresh instance per transaction costs.
//!
//! ```text
//! cargo run --release -p wasm-host --example fresh_instance [-- FILE.wasm [FUNCTION]]
//! ```

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::env;
use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use fabric_protos::Message;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use fabric_protos::protos::{ChaincodeInput, ChaincodeMessage};
use wasm_host::{Chaincode, Ledger, LedgerError, WasmChaincode};

/// A contract that does next to nothing.
const SMALLEST: &str = include_str!("../../../tests/guests/remembers.wat");
const TRANSACTIONS: u32 = 20_000;

struct EmptyLedger;

impl Ledger for EmptyLedger {
    fn call(&mut self, _: MessageType, _: &[u8]) -> Result<Vec<u8>, LedgerError> {
        Ok(Vec::new())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let module = arguments.next().map_or_else(|| Ok(wat::parse_str(SMALLEST).unwrap_or_default()), fs::read)?;
    let started = Instant::now();
    let chaincode = WasmChaincode::load(&module)?;
    println!("check and compile {} bytes: {:?}", module.len(), started.elapsed());
    let input = ChaincodeInput { args: arguments.map(String::into_bytes).collect(), ..ChaincodeInput::default() };
    let mut message = ChaincodeMessage { payload: input.encode_to_vec(), ..ChaincodeMessage::default() };
    message.set_type(MessageType::Transaction);
    let mut durations = Vec::new();
    for _ in 0..TRANSACTIONS {
        let started = Instant::now();
        chaincode.execute(&message, &mut EmptyLedger)?;
        durations.push(started.elapsed());
    }
    let mean = durations.iter().sum::<Duration>() / TRANSACTIONS;
    durations.sort_unstable();
    let quantile = |percent: usize| durations[durations.len() * percent / 100];
    println!("a fresh instance and its transaction: mean {mean:?}, p50 {:?}, p99 {:?}", quantile(50), quantile(99));
    println!("{:#?}", chaincode.meter().snapshot());
    Ok(())
}
