//! The index over the records' descriptions: a projection of the store, which can be deleted at any time.
//!
//! It takes records in the order in which they came into the store, and writes with every commit how far it has come
//! ([`Checkpoint`]): both become visible together or not at all. An index that is not there, damaged, of another version
//! of this program or made with other names of members is begun again.
//!
//! **Equal results.** Among records of equal score the one that came first is first. That costs nothing because
//! documents lie in every segment in the order of arrival: one thread writes, and only segments that follow each other
//! are merged.

mod analysis;
mod directory;
mod entry;
mod merging;
mod schema;
mod synonyms;

pub(crate) use analysis::{Term, name, stem, terms_of_query, terms_of_text, words_with_meanings};
pub use directory::{Directory, Profile};
pub use entry::Entry;
pub(crate) use schema::{FACETS, Fields, NAMES, PLACE, tokens, values};

use crate::{
    record::{Record, RecordId},
    store::{Found, Store, StoreError},
};
use merging::Merges;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError, directory::MmapDirectory, directory::RamDirectory,
    error::DataCorruption,
};

/// The version of fields and analysis. An index of another one is begun again.
const VERSION: u32 = 2;
/// Memory for documents that are not yet in a segment. More of it makes larger segments and fewer merges.
const WRITER_MEMORY_BYTES: usize = 64 << 20;
/// Records that are read from the store at a time.
const RECORDS_PER_READ: usize = 1_000;
/// Records between two commits while an index catches up.
const RECORDS_PER_COMMIT: u64 = 200_000;

/// Why the index cannot do what it is asked. It can always be deleted and made again.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The index itself.
    #[error("INDEX: {0}")]
    Index(#[from] TantivyError),
    /// Its folder.
    #[error("INDEX_FOLDER: {}: {error}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        error: io::Error,
    },
    /// The store that it follows.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far an index has come, and with what it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    version: u32,
    /// Digest of the [`Directory`].
    directory: String,
    /// The place of the next record in the store.
    pub next: u64,
}

/// An index that can be searched.
pub struct SearchIndex {
    pub(crate) index: Index,
    pub(crate) fields: Fields,
    pub(crate) directory: Directory,
    reader: IndexReader,
    writer: Option<Writer>,
}

struct Writer {
    writer: IndexWriter,
    merges: Merges,
    /// Records that were added since the last commit.
    added: u64,
    checkpoint: Checkpoint,
}

impl SearchIndex {
    /// Opens the index in a folder, or begins it there, also when what is there is of no use.
    ///
    /// # Errors
    /// [`IndexError`]: the folder cannot be written.
    pub fn open(folder: &Path, directory: &Directory) -> Result<Self, IndexError> {
        let in_folder = |error| IndexError::Folder { folder: folder.to_owned(), error };
        fs::create_dir_all(folder).map_err(in_folder)?;
        let open = || -> Result<Self, IndexError> {
            let files = MmapDirectory::open(folder).map_err(TantivyError::from)?;
            Self::of(Index::open_or_create(files, Fields::new().schema)?, directory.clone())
        };
        match open() {
            Ok(index) if matches!((index.is_current(), index.is_intact()), (Ok(true), Ok(true))) => Ok(index),
            Err(IndexError::Folder { folder, error }) => Err(IndexError::Folder { folder, error }),
            _ => {
                fs::remove_dir_all(folder).and_then(|()| fs::create_dir_all(folder)).map_err(in_folder)?;
                open()
            }
        }
    }

    /// Begins an index in memory.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn in_memory(directory: Directory) -> Result<Self, IndexError> {
        Self::of(Index::create(RamDirectory::create(), Fields::new().schema, Default::default())?, directory)
    }

    pub(crate) fn of(index: Index, directory: Directory) -> Result<Self, IndexError> {
        // Tantivy trusts its files, and panics over some that were changed.
        if let Some(file) = index.validate_checksum()?.into_iter().next() {
            return Err(TantivyError::DataCorruption(DataCorruption::comment_only(format!(
                "{} is not what was written",
                file.display()
            )))
            .into());
        }
        let reader =
            index.reader_builder().reload_policy(ReloadPolicy::Manual).doc_store_cache_num_blocks(16).try_into()?;
        Ok(Self { index, fields: Fields::new(), directory, reader, writer: None })
    }

    /// Whether it was made by this version with these names.
    fn is_current(&self) -> Result<bool, IndexError> {
        let committed = self.committed()?;
        let is_fresh = committed.is_none() && self.reader.searcher().num_docs() == 0;
        let fits =
            |checkpoint: Checkpoint| checkpoint.version == VERSION && checkpoint.directory == self.directory.digest();
        Ok(is_fresh || committed.is_some_and(fits))
    }

    /// What the last commit says.
    fn committed(&self) -> Result<Option<Checkpoint>, IndexError> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.and_then(|payload| serde_json::from_str(&payload).ok()))
    }

    /// The place in the store of the next record that is not in the index.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn next_place(&self) -> Result<u64, IndexError> {
        Ok(self.committed()?.map_or(0, |checkpoint| checkpoint.next))
    }

    /// Whether all files are as they were written, by their checksums.
    pub(crate) fn is_intact(&self) -> Result<bool, IndexError> {
        Ok(self.index.validate_checksum()?.is_empty())
    }

    /// How many records it has.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.searcher().num_docs()
    }

    pub(crate) fn searcher(&self) -> tantivy::Searcher {
        self.reader.searcher()
    }

    /// Adds a record; it is found after the next [`commit`](Self::commit). Bytes that say nothing get no entry.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn add(&mut self, place: u64, id: &RecordId, record: &Record) -> Result<(), IndexError> {
        // What is not the record that it says it is must not be found under its name; verification names it.
        let document = if record.id() == *id { record.document().ok() } else { None };
        let entry = document.map(|document| self.fields.document(id, place, &Entry::new(&document, &self.directory)));
        let writer = self.writer()?;
        if let Some(document) = entry {
            writer.writer.add_document(document)?;
        }
        writer.added += 1;
        writer.checkpoint.next = place + 1;
        Ok(())
    }

    /// Makes everything that was added visible, durably and at once.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn commit(&mut self) -> Result<(), IndexError> {
        let writer = self.writer()?;
        let payload = serde_json::to_string(&writer.checkpoint).unwrap_or_default();
        let mut commit = writer.writer.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        writer.added = 0;
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        if let Some(writer) = &mut self.writer {
            writer.merges.run(&mut writer.writer, &searcher)?;
        }
        Ok(())
    }

    /// Takes from the store what came since the last time, and makes it visible. Gives how many records that were.
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn catch_up(&mut self, store: &dyn Store) -> Result<u64, IndexError> {
        let mut next = self.next_place()?;
        let mut taken = 0;
        loop {
            let arrivals = store.since(next, RECORDS_PER_READ).await?;
            let ids: Vec<RecordId> = arrivals.iter().map(|(_, id)| *id).collect();
            for ((place, id), found) in arrivals.iter().zip(store.get(&ids).await?) {
                // A record that the store has lost or spoilt has no entry either.
                let record = match found {
                    Found::Record(record) => record,
                    Found::Missing | Found::Damaged(_) => Record::from_bytes(Vec::new()),
                };
                self.add(*place, id, &record)?;
                next = place + 1;
                taken += 1;
            }
            let is_end = arrivals.len() < RECORDS_PER_READ;
            let added = self.writer.as_ref().map_or(0, |writer| writer.added);
            if added >= RECORDS_PER_COMMIT || (is_end && added > 0) {
                self.commit()?;
            }
            if is_end {
                return Ok(taken);
            }
        }
    }

    /// Waits until merges that have begun are done, and merges all that is left into one segment if `whole`.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn settle(&mut self, whole: bool) -> Result<(), IndexError> {
        let searcher = self.searcher();
        let writer = self.writer()?;
        writer.merges.finish(&mut writer.writer, &searcher, whole)?;
        self.reader.reload()?;
        Ok(())
    }

    fn writer(&mut self) -> Result<&mut Writer, IndexError> {
        if self.writer.is_none() {
            let checkpoint =
                Checkpoint { version: VERSION, directory: self.directory.digest(), next: self.next_place()? };
            let writer: IndexWriter = self.index.writer_with_num_threads(1, WRITER_MEMORY_BYTES)?;
            writer.set_merge_policy(Box::new(tantivy::indexer::NoMergePolicy));
            self.writer = Some(Writer { writer, merges: Merges::default(), added: 0, checkpoint });
        }
        self.writer.as_mut().ok_or_else(|| TantivyError::SystemError("no writer".to_owned()).into())
    }
}
