//! Where the blocks of a ledger are read from.

use crate::{commands::network, exit::WrongInput};
use anyhow::Result;
use auditor::source::{BlockFiles, Deliver, Peer, SourceError, Sourced};
use std::path::{Path, PathBuf};

/// The blocks of a channel, from a data folder or from a peer.
#[derive(clap::Args)]
pub(crate) struct Blocks {
    /// The data folder whose block files are read
    #[arg(long, value_name = "DIR", default_value = "gridbourse-data")]
    data_dir: PathBuf,
    /// The channel
    #[arg(long, default_value = network::MARKET)]
    channel: String,
    /// What the first block's hash must be, in hex, as an earlier audit or `gridbourse demo` printed it
    #[arg(long, value_name = "HEX", value_parser = hash)]
    pub(crate) genesis_hash: Option<[u8; 32]>,
    /// Read the blocks from this peer instead of the files
    #[arg(long, value_name = "HOST:PORT", requires_all = ["tls_authority", "user", "msp_id"])]
    peer: Option<String>,
    /// Certificate of the authority that the peer's TLS certificate is from
    #[arg(long, value_name = "FILE", requires = "peer")]
    tls_authority: Option<PathBuf>,
    /// The `msp` folder of the user who asks the peer
    #[arg(long, value_name = "MSP_FOLDER", requires = "peer")]
    user: Option<PathBuf>,
    /// The MSP id of that user's organization
    #[arg(long, value_name = "ID", requires = "peer")]
    msp_id: Option<String>,
}

impl Blocks {
    /// The blocks, from the first on.
    pub(crate) fn open(&self) -> Result<Box<dyn Iterator<Item = Result<Sourced, SourceError>>>> {
        if let Some(peer) = self.peer() {
            return Ok(Box::new(Deliver::open(&peer, &self.channel)?));
        }
        let folder = self.data_dir.join("channels").join(&self.channel).join("blocks");
        Ok(Box::new(BlockFiles::open(&folder).map_err(wrong_folder)?))
    }

    /// The data folder and the channel, if that is where the blocks are from.
    pub(crate) fn data_dir(&self) -> Option<(&Path, &str)> {
        self.peer.is_none().then_some((self.data_dir.as_path(), self.channel.as_str()))
    }

    /// The peer that was named; clap sees to it that the rest is there then.
    fn peer(&self) -> Option<Peer> {
        Some(Peer {
            address: self.peer.clone()?,
            tls_authority: self.tls_authority.clone()?,
            msp_id: self.msp_id.clone()?,
            user: self.user.clone()?,
        })
    }
}

/// That there is no ledger is the user's mistake; anything else that goes wrong with files is not.
fn wrong_folder(error: SourceError) -> anyhow::Error {
    match error {
        SourceError::NoBlocks(_) => WrongInput(error.to_string()).into(),
        SourceError::File { error: ref cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
            WrongInput(error.to_string()).into()
        }
        _ => error.into(),
    }
}

fn hash(text: &str) -> Result<[u8; 32], String> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).map(|()| hash).map_err(|error| error.to_string())
}
