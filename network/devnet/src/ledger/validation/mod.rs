//! Validates blocks as Fabric's committer does, with its codes and in its order:
//!
//! 1. each envelope by itself ([`envelope`]: form, creator, signatures), in parallel;
//! 2. in order: ids that an earlier block has, endorsement policies ([`endorsement`]), ids that occur twice in the block;
//! 3. in order: what was read must not have changed ([`conflicts`]); the writes of valid ones are collected ([`writes`]).

pub(crate) mod commit_hash;
mod conflicts;
mod endorsement;
mod envelope;
mod writes;

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use fabric_msp::ChannelConfig;
use fabric_protos::common::Block;
use fabric_protos::protos::TxValidationCode;

use super::error::LedgerError;
use super::state::{Space, Update, Updates, Version, Writer};
use super::transaction::{Endorsed, codes, envelopes};
use endorsement::PolicyCheck;
pub(crate) use endorsement::key_policy;
use envelope::Content;

/// Where the state keeps the channel's configuration: in the empty namespace, under this key, as Fabric does.
pub(crate) const CONFIG_KEY: &str = "CHANNEL_CONFIG_ENV_BYTES";

/// What a block does to the state.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// One code for each envelope.
    pub(crate) codes: Vec<TxValidationCode>,
    /// What the valid ones write.
    pub(crate) updates: Updates,
    /// Public keys that the valid ones write: namespace, key, version.
    pub(crate) history: Vec<(String, String, Version)>,
}

/// Validates `block` against the state that `writer` sees.
pub(crate) fn validate(
    block: &Block,
    number: u64,
    config: &ChannelConfig,
    writer: &Writer<'_>,
    threads: usize,
) -> Result<Outcome, LedgerError> {
    let contents = check_envelopes(envelopes(block), config, threads);
    let mut codes = policy_codes(&contents, config, writer)?;
    refuse_duplicates(&contents, &mut codes);
    let mut outcome = Outcome::default();
    for (index, content) in contents.iter().enumerate() {
        let version = Version { block: number, transaction: index as u64 };
        if codes[index] != TxValidationCode::Valid {
            continue;
        }
        let Content::Endorsed { endorsed: Ok(endorsed), .. } = content else { continue };
        codes[index] = conflicts::check(&endorsed.read_write_set, &outcome.updates, writer)?;
        if codes[index] == TxValidationCode::Valid {
            outcome.write(&endorsed.read_write_set, version, writer)?;
        }
    }
    outcome.codes = codes;
    Ok(outcome)
}

/// What a committed block does to the state, by the codes in its metadata.
pub(crate) fn replay(block: &Block, number: u64, writer: &Writer<'_>) -> Result<Outcome, LedgerError> {
    let mut outcome = Outcome { codes: codes(block), ..Outcome::default() };
    for (index, envelope) in envelopes(block).iter().enumerate() {
        let version = Version { block: number, transaction: index as u64 };
        if outcome.codes.get(index) != Some(&TxValidationCode::Valid) {
            continue;
        }
        if let Some(transaction) = Endorsed::decode(envelope) {
            outcome.write(&transaction.read_write_set, version, writer)?;
        } else if let Some(config) = super::transaction::config(envelope) {
            outcome.configure(&config, version);
        }
    }
    Ok(outcome)
}

impl Outcome {
    fn configure(&mut self, envelope: &[u8], version: Version) {
        let update = Update { version, value: Some(envelope.to_vec()), metadata: Vec::new() };
        self.updates.insert(Space::public(""), CONFIG_KEY.into(), update);
    }

    fn write(
        &mut self,
        read_write_set: &[super::read_write_set::NamespaceSet],
        version: Version,
        writer: &Writer<'_>,
    ) -> Result<(), LedgerError> {
        writes::apply(read_write_set, version, &mut self.updates, writer)?;
        for set in read_write_set {
            self.history
                .extend(set.public.writes.iter().map(|write| (set.namespace.clone(), write.key.clone(), version)));
        }
        Ok(())
    }
}

/// Checks the envelopes, some on each thread.
fn check_envelopes(envelopes: &[Vec<u8>], config: &ChannelConfig, threads: usize) -> Vec<Content> {
    let next = AtomicUsize::new(0);
    let checked = Mutex::new(Vec::with_capacity(envelopes.len()));
    let work = || {
        let mut mine = Vec::new();
        while let Some((index, envelope)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| Some((index, envelopes.get(index)?)))
        {
            mine.push((index, envelope::check(envelope, config)));
        }
        checked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).append(&mut mine);
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(envelopes.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut checked = checked.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    checked.sort_unstable_by_key(|(index, _)| *index);
    checked.into_iter().map(|(_, content)| content).collect()
}

/// The codes as far as they depend on earlier blocks' ids and on policies.
fn policy_codes(
    contents: &[Content],
    config: &ChannelConfig,
    writer: &Writer<'_>,
) -> Result<Vec<TxValidationCode>, LedgerError> {
    let mut policies = PolicyCheck::new(config, writer);
    contents
        .iter()
        .map(|content| match content {
            Content::Refused(code) => Ok(*code),
            Content::Endorsed { id, .. } if writer.has_transaction(id)? => Ok(TxValidationCode::DuplicateTxid),
            Content::Endorsed { endorsed: Ok(endorsed), .. } => policies.check(endorsed),
            Content::Endorsed { endorsed: Err(code), .. } => Ok(*code),
        })
        .collect()
}

/// Of valid transactions with one id in a block, the first counts.
fn refuse_duplicates(contents: &[Content], codes: &mut [TxValidationCode]) {
    let mut ids = HashSet::new();
    for (content, code) in contents.iter().zip(codes) {
        if let Content::Endorsed { id, .. } = content
            && *code == TxValidationCode::Valid
            && !ids.insert(id)
        {
            *code = TxValidationCode::DuplicateTxid;
        }
    }
}
