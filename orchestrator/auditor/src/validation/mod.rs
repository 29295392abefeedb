//! Validates blocks again, as Fabric's committer does, with its codes and in its order:
//!
//! 1. each envelope by itself ([`envelope`]);
//! 2. in order: ids that an earlier block has, endorsement policies ([`policies`]), ids that are twice in the block;
//! 3. in order: what was read must not have changed ([`conflicts`]); valid ones write.

mod commit_hash;
mod conflicts;
pub(crate) mod envelope;
pub(crate) mod policies;
mod range_summary;

use std::collections::{BTreeMap, HashSet};

use fabric_msp::ChannelConfig;
use fabric_protos::protos::TxValidationCode;

use crate::state::{Entry, State, Version};
use crate::transaction::{ReadWriteSet, Transaction};
use commit_hash::Updates;
use conflicts::Written;
use envelope::{Checked, Content};

/// Validates the blocks of one channel, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Validator {
    pub(crate) state: State,
    /// Ids of all transactions so far, valid or not.
    ids: HashSet<String>,
    commit_hash: Vec<u8>,
}

/// What the validation of a block gave.
pub(crate) struct Validated {
    /// One code for each envelope, as a byte.
    pub(crate) codes: Vec<u8>,
    /// The commit hash after the block.
    pub(crate) commit_hash: Vec<u8>,
}

impl Validator {
    /// Validates a block that follows those before. Each valid transaction is shown to `before_write`, with the state
    /// before it, before its writes are made.
    ///
    /// `recorded` are the codes in the block's metadata. They are asked in one case only: what peers made of a change of
    /// the configuration.
    pub(crate) fn validate(
        &mut self,
        number: u64,
        envelopes: &[Checked],
        recorded: &[u8],
        config: &ChannelConfig,
        mut before_write: impl FnMut(&str, &Transaction, &State),
    ) -> Validated {
        let mut codes = self.policy_codes(envelopes, recorded, config);
        let (mut written, mut updates) = (Written::new(), Updates::new());
        for ((place, envelope), code) in (0..).zip(envelopes).zip(&mut codes) {
            if let (TxValidationCode::Valid, Content::Endorsed(Ok(endorsed))) = (*code, &envelope.content) {
                let transaction = &endorsed.transaction;
                *code = conflicts::check(&transaction.sets, &written, &self.state);
                if *code == TxValidationCode::Valid {
                    before_write(&envelope.id, transaction, &self.state);
                    let version = Version { block: number, transaction: place };
                    self.write(&transaction.sets, version, &mut written, &mut updates);
                }
            }
        }
        self.ids.extend(envelopes.iter().map(|envelope| envelope.id.clone()).filter(|id| !id.is_empty()));
        let codes: Vec<u8> = codes.into_iter().map(code_byte).collect();
        // Peers begin the chain of commit hashes with the block after the first.
        if number > 0 {
            self.commit_hash = commit_hash::compute(&codes, &updates, &self.commit_hash).to_vec();
        }
        Validated { codes, commit_hash: self.commit_hash.clone() }
    }

    /// The codes as far as they depend on ids and policies.
    fn policy_codes(&self, envelopes: &[Checked], recorded: &[u8], config: &ChannelConfig) -> Vec<TxValidationCode> {
        use TxValidationCode as Code;
        let mut policies = policies::PolicyCheck::new(config, &self.state);
        let mut ids = HashSet::new();
        let code = |(place, Checked { id, content }): (usize, &Checked)| match content {
            Content::Refused(code) => *code,
            Content::Configuration if recorded.get(place) == Some(&code_byte(Code::Valid)) => Code::Valid,
            Content::Configuration => Code::InvalidConfigTransaction,
            Content::Endorsed(_) if self.ids.contains(id) => Code::DuplicateTxid,
            Content::Endorsed(Err(code)) => *code,
            Content::Endorsed(Ok(endorsed)) => match policies.check(endorsed) {
                // Of valid ones with the same id the first counts.
                Code::Valid if !ids.insert(id.clone()) => Code::DuplicateTxid,
                code => code,
            },
        };
        envelopes.iter().enumerate().map(code).collect()
    }

    /// Makes the writes of a valid transaction.
    fn write(&mut self, sets: &[ReadWriteSet], version: Version, written: &mut Written, updates: &mut Updates) {
        for set in sets {
            for (key, (value, metadata)) in writes_by_key(set) {
                let before = self.state.get(&set.space, key);
                let entry = match (value, metadata) {
                    (Some(None), _) => None,
                    (Some(Some(value)), metadata) => {
                        // A value alone leaves the metadata as they are.
                        let metadata = metadata.or(before.map(|entry| &entry.metadata)).cloned().unwrap_or_default();
                        Some(Entry { version, value: value.clone(), metadata })
                    }
                    // Metadata alone give the value a new version; without a value they are nothing.
                    (None, metadata) => match before {
                        Some(before) => {
                            let metadata = metadata.cloned().unwrap_or_default();
                            Some(Entry { version, value: before.value.clone(), metadata })
                        }
                        None => continue,
                    },
                };
                let value = entry.as_ref().map(|entry| entry.value.clone());
                updates.entry(set.space.clone()).or_default().insert(key.clone(), (version, value));
                self.state.set(&set.space, key, entry);
                written.insert((set.space.clone(), key.clone()));
            }
        }
    }
}

/// What a transaction writes to each key: its value (none: deleted), if that is written, and its metadata, if they are.
type Write<'a> = (Option<&'a Option<Vec<u8>>>, Option<&'a Vec<u8>>);

fn writes_by_key(set: &ReadWriteSet) -> BTreeMap<&Vec<u8>, Write<'_>> {
    let mut writes = BTreeMap::<_, Write<'_>>::new();
    for (key, value) in &set.writes {
        writes.entry(key).or_default().0 = Some(value);
    }
    for (key, metadata) in &set.metadata {
        writes.entry(key).or_default().1 = Some(metadata);
    }
    writes
}

/// A code as the block's metadata have it.
pub(crate) fn code_byte(code: TxValidationCode) -> u8 {
    u8::try_from(code as i32).unwrap_or(u8::MAX)
}
