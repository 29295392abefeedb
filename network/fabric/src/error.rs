use std::io;
use std::path::PathBuf;

use wasm_host::package::PackageError;

use crate::programs::Missing;

/// Why a network could not be brought up, changed or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is not there.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder already holds a network, or none.
    #[error("{0}")]
    Folder(String),
    /// One of Fabric's programs failed.
    #[error("{command} failed: {output}")]
    Program {
        /// The program with its first arguments.
        command: String,
        /// The end of what it said.
        output: String,
    },
    /// A node ended by itself.
    #[error("{node} ended; the last lines of its log:\n{log}")]
    Ended {
        /// The node.
        node: String,
        /// The end of its log.
        log: String,
    },
    /// Something did not come about in time.
    #[error("{what} took longer than {seconds} s{}", last.as_ref().map(|last| format!(": {last}")).unwrap_or_default())]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
        /// What the last attempt said.
        last: Option<String>,
    },
    /// A certificate or key is not one.
    #[error("{}: {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A contract cannot be packed.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The network has no such node, organization or channel.
    #[error("the network has no {0}")]
    Unknown(String),
}

/// Says which file it was.
pub(crate) fn at<T>(path: impl Into<PathBuf>, result: io::Result<T>) -> Result<T, Error> {
    result.map_err(|source| Error::File { path: path.into(), source })
}
