//! A whole store in one file.
//!
//! ```text
//! backup = "GridBourse records 1\n", then a zstd frame of entries
//! entry  = 1 byte tag, 4 bytes length (least significant byte first), that many bytes
//!   'c'  a checkpoint: JSON ["reader", "position"]
//!   'n'  a channel's name: the records and batches that follow are this channel's
//!   'r'  a record: its canonical bytes, in the order in which records came
//!   'b'  a batch: 8 bytes number (least significant byte first), then its identifiers
//!   'e'  the end: SHA-256 of everything in the frame before this entry
//! ```
//!
//! Positions are read before anything else, so a store that is written to meanwhile gives a backup with more in it than
//! they say, which does no harm: the feed makes the same records again and they are there already.

use crate::{
    batch::Batch,
    codec::RECORD_BYTES_MAX,
    record::{Record, RecordId},
    store::{Found, Store, StoreError},
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    ffi::OsString,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

/// Begins a backup and says its version.
const MAGIC: &[u8] = b"GridBourse records 1\n";
/// Records that are read or written at once.
const RECORDS: usize = 1_000;
/// A backup is written once and seldom read.
const LEVEL: i32 = 9;

const CHECKPOINT: u8 = b'c';
const CHANNEL: u8 = b'n';
const RECORD: u8 = b'r';
const BATCH: u8 = b'b';
const END: u8 = b'e';

/// Why a backup cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be read or written.
    #[error("BACKUP_FILE: {}: {error}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is no backup, or not a whole one.
    #[error("BACKUP_DAMAGED: {0}")]
    Damaged(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is in a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Contents {
    /// Records.
    pub records: u64,
    /// Batches.
    pub batches: u64,
    /// Positions of readers.
    pub checkpoints: u64,
}

/// Writes all that is in a store into a file. Until it is whole it has another name, so an earlier backup of this name
/// stays as it is if this one is interrupted.
///
/// # Errors
/// [`BackupError`]; a record of the store that is damaged is an error as well.
pub async fn write(store: &dyn Store, file: &Path) -> Result<Contents, BackupError> {
    let at = |error| BackupError::File { file: file.to_owned(), error };
    let partial = beside(file, ".partial");
    let mut writer = Writer::create(&partial).map_err(at)?;
    let contents = write_entries(store, &mut writer, file).await?;
    writer.finish().map_err(at)?;
    replace(&partial, file).map_err(at)?;
    Ok(contents)
}

async fn write_entries(store: &dyn Store, writer: &mut Writer, file: &Path) -> Result<Contents, BackupError> {
    let at = |error| BackupError::File { file: file.to_owned(), error };
    let mut contents = Contents::default();
    for checkpoint in store.checkpoints().await? {
        writer.entry(CHECKPOINT, &serde_json::to_vec(&checkpoint).unwrap_or_default()).map_err(at)?;
        contents.checkpoints += 1;
    }
    let mut batches = Vec::new();
    let mut channels: HashMap<RecordId, String> = HashMap::new();
    for channel in store.channels().await? {
        for number in 0..store.batches(&channel).await? {
            let missing = || StoreError::Damaged(format!("batch {number} of {channel} is missing"));
            let batch = store.batch(&channel, number).await?.ok_or_else(missing)?;
            channels.extend(batch.records.iter().map(|id| (*id, channel.clone())));
            batches.push(batch);
        }
        channels.extend(store.pending(&channel).await?.into_iter().map(|id| (id, channel.clone())));
    }
    let mut current: Option<&String> = None;
    let mut place = 0;
    loop {
        let page = store.since(place, RECORDS).await?;
        let Some((last, _)) = page.last() else { break };
        place = last + 1;
        let ids: Vec<RecordId> = page.iter().map(|(_, id)| *id).collect();
        for (id, found) in ids.iter().zip(store.get(&ids).await?) {
            // One that came after the lists were read: the feed will bring it again.
            let Some(channel) = channels.get(id) else { continue };
            let record = match found {
                Found::Record(record) if record.id() == *id => record,
                _ => return Err(StoreError::Damaged(format!("record {id} is not what it was")).into()),
            };
            if current != Some(channel) {
                writer.entry(CHANNEL, channel.as_bytes()).map_err(at)?;
                current = Some(channel);
            }
            writer.entry(RECORD, record.bytes()).map_err(at)?;
            contents.records += 1;
        }
    }
    for batch in &batches {
        writer.entry(CHANNEL, batch.channel.as_bytes()).map_err(at)?;
        let identifiers = batch.records.iter().flat_map(|id| id.0);
        let bytes: Vec<u8> = batch.number.to_le_bytes().into_iter().chain(identifiers).collect();
        writer.entry(BATCH, &bytes).map_err(at)?;
        contents.batches += 1;
    }
    Ok(contents)
}

/// Reads a whole backup and checks it, without doing anything.
///
/// # Errors
/// [`BackupError`].
pub fn check(file: &Path) -> Result<Contents, BackupError> {
    let mut reader = Reader::open(file)?;
    let mut contents = Contents::default();
    while let Some(entry) = reader.next()? {
        match entry {
            Entry::Checkpoint(..) => contents.checkpoints += 1,
            Entry::Record(..) => contents.records += 1,
            Entry::Batch(_) => contents.batches += 1,
        }
    }
    Ok(contents)
}

/// Puts all that is in a backup into a store, after it was checked as a whole. What is there already stays; an
/// interrupted call can be made again.
///
/// # Errors
/// [`BackupError`].
pub async fn restore(file: &Path, store: &dyn Store) -> Result<Contents, BackupError> {
    let contents = check(file)?;
    let mut reader = Reader::open(file)?;
    let mut checkpoints = Vec::new();
    let mut waiting: (String, Vec<Record>) = Default::default();
    while let Some(entry) = reader.next()? {
        match entry {
            Entry::Checkpoint(name, position) => checkpoints.push((name, position)),
            Entry::Record(channel, record) => {
                if waiting.0 != channel || waiting.1.len() == RECORDS {
                    store.put(&waiting.0, &std::mem::take(&mut waiting.1)).await?;
                    waiting.0 = channel;
                }
                waiting.1.push(record);
            }
            Entry::Batch(batch) => {
                store.put(&waiting.0, &std::mem::take(&mut waiting.1)).await?;
                store.put_batch(&batch).await?;
            }
        }
    }
    store.put(&waiting.0, &waiting.1).await?;
    // Last, so that a reader never believes that more is there than is.
    for (reader, position) in checkpoints {
        store.save_checkpoint(&reader, &position).await?;
    }
    Ok(contents)
}

/// Renames a finished file over another one and waits until the disk has it.
///
/// # Errors
/// What the system says.
pub fn replace(finished: &Path, file: &Path) -> io::Result<()> {
    fs::rename(finished, file)?;
    match file.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// The same path with an ending appended.
#[must_use]
pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

struct Writer {
    frame: zstd::Encoder<'static, BufWriter<File>>,
    digest: Sha256,
}

impl Writer {
    fn create(file: &Path) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create(file)?);
        file.write_all(MAGIC)?;
        Ok(Self { frame: zstd::Encoder::new(file, LEVEL)?, digest: Sha256::new() })
    }

    fn entry(&mut self, tag: u8, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        for part in [&[tag][..], &length.to_le_bytes(), bytes] {
            self.frame.write_all(part)?;
            self.digest.update(part);
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        let digest: [u8; 32] = self.digest.clone().finalize().into();
        self.entry(END, &digest)?;
        self.frame.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

enum Entry {
    Checkpoint(String, String),
    Record(String, Record),
    Batch(Batch),
}

struct Reader {
    file: PathBuf,
    frame: zstd::Decoder<'static, BufReader<File>>,
    digest: Sha256,
    channel: String,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, BackupError> {
        let at = |error| BackupError::File { file: path.to_owned(), error };
        let mut file = File::open(path).map_err(at)?;
        let mut magic = Vec::new();
        Read::by_ref(&mut file).take(MAGIC.len() as u64).read_to_end(&mut magic).map_err(at)?;
        if magic != MAGIC {
            return Err(damaged("it is no backup of this version"));
        }
        let frame = zstd::Decoder::new(file).map_err(at)?;
        Ok(Self { file: path.to_owned(), frame, digest: Sha256::new(), channel: String::new() })
    }

    /// The next entry; `None` at the end, if all before it is what was written.
    fn next(&mut self) -> Result<Option<Entry>, BackupError> {
        loop {
            let before: [u8; 32] = self.digest.clone().finalize().into();
            let mut head = [0; 5];
            self.fill(&mut head)?;
            let [tag, length @ ..] = head;
            let length = u32::from_le_bytes(length) as usize;
            if length > RECORD_BYTES_MAX {
                return Err(damaged("an entry is longer than any record"));
            }
            let mut bytes = vec![0; length];
            self.fill(&mut bytes)?;
            let wrong = || damaged("an entry is not as this program writes it");
            match tag {
                CHANNEL => self.channel = String::from_utf8(bytes).map_err(|_| wrong())?,
                CHECKPOINT => {
                    let (reader, position) = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
                    return Ok(Some(Entry::Checkpoint(reader, position)));
                }
                RECORD => return Ok(Some(Entry::Record(self.channel.clone(), Record::from_bytes(bytes)))),
                BATCH => {
                    let (number, identifiers) = bytes.split_first_chunk().ok_or_else(wrong)?;
                    let (identifiers, rest) = identifiers.as_chunks::<32>();
                    if !rest.is_empty() {
                        return Err(wrong());
                    }
                    let records = identifiers.iter().copied().map(RecordId).collect();
                    let (channel, number) = (self.channel.clone(), u64::from_le_bytes(*number));
                    return Ok(Some(Entry::Batch(Batch { channel, number, records })));
                }
                END if bytes == before => {
                    let rest = self.frame.read(&mut [0]).map_err(|error| self.unreadable(&error))?;
                    return if rest == 0 { Ok(None) } else { Err(damaged("something follows its end")) };
                }
                END => return Err(damaged("its hash is not that of its contents")),
                _ => return Err(wrong()),
            }
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BackupError> {
        self.frame.read_exact(bytes).map_err(|error| self.unreadable(&error))?;
        self.digest.update(bytes);
        Ok(())
    }

    /// What cannot be decompressed is damage; that a file cannot be read is not told apart from it by zstd.
    fn unreadable(&self, error: &io::Error) -> BackupError {
        damaged(&format!("{}: {error}", self.file.display()))
    }
}

fn damaged(text: &str) -> BackupError {
    BackupError::Damaged(text.to_owned())
}
