//! The grid company's own records: what its meters recorded.
//!
//! A reading on the market's channel names its evidence by its hash. The evidence itself stays with the grid company: in
//! the store, in batches whose roots it anchors on its own channel, where the regulator endorses them.

use crate::{Error, anchors::Anchors};
use records::{Batch, Record, RecordId, Store, merkle::Tree};
use std::{collections::BTreeSet, sync::Arc};

/// The channel of the grid company's own roots.
pub const CHANNEL: &str = "org-grid-company";
/// Whose peers endorse a root on it (MSP ids).
pub const ENDORSERS: [&str; 2] = ["RegulatorMSP", "GridCompanyMSP"];

/// The evidence of readings.
pub struct Archive {
    anchors: Anchors,
    store: Arc<dyn Store>,
}

impl Archive {
    /// Evidence in `store`, anchored by `anchors` on [`CHANNEL`].
    #[must_use]
    pub fn new(anchors: Anchors, store: Arc<dyn Store>) -> Self {
        Self { anchors, store }
    }

    /// Keeps and anchors the first `batches` batches, each with the records that `evidence` gives for its number. What is
    /// kept and anchored already is not done again, and what a lost store had is kept again.
    ///
    /// # Errors
    /// Those of the ledger and of the store. The same call made again goes on.
    pub async fn keep(&self, batches: u32, evidence: impl Fn(u32) -> Vec<Record>, at_ns: u64) -> Result<(), Error> {
        let anchored = self.anchors.count().await?;
        let kept = u32::try_from(self.store.batches(CHANNEL).await?).unwrap_or(u32::MAX);
        for number in kept.min(anchored)..batches {
            let records = evidence(number);
            let ids: BTreeSet<RecordId> = records.iter().map(Record::id).collect();
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let root = Tree::new(&ids).root();
            let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            self.store.put(CHANNEL, &records).await?;
            let batch = Batch { channel: CHANNEL.to_owned(), number: number.into(), records: ids };
            self.store.put_batch(&batch).await?;
            if number >= anchored {
                self.anchors.anchor(number, root, count, at_ns).await?;
            }
        }
        Ok(())
    }
}
