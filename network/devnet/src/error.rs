//! What can go wrong when a network is started or managed.

use std::path::PathBuf;

use crate::identities::IdentityError;
use crate::ledger::LedgerError;
use crate::lifecycle::LifecycleError;

/// An error of the network. Each text starts with a stable code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The description of the network makes no sense.
    #[error("DEVNET_CONFIGURATION: {0}")]
    Configuration(String),
    /// The data folder is of another network.
    #[error(
        "DEVNET_OTHER_NETWORK: {} holds another network ({difference}): name another folder, or remove it", folder.display()
    )]
    OtherNetwork {
        /// The data folder.
        folder: PathBuf,
        /// What is different.
        difference: String,
    },
    /// There is no such organization, user or channel.
    #[error("DEVNET_UNKNOWN: there is no {0}")]
    Unknown(String),
    /// A file of the data folder could not be read or written.
    #[error("DEVNET_FILE: {}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A listener could not be started.
    #[error("DEVNET_LISTEN: {0}")]
    Listen(String),
    /// Identities could not be made or read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A chaincode could not be installed, approved or committed.
    #[error(transparent)]
    Lifecycle(#[from] LifecycleError),
    /// A ledger could not be opened; among others, because another process has it open.
    #[error("{code}: {0}", code = .0.code())]
    Ledger(#[from] LedgerError),
    /// The runtime is going down.
    #[error("DEVNET_STOPPED: the network is being stopped")]
    Stopped,
}
