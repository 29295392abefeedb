//! Where the blocks of a ledger are read from.

use crate::{
    commands::{devnet::Ready, network},
    exit::WrongInput,
};
use anyhow::Result;
use auditor::source::{BlockFiles, Deliver, Peer, SourceError, Sourced};
use std::{
    fs,
    path::{Path, PathBuf},
};

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
    /// Read the blocks from a peer of a network that runs, as its ready file describes it
    #[arg(long, value_name = "FILE", conflicts_with = "peer")]
    network: Option<PathBuf>,
    /// Whose peer of that network
    #[arg(long, value_name = "NAME", default_value = "regulator", requires = "network")]
    organization: String,
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
        if let Some(peer) = self.peer()? {
            return Ok(Box::new(Deliver::open(&peer, &self.channel)?));
        }
        let folder = self.data_dir.join("channels").join(&self.channel).join("blocks");
        Ok(Box::new(BlockFiles::open(&folder).map_err(wrong_folder)?))
    }

    /// The data folder and the channel, if that is where the blocks are from.
    pub(crate) fn data_dir(&self) -> Option<(&Path, &str)> {
        let from_files = self.peer.is_none() && self.network.is_none();
        from_files.then_some((self.data_dir.as_path(), self.channel.as_str()))
    }

    /// The packages that `gridbourse network` has installed on the network that was named.
    pub(crate) fn packages(&self) -> Result<Vec<PathBuf>> {
        let Some(file) = &self.network else { return Ok(Vec::new()) };
        let Some(folder) = Ready::read(file)?.data_dir else { return Ok(Vec::new()) };
        let mut packages = fabric_network::Network::open(&folder)?.packages()?;
        packages.sort();
        Ok(packages)
    }

    /// The peer that was named; clap sees to it that the rest is there then.
    fn peer(&self) -> Result<Option<Peer>> {
        if let Some(file) = &self.network {
            let ready = Ready::read(file)?;
            let organization = ready.organization(&self.organization)?;
            return Ok(Some(Peer {
                address: organization.endpoint.clone(),
                tls_authority: organization.tls_authority.clone().into_bytes(),
                msp_id: organization.msp_id.clone(),
                user: organization.user.join("msp"),
            }));
        }
        let (Some(address), Some(authority), Some(msp_id), Some(user)) =
            (&self.peer, &self.tls_authority, &self.msp_id, &self.user)
        else {
            return Ok(None);
        };
        let tls_authority =
            fs::read(authority).map_err(|error| WrongInput(format!("cannot read {}: {error}", authority.display())))?;
        Ok(Some(Peer { address: address.clone(), tls_authority, msp_id: msp_id.clone(), user: user.clone() }))
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
