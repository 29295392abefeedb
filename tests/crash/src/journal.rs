//! What the clients did and what they were told: the truth that the network is held to.

use fabric_client::{CommitStatus, Transaction, TxValidationCode};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Every transaction that a client may have submitted, by its id.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    /// Kept as long as it may have to be submitted again.
    transaction: Option<Transaction>,
    told: Option<Told>,
}

/// What a client was told about its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) block_number: u64,
    pub(crate) code: TxValidationCode,
}

impl Journal {
    /// Notes a transaction, before it is submitted.
    pub(crate) fn submitting(&self, transaction: &Transaction) {
        let entry = Entry { transaction: Some(transaction.clone()), told: None };
        self.with(|entries| entries.insert(transaction.transaction_id().to_owned(), entry));
    }

    /// Notes an outcome that a client was told.
    pub(crate) fn told(&self, status: &CommitStatus) {
        self.with(|entries| {
            if let Some(entry) = entries.get_mut(&status.transaction_id) {
                entry.told = Some(Told { block_number: status.block_number, code: status.code });
                entry.transaction = None;
            }
        });
    }

    /// How many outcomes clients were told.
    pub(crate) fn told_count(&self) -> usize {
        self.with(|entries| entries.values().filter(|entry| entry.told.is_some()).count())
    }

    /// The transactions whose outcome no client was told.
    pub(crate) fn in_doubt(&self) -> Vec<Transaction> {
        self.with(|entries| entries.values().filter_map(|entry| entry.transaction.clone()).collect())
    }

    /// Every transaction with what a client was told.
    pub(crate) fn outcomes(&self) -> HashMap<String, Option<Told>> {
        self.with(|entries| entries.iter().map(|(id, entry)| (id.clone(), entry.told)).collect())
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, Entry>) -> T) -> T {
        act(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
