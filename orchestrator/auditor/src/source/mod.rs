//! Where blocks come from. What a source hands over is believed by nobody.

mod deliver;
mod files;

use std::io;
use std::path::PathBuf;

use fabric_protos::common::Block;

pub use deliver::{Deliver, Peer};
pub use files::{BlockFiles, RecordFault};

/// Why blocks cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {error}")]
    File {
        /// The path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A folder has no block files.
    #[error("{0} has no block files")]
    NoBlocks(PathBuf),
    /// The peer cannot be reached, or refuses.
    #[error(transparent)]
    Peer(#[from] fabric_client::Error),
    /// The system gives no threads to wait for a peer with.
    #[error("cannot wait for a peer: {0}")]
    Runtime(io::Error),
    /// The identity that asks the peer cannot be used.
    #[error(transparent)]
    Identity(#[from] fabric_msp::SignerError),
}

impl SourceError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "SOURCE_FILE",
            Self::NoBlocks(_) => "SOURCE_NO_BLOCKS",
            Self::Peer(_) => "SOURCE_PEER",
            Self::Runtime(_) => "SOURCE_RUNTIME",
            Self::Identity(_) => "SOURCE_IDENTITY",
        }
    }
}

/// What a source found at the next place of the chain.
#[derive(Debug)]
pub enum Sourced {
    /// A block, and what is wrong with the record that held it.
    Block {
        /// The block.
        block: Box<Block>,
        /// Its bytes, if the source has them as they were written.
        bytes: Option<Vec<u8>>,
        /// What is wrong with the record.
        fault: Option<RecordFault>,
    },
    /// Something that is no block; nothing follows.
    Broken(RecordFault),
}
