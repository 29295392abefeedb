//! The lock that keeps a second process away from a folder.

use std::fs::{File, OpenOptions, TryLockError, create_dir_all};
use std::path::Path;

use super::error::{LedgerError, on};

/// Held while a folder is in use; the system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Makes `folder` if need be and takes its lock, the file `lock` in it.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] if another process (or another part of this one) holds it; file errors.
    pub fn take(folder: &Path) -> Result<Self, LedgerError> {
        create_dir_all(folder).map_err(on(folder))?;
        let path = folder.join("lock");
        let file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(on(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LedgerError::Locked { folder: folder.display().to_string() }),
            Err(TryLockError::Error(source)) => Err(LedgerError::file(&path, source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exclusive_until_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        assert_eq!(FolderLock::take(folder.path()).unwrap_err().code(), "LEDGER_LOCKED");
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }
}
