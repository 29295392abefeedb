//! The workloads of ledger benchmarks: create, read, update and scan keys, write many at once, or do nothing.
//!
//! Keys are plain strings, values any bytes (base64 in arguments and results). `clear` runs the market's clearing on
//! generated orders, to measure it in Wasm; `generate` only makes the orders, so that their cost can be taken off.

use fabric_contract_api::{Bytes, Context, ContractError, DecimalString, QueryContext, contract, contracts, message};
use rules::clearing::{ClearingError, PricingRule, Share};
use rules::generator;

/// Keys that one `write_many` may write.
const WRITES_MAX: u32 = 100_000;
/// Bytes of one of its values.
const VALUE_BYTES_MAX: u32 = 1 << 20;

/// Why a transaction failed.
#[derive(Debug, thiserror::Error, ContractError)]
pub enum Error {
    /// `EXISTS`.
    #[error("{0} exists")]
    Exists(String),
    /// `MISSING`.
    #[error("{0} does not exist")]
    Missing(String),
    /// `TOO_MUCH`.
    #[error("at most {WRITES_MAX} writes of 1 to {VALUE_BYTES_MAX} bytes")]
    TooMuch,
    /// `CLEARING`: the rules refused the book.
    #[error("{0}")]
    Clearing(#[from] ClearingError),
    /// What the contract API refused.
    #[error(transparent)]
    #[error_code(transparent)]
    Api(#[from] fabric_contract_api::Error),
}

/// What a scan found.
#[message]
pub struct Scan {
    /// Keys in the range.
    pub keys: u32,
    /// Bytes of their values.
    #[decimal]
    pub value_bytes: u64,
}

/// What a clearing of generated orders came to.
#[message]
pub struct Cleared {
    /// Number of trades.
    pub trades: u32,
    /// Digest of the trades, hexadecimal: the same natively and in Wasm.
    pub trades_digest: String,
}

/// Workloads of ledger benchmarks.
pub struct Benchmark;

#[contract(default)]
impl Benchmark {
    /// Does nothing: what a transaction costs by itself.
    #[submit]
    fn empty(_context: &mut Context) -> Result<(), Error> {
        Ok(())
    }

    /// Does nothing: what an evaluation costs by itself.
    #[evaluate]
    fn empty_query(_context: &QueryContext) -> Result<(), Error> {
        Ok(())
    }

    /// Writes a key that must not exist.
    #[submit]
    fn create(context: &mut Context, key: String, value: Bytes) -> Result<(), Error> {
        if context.get(&key)?.is_some() {
            return Err(Error::Exists(key));
        }
        Ok(context.put(&key, value)?)
    }

    /// Writes a key without reading it.
    #[submit]
    fn put(context: &mut Context, key: String, value: Bytes) -> Result<(), Error> {
        Ok(context.put(&key, value)?)
    }

    /// Writes a key as `put` does and tells who listens: the event `put`, with the key as its payload.
    #[submit]
    fn announce(context: &mut Context, key: String, value: Bytes) -> Result<(), Error> {
        context.put(&key, value)?;
        Ok(context.emit_bytes("put", key)?)
    }

    /// Writes a key that must exist.
    #[submit]
    fn update(context: &mut Context, key: String, value: Bytes) -> Result<(), Error> {
        if context.get(&key)?.is_none() {
            return Err(Error::Missing(key));
        }
        Ok(context.put(&key, value)?)
    }

    /// Deletes a key.
    #[submit]
    fn delete(context: &mut Context, key: String) -> Result<(), Error> {
        Ok(context.delete(&key)?)
    }

    /// Writes the keys `prefix` + 00000000, 00000001, ..., each with a value of `value_bytes` bytes.
    #[submit]
    fn write_many(context: &mut Context, prefix: String, keys: u32, value_bytes: u32) -> Result<(), Error> {
        if keys > WRITES_MAX || !(1..=VALUE_BYTES_MAX).contains(&value_bytes) {
            return Err(Error::TooMuch);
        }
        let value: Vec<u8> = (b'a'..=b'z').cycle().zip(0..value_bytes).map(|(letter, _)| letter).collect();
        for number in 0..keys {
            context.put(&format!("{prefix}{number:08}"), value.as_slice())?;
        }
        Ok(())
    }

    /// Reads a key.
    #[evaluate]
    fn read(context: &QueryContext, key: String) -> Result<Bytes, Error> {
        context.get(&key)?.map(Bytes).ok_or(Error::Missing(key))
    }

    /// Scans the keys from `start` up to before `end`; empty: from the first, to the last.
    #[evaluate]
    fn range(context: &QueryContext, start: String, end: String) -> Result<Scan, Error> {
        let mut scan = Scan { keys: 0, value_bytes: 0 };
        for entry in context.range(&start, &end)? {
            scan.keys += 1;
            scan.value_bytes += entry?.value.len() as u64;
        }
        Ok(scan)
    }

    /// Makes the orders that `clear` clears, and returns their total volume in Wh.
    #[evaluate]
    fn generate(_context: &QueryContext, orders: u32, classes: u32, seed: u64) -> Result<DecimalString<u64>, Error> {
        let (book, _) = generator::generate(orders as usize, classes as usize, seed);
        Ok(DecimalString(book.orders.iter().map(|order| order.volume).sum()))
    }

    /// Clears a generated book of so many orders and classes under the k-double auction, k = 1/2.
    #[evaluate]
    fn clear(_context: &QueryContext, orders: u32, classes: u32, seed: u64) -> Result<Cleared, Error> {
        let (book, fees) = generator::generate(orders as usize, classes as usize, seed);
        let clearing = rules::clearing::clear(&book, &fees, PricingRule::KDoubleAuction(Share::HALF))?;
        let trades_digest = hex::encode(generator::trades_digest(&clearing.trades));
        let trades = u32::try_from(clearing.trades.len()).unwrap_or(u32::MAX);
        Ok(Cleared { trades, trades_digest })
    }
}

contracts!(Benchmark);
