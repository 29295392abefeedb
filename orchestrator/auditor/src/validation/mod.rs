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
#[derive(Debug)]
pub(crate) struct Validator {
    pub(crate) state: State,
    /// Ids of all transactions so far, valid or not.
    ids: HashSet<String>,
    /// The commit hash after the last block; several, if it is not clear which one peers went on from.
    commit_hashes: Vec<Vec<u8>>,
}

/// Before the first block.
impl Default for Validator {
    fn default() -> Self {
        Self { state: State::default(), ids: HashSet::new(), commit_hashes: vec![Vec::new()] }
    }
}

/// A block as far as its validation has to do with it.
#[derive(Clone, Copy)]
pub(crate) struct BlockToValidate<'a> {
    pub(crate) number: u64,
    pub(crate) envelopes: &'a [Checked],
    /// The codes in its metadata.
    pub(crate) recorded: &'a [u8],
    /// The envelopes as they are, if they are not those that the block's header has the hash of.
    pub(crate) tampered: Option<&'a [Vec<u8>]>,
}

impl Validator {
    /// Validates a block that follows those before, and gives one code for each envelope, as a byte. Each valid transaction is shown to `before_write`, with the state
    /// before it, before its writes are made.
    ///
    /// The recorded codes are asked in two cases only: what peers made of a change of the configuration, and what they
    /// made of envelopes that are no longer those that they saw. Then the state follows the record, so that honest
    /// transactions that come later are not blamed.
    pub(crate) fn validate(
        &mut self,
        block: &BlockToValidate<'_>,
        config: &ChannelConfig,
        mut before_write: impl FnMut(&str, &Transaction, &State),
    ) -> Vec<u8> {
        let BlockToValidate { number, envelopes, recorded, tampered } = *block;
        let mut codes = self.policy_codes(envelopes, recorded, config);
        let (mut written, mut updates) = (Written::new(), Updates::new());
        for (place, (envelope, code)) in envelopes.iter().zip(&mut codes).enumerate() {
            if let (TxValidationCode::Valid, Content::Endorsed(Ok(endorsed))) = (*code, &envelope.content) {
                let transaction = &endorsed.transaction;
                *code = conflicts::check(&transaction.sets, &written, &self.state);
                if *code == TxValidationCode::Valid {
                    before_write(&envelope.id, transaction, &self.state);
                }
            }
            let sets = match (&envelope.content, tampered) {
                (Content::Endorsed(Ok(endorsed)), None) if *code == TxValidationCode::Valid => {
                    &endorsed.transaction.sets
                }
                (_, Some(raw)) if recorded.get(place) == Some(&code_byte(TxValidationCode::Valid)) => {
                    &envelope::claimed_sets(&raw[place])
                }
                _ => continue,
            };
            let version = Version { block: number, transaction: place as u64 };
            self.write(sets, version, &mut written, &mut updates);
        }
        self.ids.extend(envelopes.iter().map(|envelope| envelope.id.clone()).filter(|id| !id.is_empty()));
        let codes: Vec<u8> = codes.into_iter().map(code_byte).collect();
        // Peers begin the chain of commit hashes with the block after the first.
        if number > 0 {
            let codes = if tampered.is_some() { recorded } else { &codes };
            for hash in &mut self.commit_hashes {
                *hash = commit_hash::compute(codes, &updates, hash).to_vec();
            }
        }
        codes
    }

    /// Whether this is the commit hash after the last block. If it is not, it or the one that should be there may be
    /// what peers went on from.
    pub(crate) fn has_commit_hash(&mut self, recorded: Vec<u8>) -> bool {
        let found = self.commit_hashes.contains(&recorded);
        self.commit_hashes.truncate(usize::from(!found));
        self.commit_hashes.push(recorded);
        found
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
