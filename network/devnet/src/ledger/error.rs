//! What can go wrong with a ledger.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the ledger. [`LedgerError::code`] is stable; the text is for people.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process has the ledger open.
    #[error("{folder}: another process has this data open; stop it first, or use another folder")]
    Locked {
        /// The folder whose lock is held.
        folder: String,
    },
    /// There is no block yet, and nothing to begin with.
    #[error("{folder}: there is no ledger here, and no genesis block was given to make one")]
    Empty {
        /// The folder that was opened.
        folder: String,
    },
    /// No space, or a quota or file size limit was reached. Nothing that was committed is lost.
    #[error(
        "{path}: no space left ({source}); nothing that was committed is lost, but no more blocks are taken: make room and start again"
    )]
    DiskFull {
        /// The file that could not grow.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// An earlier write failed; the ledger can be read, but takes no more blocks until it is opened again.
    #[error("the ledger takes no more blocks since an earlier error: {reason}")]
    Stopped {
        /// The text of that error.
        reason: String,
    },
    /// A block in the block files is not what was written.
    #[error("block {number} is damaged: {file}, offset {offset}: {reason}")]
    Damaged {
        /// The block's number.
        number: u64,
        /// The block file.
        file: String,
        /// Where its record begins in the file, in bytes.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A block that was committed, the last one of the state, is not in the block files.
    #[error(
        "block {number} was committed, and is missing or broken: {file}, offset {offset}; bring the file back from a copy, or remove state.redb beside its folder to go on with the blocks before it"
    )]
    Missing {
        /// The number of the last committed block.
        number: u64,
        /// The block file that should hold it.
        file: String,
        /// Where its record should begin, in bytes.
        offset: u64,
    },
    /// A block that does not belong on this chain, or is not well made.
    #[error("block {number} is refused: {reason}")]
    Refused {
        /// The block's number.
        number: u64,
        /// Why.
        reason: String,
    },
    /// The state database failed, or holds something that the ledger did not write.
    #[error("state: {0}; if it stays so, remove state.redb: it is made again from the blocks")]
    State(String),
}

impl LedgerError {
    /// The error's stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "LEDGER_LOCKED",
            Self::Empty { .. } => "LEDGER_EMPTY",
            Self::DiskFull { .. } => "LEDGER_DISK_FULL",
            Self::File { .. } => "LEDGER_FILE",
            Self::Stopped { .. } => "LEDGER_STOPPED",
            Self::Damaged { .. } => "LEDGER_BLOCK_DAMAGED",
            Self::Missing { .. } => "LEDGER_BLOCK_MISSING",
            Self::Refused { .. } => "LEDGER_BLOCK_REFUSED",
            Self::State(_) => "LEDGER_STATE",
        }
    }

    /// An error of the system on `path`, with a full disk told apart.
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::DiskFull { path, source }
            }
            _ => Self::File { path, source },
        }
    }

    pub(crate) fn refused(number: u64, reason: impl Into<String>) -> Self {
        Self::Refused { number, reason: reason.into() }
    }
}

/// Turns a closure's `io::Error` into one that names the file: `.map_err(on(path))`.
pub(crate) fn on(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> LedgerError {
    let path = path.into();
    move |source| LedgerError::file(&path, source)
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for LedgerError {
            fn from(error: $error) -> Self {
                from_redb(error.into())
            }
        }
    )*};
}
from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::SetDurabilityError
);

fn from_redb(error: redb::Error) -> LedgerError {
    match error {
        redb::Error::Io(source) => LedgerError::file(Path::new("state.redb"), source),
        other => LedgerError::State(other.to_string()),
    }
}
