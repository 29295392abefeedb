//! Where a reader of events goes on after it was stopped.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A place in the chain: everything before it has been dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The block to read next.
    pub block_number: u64,
    /// The last transaction of that block that has been dealt with; `None` if the whole block is still to be read.
    pub after_transaction_id: Option<String>,
}

impl Position {
    /// The start of a block.
    pub fn at_block(block_number: u64) -> Self {
        Position { block_number, after_transaction_id: None }
    }

    /// Behind a whole block.
    pub fn after_block(block_number: u64) -> Self {
        Position::at_block(block_number.saturating_add(1))
    }

    /// Behind a transaction, inside of its block.
    pub fn after_transaction(block_number: u64, transaction_id: impl Into<String>) -> Self {
        Position { block_number, after_transaction_id: Some(transaction_id.into()) }
    }
}

/// Keeps the position of one reader. Save it after an event has been dealt with: the events since the last save come
/// again.
pub trait Checkpointer {
    /// The position saved last, `None` before the first.
    fn position(&self) -> Option<&Position>;

    /// Keeps a position.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if it is not safely kept; the position before it then still holds.
    fn save(&mut self, position: Position) -> Result<(), Error>;
}

/// Keeps the position as long as the process lives.
#[derive(Debug, Default)]
pub struct MemoryCheckpointer {
    position: Option<Position>,
}

impl Checkpointer for MemoryCheckpointer {
    fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    fn save(&mut self, position: Position) -> Result<(), Error> {
        self.position = Some(position);
        Ok(())
    }
}

/// Keeps the position in a file of one JSON object.
///
/// A save writes a second file beside it, waits until the disk has it, and renames it over the first: whenever the
/// process is killed or the machine loses power, the file holds the position before or the one after.
#[derive(Debug)]
pub struct FileCheckpointer {
    path: PathBuf,
    position: Option<Position>,
}

impl FileCheckpointer {
    /// Opens a checkpoint. A file that does not exist yet is a reader that starts; it is made by the first save.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if the file cannot be read or does not hold a position: starting over would deal with
    /// events twice.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let position = match fs::read(&path) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|e| checkpoint_error(&path, &e))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(checkpoint_error(&path, &error)),
        };
        Ok(FileCheckpointer { path, position })
    }

    fn write(&self, position: &Position) -> io::Result<()> {
        let mut next = self.path.clone().into_os_string();
        next.push(".next");
        let mut file = File::create(&next)?;
        serde_json::to_writer(&mut file, position)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&next, &self.path)?;
        // The rename itself is on the disk only when the folder is.
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
            _ => File::open(".")?.sync_all(),
        }
    }
}

impl Checkpointer for FileCheckpointer {
    fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    fn save(&mut self, position: Position) -> Result<(), Error> {
        self.write(&position).map_err(|e| checkpoint_error(&self.path, &e))?;
        self.position = Some(position);
        Ok(())
    }
}

fn checkpoint_error(path: &Path, reason: &dyn std::error::Error) -> Error {
    Error::Checkpoint { path: path.display().to_string(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.json");
        let mut reader = FileCheckpointer::open(&path).unwrap();
        assert_eq!(reader.position(), None);
        let positions =
            [Position::after_block(4), Position::after_transaction(5, "ab"), Position::after_block(u64::MAX)];
        for position in positions {
            reader.save(position.clone()).unwrap();
            assert_eq!(FileCheckpointer::open(&path).unwrap().position(), Some(&position));
        }
    }

    #[test]
    fn a_save_that_was_cut_off_leaves_the_position_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.json");
        FileCheckpointer::open(&path).unwrap().save(Position::at_block(7)).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(folder.path().join("checkpoint.json.next"), &whole[..length]).unwrap();
            let mut reader = FileCheckpointer::open(&path).unwrap();
            assert_eq!(reader.position(), Some(&Position::at_block(7)));
            reader.save(Position::at_block(7)).unwrap();
        }
    }

    #[test]
    fn a_damaged_checkpoint_is_an_error_and_never_a_start_from_the_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.json");
        FileCheckpointer::open(&path).unwrap().save(Position::after_transaction(7, "cd")).unwrap();
        let whole = fs::read(&path).unwrap();
        let content = whole.len() - 1; // without the line's end
        for length in 0..content {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(matches!(FileCheckpointer::open(&path), Err(Error::Checkpoint { .. })), "{length} bytes");
        }
    }

    #[test]
    fn a_position_that_cannot_be_written_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("checkpoint.json");
        let mut reader = FileCheckpointer::open(path).unwrap();
        assert!(matches!(reader.save(Position::at_block(1)), Err(Error::Checkpoint { .. })));
        assert_eq!(reader.position(), None);
    }
}
