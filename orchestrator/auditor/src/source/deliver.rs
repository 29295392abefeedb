//! Blocks from a peer's Deliver service.

use std::path::PathBuf;
use std::sync::Arc;

use fabric_client::events::Blocks;
use fabric_client::{Connection, Gateway};
use fabric_msp::LocalSigner;
use fabric_protos::common::Block;
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};

use super::{SourceError, Sourced};

/// A peer of the auditor's choice, and as whom to ask it.
#[derive(Clone, Debug)]
pub struct Peer {
    /// `host:port`.
    pub address: String,
    /// Certificate of the authority that the peer's TLS certificate is from, in PEM.
    pub tls_authority: Vec<u8>,
    /// The MSP id of the user who asks.
    pub msp_id: String,
    /// The user's `msp` folder in cryptogen's layout.
    pub user: PathBuf,
}

/// The blocks of a channel up to the height that it has when the stream is opened.
pub struct Deliver {
    runtime: Runtime,
    blocks: Blocks<Block>,
}

impl Deliver {
    /// Asks the peer for the channel's blocks from the first on.
    ///
    /// # Errors
    /// [`SourceError`].
    pub fn open(peer: &Peer, channel: &str) -> Result<Self, SourceError> {
        let signer = LocalSigner::from_folder(&peer.msp_id, &peer.user)?;
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(SourceError::Runtime)?;
        let blocks = runtime.block_on(async {
            let connection = Connection::tls(&peer.address, peer.tls_authority.clone());
            let network = Gateway::connect(&connection, Arc::new(signer)).await?.network(channel);
            let last = network.chain_info().await?.height.saturating_sub(1);
            network.blocks::<Block>().start_block(0).last_block(last).open().await
        })?;
        Ok(Self { runtime, blocks })
    }
}

impl Iterator for Deliver {
    type Item = Result<Sourced, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.runtime.block_on(self.blocks.next())?;
        let sourced = |block| Sourced::Block { block: Box::new(block), bytes: None, fault: None };
        Some(block.map(sourced).map_err(SourceError::from))
    }
}
