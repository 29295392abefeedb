//! Reads block files at the start, and tells a record that a crash cut off from one that was damaged later.

use std::fs::{File, create_dir_all, read_dir};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, RwLock};

use fabric_protos::common::Block;
use prost::Message;

use super::{BlockStore, Location, Tail, file_path, record};
use crate::ledger::error::{LedgerError, on};

/// Goes through the block files from a given record to the end, then becomes the [`BlockStore`].
pub(crate) struct Scanner {
    folder: PathBuf,
    /// Number of the block that should come next.
    number: u64,
    file: u32,
    offset: u64,
    reader: Option<BufReader<File>>,
}

impl Scanner {
    /// Begins after block `last` (number and location), which must be there, or with the first block.
    pub(crate) fn open(folder: &Path, last: Option<(u64, Location)>) -> Result<Self, LedgerError> {
        create_dir_all(folder).map_err(on(folder))?;
        let Some((number, location)) = last else {
            return Ok(Self { folder: folder.to_owned(), number: 0, file: 0, offset: 0, reader: None });
        };
        let mut scanner =
            Self { folder: folder.to_owned(), number, file: location.file, offset: location.offset, reader: None };
        match scanner.next() {
            Ok(Some((found, _))) if found == location => Ok(scanner),
            Err(error @ LedgerError::Damaged { .. }) => Err(error),
            Err(error @ (LedgerError::DiskFull { .. } | LedgerError::File { .. })) => Err(error),
            _ => Err(LedgerError::Missing {
                number,
                file: file_path(folder, location.file).display().to_string(),
                offset: location.offset,
            }),
        }
    }

    /// The next block; `None` at the end, or at a record that was not written whole.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if whole records follow a broken one, or a record holds another block than its turn.
    pub(crate) fn next(&mut self) -> Result<Option<(Location, Block)>, LedgerError> {
        if self.reader.is_none() {
            let path = file_path(&self.folder, self.file);
            if !path.exists() {
                return if self.later_files()? { Err(self.damaged("its file is gone".to_owned())) } else { Ok(None) };
            }
            let mut file = File::open(&path).map_err(on(&path))?;
            file.seek(SeekFrom::Start(self.offset)).map_err(on(&path))?;
            self.reader = Some(BufReader::with_capacity(1 << 20, file));
        }
        let Some(payload) = self.read_record()? else {
            return self.end_of_file();
        };
        let bytes = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let location = Location { file: self.file, offset: self.offset, bytes };
        let block = Block::decode(payload.as_slice()).map_err(|error| self.damaged(error.to_string()))?;
        let number = block.header.as_ref().map(|header| header.number);
        if number != Some(self.number) {
            return Err(self.damaged(format!("its number is {number:?}")));
        }
        self.number += 1;
        self.offset = location.end();
        Ok(Some((location, block)))
    }

    /// Cuts off what follows the last whole record and opens the files for writing.
    pub(crate) fn finish(self, file_bytes_max: u64) -> Result<BlockStore, LedgerError> {
        let path = file_path(&self.folder, self.file);
        let length = if path.exists() { path.metadata().map_err(on(&path))?.len() } else { 0 };
        if length > self.offset {
            tracing::warn!(
                block = self.number,
                file = %path.display(),
                offset = self.offset,
                bytes = length - self.offset,
                "the last block was not written whole: it is cut off; no committed block is concerned"
            );
        }
        Ok(BlockStore {
            tail: Mutex::new(Tail::open(&self.folder, self.file, self.offset)?),
            folder: self.folder,
            file_bytes_max,
            readers: RwLock::default(),
            recent: Mutex::default(),
        })
    }

    /// The record at `offset`; `None` if there is no whole and undamaged one.
    fn read_record(&mut self) -> Result<Option<Vec<u8>>, LedgerError> {
        let path = file_path(&self.folder, self.file);
        let Some(reader) = self.reader.as_mut() else { return Ok(None) };
        let mut header = [0; record::HEADER_BYTES];
        let remaining = reader.get_ref().metadata().map_err(on(&path))?.len().saturating_sub(self.offset);
        if remaining < record::HEADER_BYTES as u64 {
            return Ok(None);
        }
        reader.read_exact(&mut header).map_err(on(&path))?;
        let Some(header) = record::Header::decode(&header) else { return Ok(None) };
        if u64::from(header.block_bytes()) > remaining - record::HEADER_BYTES as u64 {
            return Ok(None);
        }
        let mut block = vec![0; header.block_bytes() as usize];
        reader.read_exact(&mut block).map_err(on(&path))?;
        Ok(header.matches(&block).then_some(block))
    }

    /// There is no whole record at `offset`: go on with the next file, stop at the end, or report damage.
    fn end_of_file(&mut self) -> Result<Option<(Location, Block)>, LedgerError> {
        let path = file_path(&self.folder, self.file);
        let mut rest = Vec::new();
        let mut file = File::open(&path).map_err(on(&path))?;
        file.seek(SeekFrom::Start(self.offset)).and_then(|_| file.read_to_end(&mut rest)).map_err(on(&path))?;
        self.reader = None;
        let more_files = self.later_files()?;
        if rest.is_empty() && more_files {
            self.file += 1;
            self.offset = 0;
            return self.next();
        }
        if more_files || record::any_whole(&rest) {
            return Err(self.damaged("it is broken, and whole blocks follow it".to_owned()));
        }
        Ok(None)
    }

    fn later_files(&self) -> Result<bool, LedgerError> {
        for entry in read_dir(&self.folder).map_err(on(&self.folder))? {
            let name = entry.map_err(on(&self.folder))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".blocks")?.parse::<u32>().ok());
            if number.is_some_and(|number| number > self.file) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn damaged(&self, reason: String) -> LedgerError {
        let file = file_path(&self.folder, self.file).display().to_string();
        LedgerError::Damaged { number: self.number, file, offset: self.offset, reason }
    }
}
