//! What a data folder says of records: the members' names, and the roots on the chain.
//!
//! Roots are read from the channel's block files: every block's number, link to the block before and hash of its data are
//! checked on the way, so that a root is one that the chain of hashes up to the last block holds. Whether the blocks are
//! the network's, by their signatures, `gridbourse audit` tells; it prints the last block's hash for comparing.

use super::demo::folder::Run;
use anchoring::Anchor;
use anyhow::{Context, Result, bail};
use auditor::source::{BlockFiles, Sourced};
use fabric_client::events::CommittedBlock;
use fabric_msp::block;
use records::{
    index::{Directory, Profile},
    verify::{Chain, ChainError},
    walk::Anchored,
};
use std::{collections::HashMap, path::Path, sync::Mutex};

/// The names of the members who trade in a data folder; nobody if it is not a demo's.
pub(crate) fn directory(data_dir: &Path) -> Directory {
    Run::read(data_dir).map_or_else(Directory::default, |run| members(&run.day))
}

/// The members of a day.
pub(crate) fn members(day: &str) -> Directory {
    let participants = agents::day::participants(day).unwrap_or_default();
    let profile = |participant: agents::day::Participant| {
        let carrier = participant.carrier.map(|carrier| format!("{carrier:?}").to_lowercase());
        (participant.id, Profile { name: participant.name, carrier, class: participant.class })
    };
    Directory(participants.into_iter().map(profile).collect())
}

/// The roots in the block files of a data folder. A channel is read when it is asked for first.
pub(crate) struct BlockRoots<'folder> {
    data_dir: &'folder Path,
    channels: Mutex<HashMap<String, HashMap<u64, Anchored>>>,
}

impl<'folder> BlockRoots<'folder> {
    pub(crate) fn new(data_dir: &'folder Path) -> Self {
        Self { data_dir, channels: Mutex::default() }
    }

    fn read(&self, channel: &str) -> Result<HashMap<u64, Anchored>> {
        // A channel's name comes from a file that may be anybody's.
        if !channel
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
            || channel.starts_with('.')
        {
            bail!("{channel:?} is not a channel's name");
        }
        let mut roots = HashMap::new();
        let mut previous = None;
        let folder = self.data_dir.join("channels").join(channel).join("blocks");
        for (number, sourced) in (0..).zip(BlockFiles::open(&folder)?) {
            let Sourced::Block { block, fault: None, .. } = sourced? else {
                bail!("block {number} of {channel} is damaged; see `gridbourse audit`");
            };
            let (header, data) = (block.header.as_ref(), block.data.as_ref());
            let (header, data) = header.zip(data).with_context(|| format!("block {number} of {channel} is cut off"))?;
            let is_linked = previous.is_none_or(|previous: [u8; 32]| header.previous_hash == previous);
            if header.number != number || !is_linked || header.data_hash != block::data_hash(data) {
                bail!("block {number} of {channel} does not follow from the one before; see `gridbourse audit`");
            }
            previous = Some(block::header_hash(header));
            let committed = CommittedBlock::decode(&block)?;
            let writes = committed.transactions.into_iter().flat_map(|transaction| transaction.writes);
            for write in writes.filter(|write| write.chaincode == anchoring::NAME) {
                // Other keys of the contract hold no anchor.
                if let Some(anchor) = write.value.and_then(|value| serde_json::from_slice::<Anchor>(&value).ok()) {
                    let anchored = Anchored { root: anchor.root.0, records: anchor.records.into() };
                    roots.insert(anchor.batch.into(), anchored);
                }
            }
        }
        Ok(roots)
    }
}

#[async_trait::async_trait]
impl Chain for BlockRoots<'_> {
    async fn anchored(&self, channel: &str, batch: u64) -> Result<Option<Anchored>, ChainError> {
        let broken = |error: String| ChainError(error);
        let mut channels = self.channels.lock().map_err(|error| broken(error.to_string()))?;
        if !channels.contains_key(channel) {
            let roots = self.read(channel).map_err(|error| broken(format!("{error:#}")))?;
            channels.insert(channel.to_owned(), roots);
        }
        Ok(channels.get(channel).and_then(|roots| roots.get(&batch)).copied())
    }
}
