//! What the ledger says at the end of the day.

use crate::commands::network::CONTRACTS;
use anyhow::{Context, Result};
use fabric_client::Network;
use fabric_msp::{block::header_hash, sha256};

pub(super) struct Facts {
    /// How many transactions of contracts are valid.
    pub(super) valid_transactions: u64,
    /// SHA-256 over the state of all contracts, in hex: no transaction ids, no wall-clock, so that it is the same for
    /// the same seed, on every network.
    pub(super) state_digest: String,
    /// Hash of the channel's first block, in hex.
    pub(super) genesis_hash: String,
}

impl Facts {
    /// From the blocks, which every network has.
    pub(super) async fn read(channel: &Network) -> Result<Self> {
        let state = channel.written_state().await?;
        let digests = CONTRACTS.map(|(name, _)| state.digest(name));
        let first = channel.block(0).await?;
        let header = first.header.as_ref().context("the channel's first block has no header")?;
        Ok(Self {
            valid_transactions: state.transactions,
            state_digest: hex::encode(sha256(digests.iter().map(<[u8; 32]>::as_slice))),
            genesis_hash: hex::encode(header_hash(header)),
        })
    }
}
