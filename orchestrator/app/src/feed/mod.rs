//! Makes records of what happens on the market's channel, keeps them in a store, and anchors their roots.
//!
//! Everything comes from the blocks, so a store that was lost is made again with the same records in the same batches:
//! the chain's order alone decides what is in a batch. A batch ends where a session is reconciled or certificates are
//! claimed. A record is kept before its batch is, and a batch before its root is anchored. Each step may be done again, so
//! the feed can be stopped at any moment; it goes on behind the last block that it has saved.
//!
//! The market does not wait for the feed. While the store is away the blocks wait; [`Feed::backlog`] says how many.

mod changes;
mod key;

use crate::{Error, anchors::Anchors, market::Market};
use changes::{Change, Reader};
use fabric_client::{Network, events::CommittedBlock};
use futures_util::StreamExt as _;
use records::{Batch, Record, RecordId, Store, merkle::Tree};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Blocks whose records are kept at once, at most: fewer and larger writes.
const BLOCKS: usize = 64;
/// First wait after a store or a peer failed, then twice as long each time.
const WAIT_FIRST: Duration = Duration::from_millis(100);
/// The longest wait.
const WAIT_MOST: Duration = Duration::from_secs(5);

/// How far the feed has come: all blocks before `block` are in the store, with so many batches cut, the last one in the
/// block `since`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    block: u64,
    batches: u64,
    since: u64,
}

/// What waits to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Backlog {
    /// Blocks whose records are not in the store.
    pub blocks: u64,
    /// Records in the store that are in no batch.
    pub records: usize,
    /// Batches in the store that are not anchored.
    pub batches: u64,
}

/// What the market's channel says that a store has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The records since the last batch.
    pub waiting: BTreeSet<RecordId>,
    /// The evidence that readings name.
    pub evidence: BTreeSet<RecordId>,
}

/// The records of a market's channel.
pub struct Feed {
    network: Network,
    reader: Reader,
    anchors: Anchors,
    store: Arc<dyn Store>,
    /// The records since the last batch; none until they are derived.
    waiting: Option<BTreeSet<RecordId>>,
}

impl Feed {
    /// Reads the market's blocks from `network`, a peer of the channel.
    #[must_use]
    pub fn new(network: Network, market: Arc<Market>, anchors: Anchors, store: Arc<dyn Store>) -> Self {
        Self { network, reader: Reader::new(market), anchors, store, waiting: None }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Keeps the records of all blocks that there are now and anchors the batches that they complete, with this time.
    ///
    /// # Errors
    /// Those of the ledger and of the store. What was kept is kept; the next call goes on.
    pub async fn catch_up(&mut self, at_ns: u64) -> Result<(), Error> {
        self.keep_all().await?;
        self.anchor(at_ns).await?;
        // Anchoring has made blocks of its own, in which there is nothing to keep.
        self.keep_all().await
    }

    async fn keep_all(&mut self) -> Result<(), Error> {
        let height = self.height().await?;
        let position = self.position().await?;
        if position.block >= height {
            return Ok(());
        }
        let blocks = self.network.blocks::<CommittedBlock>().start_block(position.block).last_block(height - 1);
        let mut chunks = blocks.open().await.map_err(reading)?.ready_chunks(BLOCKS);
        while let Some(chunk) = chunks.next().await {
            let blocks = chunk.into_iter().collect::<Result<Vec<_>, _>>().map_err(reading)?;
            self.keep(&blocks).await?;
        }
        Ok(())
    }

    /// Follows the chain for good. A store or peer that fails is tried again; `failed` is told each time.
    pub async fn follow(&mut self, now_ns: impl Fn() -> u64, mut failed: impl FnMut(&Error)) {
        let mut wait = WAIT_FIRST;
        loop {
            match self.follow_until_failure(&now_ns, &mut wait).await {
                Ok(()) => {}
                Err(error) => failed(&error),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(WAIT_MOST);
        }
    }

    async fn follow_until_failure(&mut self, now_ns: &impl Fn() -> u64, wait: &mut Duration) -> Result<(), Error> {
        let position = self.position().await?;
        let blocks = self.network.blocks::<CommittedBlock>().start_block(position.block).open().await;
        let mut chunks = blocks.map_err(reading)?.ready_chunks(BLOCKS);
        while let Some(chunk) = chunks.next().await {
            let blocks = chunk.into_iter().collect::<Result<Vec<_>, _>>().map_err(reading)?;
            self.keep(&blocks).await?;
            self.anchor(now_ns()).await?;
            *wait = WAIT_FIRST;
        }
        Ok(())
    }

    /// What the chain alone says that the store must have, up to the block that the feed has come to.
    ///
    /// # Errors
    /// Those of the ledger, and of the store that knows how far the feed has come.
    pub async fn expected(&mut self) -> Result<Expected, Error> {
        // Where the store says that the last batch ended is not believed here: the whole chain is read.
        let end = self.position().await?.block;
        self.derive(0, end).await
    }

    /// The same of the blocks from `start` to before `end`.
    async fn derive(&mut self, start: u64, end: u64) -> Result<Expected, Error> {
        let mut expected = Expected::default();
        if start >= end {
            return Ok(expected);
        }
        let blocks = self.network.blocks::<CommittedBlock>().start_block(start).last_block(end - 1);
        let mut blocks = blocks.open().await.map_err(reading)?;
        while let Some(block) = blocks.next().await {
            for transaction in &block.map_err(reading)?.transactions {
                for change in self.reader.read(transaction).await? {
                    match change {
                        Change::Record(record) => _ = expected.waiting.insert(record.id()),
                        Change::Evidence(id) => _ = expected.evidence.insert(id),
                        Change::Cut => expected.waiting.clear(),
                    }
                }
            }
        }
        Ok(expected)
    }

    /// What waits.
    ///
    /// # Errors
    /// Those of the ledger and of the store.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        let channel = self.network.name();
        let anchored = u64::from(self.anchors.count().await?);
        Ok(Backlog {
            blocks: self.height().await?.saturating_sub(self.position().await?.block),
            records: self.store.pending(channel).await?.len(),
            batches: self.store.batches(channel).await?.saturating_sub(anchored),
        })
    }

    async fn height(&self) -> Result<u64, Error> {
        let info = self.network.chain_info().await;
        Ok(info.map_err(|source| Error::Ledger { function: "GetChainInfo", source })?.height)
    }

    fn reader_name(&self) -> String {
        format!("feed/{}", self.network.name())
    }

    async fn position(&self) -> Result<Position, Error> {
        let saved = self.store.checkpoint(&self.reader_name()).await?;
        let read = |saved: String| serde_json::from_str(&saved).map_err(|_| Error::Checkpoint(saved));
        saved.map_or(Ok(Position::default()), read)
    }

    /// Keeps the records of consecutive blocks and cuts the batches that they complete.
    async fn keep(&mut self, blocks: &[CommittedBlock]) -> Result<(), Error> {
        let Some(last) = blocks.last() else { return Ok(()) };
        let channel = self.network.name().to_owned();
        let mut position = self.position().await?;
        // Taken, and put back only when all is kept: after a failure it is derived again.
        let mut waiting = match self.waiting.take() {
            Some(waiting) => waiting,
            None => self.derive(position.since, position.block).await?.waiting,
        };
        let mut records: Vec<Record> = Vec::new();
        for block in blocks {
            for transaction in &block.transactions {
                for change in self.reader.read(transaction).await? {
                    match change {
                        Change::Record(record) => {
                            waiting.insert(record.id());
                            records.push(record);
                        }
                        // Its owner keeps it.
                        Change::Evidence(_) => {}
                        Change::Cut => {
                            self.store.put(&channel, &std::mem::take(&mut records)).await?;
                            self.cut(&channel, &mut position.batches, &mut waiting).await?;
                            position.since = block.number;
                        }
                    }
                }
            }
        }
        self.store.put(&channel, &records).await?;
        position.block = last.number + 1;
        let position = serde_json::to_string(&position).unwrap_or_default();
        self.store.save_checkpoint(&self.reader_name(), &position).await?;
        self.waiting = Some(waiting);
        Ok(())
    }

    /// Makes a batch of the records that wait. Those are the chain's: what somebody slipped into the store is never
    /// anchored. The batch may be there from before an interruption, with the same records.
    async fn cut(&self, channel: &str, batches: &mut u64, waiting: &mut BTreeSet<RecordId>) -> Result<(), Error> {
        if waiting.is_empty() {
            return Ok(());
        }
        let records = std::mem::take(waiting).into_iter().collect();
        self.store.put_batch(&Batch { channel: channel.to_owned(), number: *batches, records }).await?;
        *batches += 1;
        Ok(())
    }

    /// Anchors the batches that are not.
    async fn anchor(&self, at_ns: u64) -> Result<(), Error> {
        let channel = self.network.name();
        let batches = self.store.batches(channel).await?;
        for number in self.anchors.count().await?..u32::try_from(batches).unwrap_or(u32::MAX) {
            let Some(batch) = self.store.batch(channel, number.into()).await? else { break };
            // A batch has at most `RECORDS_MAX` records.
            let records = u32::try_from(batch.records.len()).unwrap_or(u32::MAX);
            self.anchors.anchor(number, Tree::new(&batch.records).root(), records, at_ns).await?;
        }
        Ok(())
    }
}

fn reading(source: fabric_client::Error) -> Error {
    Error::Ledger { function: "Deliver", source }
}
