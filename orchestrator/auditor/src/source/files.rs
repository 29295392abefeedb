//! Block files: `00000000.blocks`, `00000001.blocks`, ..., each of them one record after the other.
//!
//! ```text
//! "BLK1"     4 bytes
//! length     4 bytes, little endian: of the block in bytes
//! checksum   4 bytes, little endian: CRC-32 (IEEE) of the 4 bytes of the length and the block
//! block      common.Block, protobuf
//! ```
//!
//! Records are read leniently: a block whose checksum is wrong is handed over all the same, with its fault, so that the
//! audit can say what was changed in it.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use fabric_protos::common::Block;
use prost::Message;

use super::{SourceError, Sourced};

const MAGIC: [u8; 4] = *b"BLK1";
const HEADER_BYTES: usize = 12;
const SUFFIX: &str = ".blocks";

/// What is wrong with a record, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFault {
    /// The file.
    pub file: PathBuf,
    /// Where the record begins, in bytes.
    pub offset: u64,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for RecordFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at byte {}: {}", self.file.display(), self.offset, self.reason)
    }
}

/// The block files in a folder, from the first on.
#[derive(Debug)]
pub struct BlockFiles {
    files: Vec<PathBuf>,
    current: Option<Reading>,
    next_file: usize,
    ended: bool,
}

/// A file that is being read.
#[derive(Debug)]
struct Reading {
    path: PathBuf,
    reader: BufReader<File>,
    offset: u64,
    bytes: u64,
}

impl BlockFiles {
    /// The files in this folder.
    ///
    /// # Errors
    /// [`SourceError::File`], [`SourceError::NoBlocks`].
    pub fn open(folder: &Path) -> Result<Self, SourceError> {
        let failed = |error| SourceError::File { path: folder.to_owned(), error };
        let entries = fs::read_dir(folder).map_err(failed)?.map(|entry| entry.map(|entry| entry.path()));
        let mut files = entries.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        files.retain(|path| path.to_string_lossy().ends_with(SUFFIX));
        // Names have eight digits, so their order is the order of the files.
        files.sort();
        if files.is_empty() {
            return Err(SourceError::NoBlocks(folder.to_owned()));
        }
        Ok(Self { files, current: None, next_file: 0, ended: false })
    }

    fn read(&mut self) -> Result<Option<Sourced>, SourceError> {
        loop {
            if let Some(reading) = &mut self.current
                && reading.offset < reading.bytes
            {
                let sourced = reading.record()?;
                self.ended = matches!(sourced, Sourced::Broken(_));
                return Ok(Some(sourced));
            }
            let Some(path) = self.files.get(self.next_file) else { return Ok(None) };
            self.current = Some(Reading::open(path)?);
            self.next_file += 1;
        }
    }
}

impl Iterator for BlockFiles {
    type Item = Result<Sourced, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read().transpose();
        self.ended |= matches!(next, None | Some(Err(_)));
        next
    }
}

impl Reading {
    fn open(path: &Path) -> Result<Self, SourceError> {
        let failed = |error| SourceError::File { path: path.to_owned(), error };
        let file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        Ok(Self { path: path.to_owned(), reader: BufReader::with_capacity(1 << 20, file), offset: 0, bytes })
    }

    fn record(&mut self) -> Result<Sourced, SourceError> {
        let remaining = self.bytes - self.offset;
        let fault =
            |reason: &str| RecordFault { file: self.path.clone(), offset: self.offset, reason: reason.to_owned() };
        if remaining < HEADER_BYTES as u64 {
            return Ok(Sourced::Broken(fault("the file ends in the header of a record")));
        }
        let failed = |error: io::Error| SourceError::File { path: self.path.clone(), error };
        let [m0, m1, m2, m3, l0, l1, l2, l3, c0, c1, c2, c3] = {
            let mut header = [0; HEADER_BYTES];
            self.reader.read_exact(&mut header).map_err(failed)?;
            header
        };
        if [m0, m1, m2, m3] != MAGIC {
            return Ok(Sourced::Broken(fault("no record begins here")));
        }
        let length = [l0, l1, l2, l3];
        let block_bytes = u64::from(u32::from_le_bytes(length));
        if block_bytes > remaining - HEADER_BYTES as u64 {
            return Ok(Sourced::Broken(fault("the file ends in the middle of a block")));
        }
        let mut bytes = Vec::new();
        self.reader.by_ref().take(block_bytes).read_to_end(&mut bytes).map_err(failed)?;
        let intact = checksum(length, &bytes) == u32::from_le_bytes([c0, c1, c2, c3]);
        let sourced = match Block::decode(bytes.as_slice()) {
            Err(error) => Sourced::Broken(fault(&format!("the record holds no block: {error}"))),
            Ok(block) => Sourced::Block {
                block: Box::new(block),
                bytes: Some(bytes),
                fault: (!intact).then(|| fault("the checksum is wrong")),
            },
        };
        self.offset += HEADER_BYTES as u64 + block_bytes;
        Ok(sourced)
    }
}

fn checksum(length: [u8; 4], block: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(block);
    hasher.finalize()
}
