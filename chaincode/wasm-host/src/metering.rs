//! What transactions use: per transaction, and added up per contract function.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use fabric_protos::protos::Response;
use fabric_protos::protos::chaincode_message::Type as MessageType;
use serde::Serialize;

use crate::limits::METERED_FUNCTIONS_MAX;

/// What one transaction used.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Metering {
    /// Fuel, the host's work for the guest included.
    pub fuel: u64,
    /// Memory of the instance at its end, in bytes. It never shrinks.
    pub memory_bytes: u64,
    /// Ledger calls by type.
    pub ledger_calls: LedgerCalls,
    /// Bytes of the payloads sent to the ledger.
    pub bytes_sent: u64,
    /// Bytes of the ledger's answers.
    pub bytes_received: u64,
}

/// Ledger calls, counted by type.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LedgerCalls([u64; KINDS]);

/// One more than the largest type of message that a contract may send (GET_STATE_MULTIPLE).
const KINDS: usize = MessageType::GetStateMultiple as usize + 1;

impl LedgerCalls {
    /// Counts one call.
    pub fn count(&mut self, kind: MessageType) {
        self.0[kind as usize] += 1;
    }

    /// Calls of this type.
    #[must_use]
    pub fn of(&self, kind: MessageType) -> u64 {
        self.0[kind as usize]
    }

    /// Calls of all types.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The types that occur, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (MessageType, u64)> + '_ {
        (0..)
            .zip(self.0)
            .filter(|(_, count)| *count > 0)
            .filter_map(|(kind, count)| Some((MessageType::try_from(kind).ok()?, count)))
    }
}

/// Adds up the metering of many transactions, per contract function. Shared by all threads.
#[derive(Debug, Default)]
pub struct Meter {
    functions: RwLock<BTreeMap<String, Arc<Totals>>>,
}

#[derive(Debug, Default)]
struct Totals {
    transactions: AtomicU64,
    fuel: AtomicU64,
    fuel_max: AtomicU64,
    memory_bytes_max: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_received: AtomicU64,
    ledger_calls: [AtomicU64; KINDS],
    failures: Mutex<BTreeMap<String, u64>>,
}

/// The totals of one contract function at one moment.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FunctionSnapshot {
    /// The function's name as the client gave it, or `(other)`.
    pub function: String,
    /// Transactions that ran to their end.
    pub transactions: u64,
    /// Fuel of all of them.
    pub fuel: u64,
    /// Fuel of the most expensive one.
    pub fuel_max: u64,
    /// Memory of the largest instance in bytes.
    pub memory_bytes_max: u64,
    /// Bytes sent to the ledger.
    pub bytes_sent: u64,
    /// Bytes that the ledger answered.
    pub bytes_received: u64,
    /// Ledger calls by the type's name.
    pub ledger_calls: BTreeMap<String, u64>,
    /// Failed transactions (status 400 and above) by error code.
    pub failures: BTreeMap<String, u64>,
}

impl Meter {
    /// Adds a transaction.
    pub fn record(&self, function: &str, metering: &Metering, response: &Response) {
        self.totals(function).add(metering, response);
    }

    /// The totals of every function, by name.
    #[must_use]
    pub fn snapshot(&self) -> Vec<FunctionSnapshot> {
        let functions = self.functions.read().unwrap_or_else(PoisonError::into_inner);
        functions.iter().map(|(function, totals)| totals.snapshot(function)).collect()
    }

    fn totals(&self, function: &str) -> Arc<Totals> {
        if let Some(totals) = self.functions.read().unwrap_or_else(PoisonError::into_inner).get(function) {
            return Arc::clone(totals);
        }
        let mut functions = self.functions.write().unwrap_or_else(PoisonError::into_inner);
        let known = functions.contains_key(function) || functions.len() < METERED_FUNCTIONS_MAX;
        let name = if known { function } else { "(other)" };
        Arc::clone(functions.entry(name.to_owned()).or_default())
    }
}

impl Totals {
    fn add(&self, metering: &Metering, response: &Response) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
        self.fuel.fetch_add(metering.fuel, Ordering::Relaxed);
        self.fuel_max.fetch_max(metering.fuel, Ordering::Relaxed);
        self.memory_bytes_max.fetch_max(metering.memory_bytes, Ordering::Relaxed);
        self.bytes_sent.fetch_add(metering.bytes_sent, Ordering::Relaxed);
        self.bytes_received.fetch_add(metering.bytes_received, Ordering::Relaxed);
        for (kind, count) in metering.ledger_calls.iter() {
            self.ledger_calls[kind as usize].fetch_add(count, Ordering::Relaxed);
        }
        if response.status >= 400 {
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            let code = error_code(&response.message);
            if failures.len() < METERED_FUNCTIONS_MAX || failures.contains_key(code) {
                *failures.entry(code.to_owned()).or_default() += 1;
            }
        }
    }

    fn snapshot(&self, function: &str) -> FunctionSnapshot {
        let calls = (0..).zip(&self.ledger_calls).filter_map(|(kind, count)| {
            let count = count.load(Ordering::Relaxed);
            let kind = MessageType::try_from(kind).ok()?;
            (count > 0).then(|| (kind.as_str_name().to_owned(), count))
        });
        FunctionSnapshot {
            function: function.to_owned(),
            transactions: self.transactions.load(Ordering::Relaxed),
            fuel: self.fuel.load(Ordering::Relaxed),
            fuel_max: self.fuel_max.load(Ordering::Relaxed),
            memory_bytes_max: self.memory_bytes_max.load(Ordering::Relaxed),
            bytes_sent: self.bytes_sent.load(Ordering::Relaxed),
            bytes_received: self.bytes_received.load(Ordering::Relaxed),
            ledger_calls: calls.collect(),
            failures: self.failures.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

/// The `CODE` of a message `CODE: text`; messages of another form are counted together.
fn error_code(message: &str) -> &str {
    let code = message.split(':').next().unwrap_or_default();
    let stable = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if !code.is_empty() && code.len() <= 64 && code.bytes().all(stable) { code } else { "(other)" }
}
