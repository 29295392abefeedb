//! The state that a channel's blocks have written.

use super::{Blocks, CommittedBlock};
use crate::contract::Network;
use crate::error::Error;
use fabric_msp::sha256;
use futures_util::TryStreamExt;
use std::collections::BTreeMap;

/// What is left of all that the valid transactions of chaincodes wrote, from the first block on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenState {
    /// How many valid transactions of chaincodes there are.
    pub transactions: u64,
    /// Values by chaincode and key.
    pub values: BTreeMap<(String, String), Vec<u8>>,
}

impl WrittenState {
    /// SHA-256 over a chaincode's keys in order, each followed by its value, each of the two preceded by its length in
    /// bytes (8 bytes, little endian). Two networks that did the same have the same digest.
    #[must_use]
    pub fn digest(&self, chaincode: &str) -> [u8; 32] {
        let entries = self.values.iter().filter(|((of, _), _)| of == chaincode);
        let parts = entries.flat_map(|((_, key), value)| [key.as_bytes(), value.as_slice()]);
        let lengths_and_parts: Vec<_> =
            parts.flat_map(|part| [(part.len() as u64).to_le_bytes().to_vec(), part.to_vec()]).collect();
        sha256(lengths_and_parts.iter().map(Vec::as_slice))
    }

    fn apply(&mut self, block: CommittedBlock) {
        for transaction in block.transactions {
            self.transactions += 1;
            for write in transaction.writes {
                let key = (write.chaincode, write.key);
                match write.value {
                    Some(value) => self.values.insert(key, value),
                    None => self.values.remove(&key),
                };
            }
        }
    }
}

impl Network {
    /// Reads all blocks that the peer has now.
    ///
    /// # Errors
    /// [`Error::Sign`], [`Error::Evaluate`], or what ends a stream of blocks.
    pub async fn written_state(&self) -> Result<WrittenState, Error> {
        let last = self.chain_info().await?.height.saturating_sub(1);
        let request = self.blocks::<CommittedBlock>().start_block(0).last_block(last).build();
        let mut blocks: Blocks<CommittedBlock> = request.sign()?.open().await?;
        let mut state = WrittenState::default();
        while let Some(block) = blocks.try_next().await? {
            state.apply(block);
        }
        Ok(state)
    }
}
