//! Whether records are those that the chain vouches for.
//!
//! Nothing that a store or an index says is believed: a record's identifier is computed again from its bytes, and its
//! path is followed to the root that lies on the chain ([`Chain`]). What an index found is compared with the record
//! itself ([`crate::search::fits`]). That nothing was left out of a result is not proven.

mod file;
mod index;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tampering;

pub use file::{MalformedFile, ProofFile};
pub use index::{IndexFinding, IndexReport, IndexWrong, walk_index};

use crate::{
    merkle::{Proof, Tree},
    record::{Record, RecordId},
    store::{Found, Store, StoreError},
    walk::{Anchored, Wrong},
};
use async_trait::async_trait;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

/// Where roots come from: the chain, never the store.
#[async_trait]
pub trait Chain: Send + Sync {
    /// The batch with this number as it is anchored on the channel, if it is.
    ///
    /// # Errors
    /// [`ChainError`].
    async fn anchored(&self, channel: &str, batch: u64) -> Result<Option<Anchored>, ChainError>;
}

/// The chain cannot be asked.
#[derive(Debug, thiserror::Error)]
#[error("CHAIN_UNAVAILABLE: {0}")]
pub struct ChainError(pub String);

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain cannot be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// A record that the chain vouches for, and how that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The record.
    pub record: Record,
    /// The channel of its batch.
    pub channel: String,
    /// The number of its batch.
    pub batch: u64,
    /// Its path to the root.
    pub proof: Proof,
}

/// A record that is not what the chain vouches for, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: record {id}: {text}", code.code())]
pub struct Defect {
    /// The record that was asked for.
    pub id: RecordId,
    /// What is wrong.
    pub code: Wrong,
    /// In words.
    pub text: String,
}

/// Verifies records of a store. Batches that were looked at are kept.
pub struct Verifier<'sources> {
    store: &'sources dyn Store,
    chain: &'sources dyn Chain,
    batches: HashMap<(String, u64), Option<Arc<VouchedBatch>>>,
}

/// A batch whose root is the one on the chain.
struct VouchedBatch {
    anchored: Anchored,
    tree: Tree,
}

/// Batches that are kept at most; a tree of 1,000 records has 64 kB.
const BATCHES_MAX: usize = 256;

impl<'sources> Verifier<'sources> {
    /// Takes records from the store and roots from the chain.
    #[must_use]
    pub fn new(store: &'sources dyn Store, chain: &'sources dyn Chain) -> Self {
        Self { store, chain, batches: HashMap::new() }
    }

    /// Fetches records and verifies each.
    ///
    /// # Errors
    /// [`VerifyError`]: store or chain do not answer.
    pub async fn fetch(&mut self, ids: &[RecordId]) -> Result<Vec<Result<Proven, Defect>>, VerifyError> {
        let mut records = Vec::with_capacity(ids.len());
        for (id, found) in ids.iter().zip(self.store.get(ids).await?) {
            records.push(self.verify(*id, found).await?);
        }
        Ok(records)
    }

    async fn verify(&mut self, id: RecordId, found: Found) -> Result<Result<Proven, Defect>, VerifyError> {
        let defect = |code, text: String| Ok(Err(Defect { id, code, text }));
        let record = match found {
            Found::Missing => return defect(Wrong::Missing, "the store does not have it".to_owned()),
            Found::Damaged(why) => return defect(Wrong::HashMismatch, why),
            Found::Record(record) if record.id() != id => {
                return defect(Wrong::HashMismatch, format!("the store has {} under its name", record.id()));
            }
            Found::Record(record) => record,
        };
        let Some(place) = self.store.place(&id).await? else {
            return defect(
                Wrong::NotAnchored,
                "it is in no batch; a new record waits until its session is over".to_owned(),
            );
        };
        let Some(batch) = self.batch(&place.channel, place.number).await? else {
            let text = format!("the chain of {} has no batch {} with the store's root", place.channel, place.number);
            return defect(Wrong::NotAnchored, text);
        };
        match batch.tree.proof(place.index) {
            Some(proof) if proof.proves(id.as_ref(), &batch.anchored.root) => {
                Ok(Ok(Proven { record, channel: place.channel, batch: place.number, proof }))
            }
            _ => defect(Wrong::NotAnchored, format!("batch {} of {} does not have it", place.number, place.channel)),
        }
    }

    /// The batch, if its list in the store has the root that lies on the chain.
    async fn batch(&mut self, channel: &str, number: u64) -> Result<Option<Arc<VouchedBatch>>, VerifyError> {
        if self.batches.len() >= BATCHES_MAX {
            self.batches.clear();
        }
        Ok(match self.batches.entry((channel.to_owned(), number)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => {
                let batch = self.store.batch(channel, number).await?;
                let anchored = self.chain.anchored(channel, number).await?;
                let vouched = batch.zip(anchored).and_then(|(batch, anchored)| {
                    let tree = Tree::new(&batch.records);
                    let is_vouched = (tree.root(), tree.size()) == (anchored.root, anchored.records);
                    is_vouched.then(|| Arc::new(VouchedBatch { anchored, tree }))
                });
                unknown.insert(vouched).clone()
            }
        })
    }
}
