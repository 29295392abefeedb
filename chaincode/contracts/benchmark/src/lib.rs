//! The workloads of ledger benchmarks: create, read, update and scan keys, write many at once, or do nothing.
//!
//! Keys are plain strings, values any bytes (base64 in arguments and results). `clear` runs the market's clearing on
//! generated orders, to measure it in Wasm.

use fabric_contract_api::{Bytes, Context, ContractError, QueryContext, contract, contracts, message};

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
}

contracts!(Benchmark);
