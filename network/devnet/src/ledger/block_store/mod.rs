//! Blocks in append-only files: the truth that everything else is made from.
//!
//! Files are named `00000000.blocks`, `00000001.blocks`, ... and hold one [`record`] after the other. A new file begins
//! once the last one is large enough. Blocks are on disk (`fdatasync`) before [`BlockStore::append`] returns; a record
//! that a crash cut off in the middle is found by [`Scanner`] at the next start and cut away.

mod record;
mod scan;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use fabric_protos::common::Block;
use prost::Message;

use super::error::{LedgerError, on};
pub(crate) use scan::Scanner;

/// How many of the last blocks stay in memory for those who follow the chain.
const RECENT_BLOCKS: usize = 64;

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    /// The number in the block file's name.
    pub(crate) file: u32,
    /// Where the record begins in the file, in bytes.
    pub(crate) offset: u64,
    /// Length of the block, without the record's header, in bytes.
    pub(crate) bytes: u32,
}

impl Location {
    /// Where the next record in the same file begins.
    pub(crate) fn end(self) -> u64 {
        self.offset + record::HEADER_BYTES as u64 + u64::from(self.bytes)
    }
}

/// The block files of one channel.
#[derive(Debug)]
pub(crate) struct BlockStore {
    folder: PathBuf,
    file_bytes_max: u64,
    tail: Mutex<Tail>,
    readers: RwLock<HashMap<u32, Arc<File>>>,
    recent: Mutex<VecDeque<(u64, Arc<Block>)>>,
}

/// The file that is being written.
#[derive(Debug)]
struct Tail {
    number: u32,
    file: File,
    bytes: u64,
}

impl BlockStore {
    /// Writes `blocks` (number and encoding) and syncs once. When it returns, they are on disk; after an error none
    /// of them counts, and the caller must not write again.
    pub(crate) fn append(&self, blocks: &[(u64, Vec<u8>)]) -> Result<Vec<Location>, LedgerError> {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let mut locations = Vec::with_capacity(blocks.len());
        let mut records = Vec::new();
        for (number, block) in blocks {
            if tail.bytes + records.len() as u64 >= self.file_bytes_max {
                tail.write(&self.folder, &mut records)?;
                *tail = Tail::create(&self.folder, tail.number + 1)?;
            }
            let offset = tail.bytes + records.len() as u64;
            record::encode(block, &mut records)
                .map_err(|bytes| LedgerError::refused(*number, format!("a block of {bytes} bytes is too large")))?;
            // The encoding above has checked that the length fits.
            let bytes = u32::try_from(block.len()).unwrap_or(u32::MAX);
            locations.push(Location { file: tail.number, offset, bytes });
        }
        tail.write(&self.folder, &mut records)?;
        Ok(locations)
    }

    /// Keeps `block` in memory for a while.
    pub(crate) fn remember(&self, number: u64, block: Arc<Block>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == RECENT_BLOCKS {
            recent.pop_front();
        }
        recent.push_back((number, block));
    }

    /// Reads block `number` at `location`.
    pub(crate) fn read(&self, number: u64, location: Location) -> Result<Arc<Block>, LedgerError> {
        {
            let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, block)) = recent.iter().rev().find(|(recent, _)| *recent == number) {
                return Ok(block.clone());
            }
        }
        let damaged = |reason: String| self.damaged(number, location, reason);
        let file = self.reader(location.file)?;
        let mut bytes = vec![0; record::HEADER_BYTES + location.bytes as usize];
        file.read_exact_at(&mut bytes, location.offset).map_err(|error| damaged(error.to_string()))?;
        let block = &bytes[record::HEADER_BYTES..];
        let header = record::Header::decode(&bytes).ok_or_else(|| damaged("no block record is here".to_owned()))?;
        if !header.matches(block) {
            return Err(damaged("its checksum is wrong".to_owned()));
        }
        Block::decode(block).map(Arc::new).map_err(|error| damaged(error.to_string()))
    }

    fn damaged(&self, number: u64, location: Location, reason: String) -> LedgerError {
        let file = file_path(&self.folder, location.file).display().to_string();
        LedgerError::Damaged { number, file, offset: location.offset, reason }
    }

    fn reader(&self, number: u32) -> Result<Arc<File>, LedgerError> {
        if let Some(file) = self.readers.read().unwrap_or_else(PoisonError::into_inner).get(&number) {
            return Ok(file.clone());
        }
        let path = file_path(&self.folder, number);
        let file = Arc::new(File::open(&path).map_err(on(&path))?);
        self.readers.write().unwrap_or_else(PoisonError::into_inner).insert(number, file.clone());
        Ok(file)
    }
}

impl Tail {
    /// Opens block file `number` to go on at `bytes`, where it is cut off; makes it if it is not there.
    fn open(folder: &Path, number: u32, bytes: u64) -> Result<Self, LedgerError> {
        let path = file_path(folder, number);
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(on(&path))?;
        file.set_len(bytes).and_then(|()| file.sync_all()).map_err(on(&path))?;
        // A new file's name must be on disk as well as its contents.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(on(folder))?;
        Ok(Self { number, file, bytes })
    }

    fn create(folder: &Path, number: u32) -> Result<Self, LedgerError> {
        Self::open(folder, number, 0)
    }

    /// Writes and syncs `records` and empties them. After an error the file is as before, as far as the system allows.
    fn write(&mut self, folder: &Path, records: &mut Vec<u8>) -> Result<(), LedgerError> {
        if records.is_empty() {
            return Ok(());
        }
        if let Err(source) = self.file.write_all(records).and_then(|()| self.file.sync_data()) {
            // If even this fails, the next start finds the incomplete record and cuts it off.
            let _ = self.file.set_len(self.bytes);
            return Err(LedgerError::file(&file_path(folder, self.number), source));
        }
        self.bytes += records.len() as u64;
        records.clear();
        Ok(())
    }
}

fn file_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:08}.blocks"))
}
