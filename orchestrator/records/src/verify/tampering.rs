//! A thousand random manipulations of store and index, each of which must be found and named.
//!
//! Store and index are manipulated in their own files, as somebody would who has the disk and knows the program.

use super::{Chain, ChainError, IndexWrong, Verifier, walk_index};
use crate::{
    Batch, Record, RecordId, Store, codec,
    index::{Directory, Entry, Fields, Profile, SearchIndex},
    merkle::Tree,
    store::EmbeddedStore,
    synthetic::{Random, Synthetic},
    walk::{Anchored, Wrong, strays, walk},
};
use async_trait::async_trait;
use redb::{Database, ReadableTable as _, TableDefinition};
use std::{collections::BTreeSet, fs, ops::Bound, path::Path};
use tantivy::{IndexWriter, Term, query::RangeQuery};

const MANIPULATIONS: usize = 1_000;
const BATCHES: usize = 5;
const RECORDS_PER_BATCH: usize = 24;
/// Records after the last batch.
const WAITING: usize = 6;

// The embedded store's tables.
const RECORDS: TableDefinition<'_, [u8; 32], &[u8]> = TableDefinition::new("records");
const ARRIVALS: TableDefinition<'_, u64, [u8; 32]> = TableDefinition::new("arrivals");
const BATCHES_TABLE: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("batches");

/// The chain: roots that nobody has changed.
struct Roots(Vec<Anchored>);

#[async_trait]
impl Chain for Roots {
    async fn anchored(&self, _: &str, batch: u64) -> Result<Option<Anchored>, ChainError> {
        Ok(usize::try_from(batch).ok().and_then(|batch| self.0.get(batch)).copied())
    }
}

/// What is honest, and the random choices.
struct Stage {
    records: Vec<Record>,
    roots: Roots,
    waiting: BTreeSet<RecordId>,
    directory: Directory,
    random: Random,
}

impl Stage {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.below(bound as u64)).unwrap()
    }

    /// A record that is anchored.
    fn pick(&mut self) -> Record {
        let index = self.below(BATCHES * RECORDS_PER_BATCH);
        self.records[index].clone()
    }

    fn another(&mut self, than: &Record) -> Record {
        loop {
            let record = self.pick();
            if record != *than {
                return record;
            }
        }
    }

    /// A good record that no chain knows.
    fn forged(&mut self) -> Record {
        let seed = self.random.below(u64::MAX);
        Synthetic::new(&self.directory, seed).nth(2).unwrap()
    }
}

fn directory() -> Directory {
    let profile = |number: usize| {
        let carrier = ["wind", "solar", "hydro"].get(number % 4).map(|&carrier| carrier.to_owned());
        (format!("m{number:02}"), Profile { name: format!("Unit {number}"), carrier, class: "A1/20kV".to_owned() })
    };
    Directory((0..12).map(profile).collect())
}

/// Writes an honest store and an honest index into a folder.
async fn build(folder: &Path, seed: u64) -> Stage {
    let directory = directory();
    let records: Vec<_> = Synthetic::new(&directory, 99).take(BATCHES * RECORDS_PER_BATCH + WAITING).collect();
    let store = EmbeddedStore::open(&folder.join("records.redb")).unwrap();
    let mut roots = Vec::new();
    let (batched, waiting) = records.split_at(BATCHES * RECORDS_PER_BATCH);
    for (number, chunk) in (0..).zip(batched.chunks(RECORDS_PER_BATCH)) {
        store.put("market", chunk).await.unwrap();
        let mut ids: Vec<_> = chunk.iter().map(Record::id).collect();
        ids.sort_unstable();
        let tree = Tree::new(&ids);
        roots.push(Anchored { root: tree.root(), records: tree.size() });
        store.put_batch(&Batch { channel: "market".to_owned(), number, records: ids }).await.unwrap();
        if number == 2 {
            // What an attacker keeps to roll back to.
            let mut index = SearchIndex::open(&folder.join("index"), &directory).unwrap();
            index.catch_up(&store).await.unwrap();
            copy(&folder.join("index"), &folder.join("old-index"));
        }
    }
    store.put("market", waiting).await.unwrap();
    let mut index = SearchIndex::open(&folder.join("index"), &directory).unwrap();
    index.catch_up(&store).await.unwrap();
    let waiting = waiting.iter().map(Record::id).collect();
    Stage { records, roots: Roots(roots), waiting, directory, random: Random(seed) }
}

fn copy(from: &Path, to: &Path) {
    fs::remove_dir_all(to).ok();
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// What must be found: one of these codes, about this record if it is about one.
struct Expected<Code: 'static> {
    codes: &'static [Code],
    record: Option<RecordId>,
}

fn write(file: &Path, change: impl FnOnce(&redb::WriteTransaction)) {
    let database = Database::create(file).unwrap();
    let transaction = database.begin_write().unwrap();
    change(&transaction);
    transaction.commit().unwrap();
}

fn manipulate_store(stage: &mut Stage, file: &Path) -> Expected<Wrong> {
    let record = stage.pick();
    let id = record.id();
    let mismatch: &[Wrong] = &[Wrong::HashMismatch];
    match stage.below(6) {
        // Alter: another record under its name, or a flipped bit of its bytes.
        0 => {
            let forged = if stage.below(2) == 0 {
                stage.forged()
            } else {
                let mut bytes = record.bytes().to_vec();
                let place = stage.below(bytes.len());
                bytes[place] ^= 1 << stage.below(8);
                Record::from_bytes(bytes)
            };
            let stored = codec::compress(&forged).unwrap();
            write(file, |transaction| {
                transaction.open_table(RECORDS).unwrap().insert(id.0, stored.as_slice()).unwrap();
            });
            Expected { codes: mismatch, record: Some(id) }
        }
        // Delete.
        1 => {
            write(file, |transaction| {
                transaction.open_table(RECORDS).unwrap().remove(id.0).unwrap();
            });
            Expected { codes: &[Wrong::Missing], record: Some(id) }
        }
        // Add a record that is good in itself.
        2 => {
            let forged = stage.forged();
            let stored = codec::compress(&forged).unwrap();
            write(file, |transaction| {
                transaction.open_table(RECORDS).unwrap().insert(forged.id().0, stored.as_slice()).unwrap();
                let mut arrivals = transaction.open_table(ARRIVALS).unwrap();
                let next = arrivals.last().unwrap().unwrap().0.value() + 1;
                arrivals.insert(next, forged.id().0).unwrap();
            });
            Expected { codes: &[Wrong::Added], record: Some(forged.id()) }
        }
        // Swap two records.
        3 => {
            let other = stage.another(&record);
            let (one, two) = (codec::compress(&record).unwrap(), codec::compress(&other).unwrap());
            write(file, |transaction| {
                let mut table = transaction.open_table(RECORDS).unwrap();
                table.insert(id.0, two.as_slice()).unwrap();
                table.insert(other.id().0, one.as_slice()).unwrap();
            });
            Expected { codes: mismatch, record: Some(id) }
        }
        // Change the list of a batch, and put in a record of one's own.
        4 => {
            let forged = stage.forged().id();
            let number = stage.below(BATCHES) as u64;
            let place = stage.below(RECORDS_PER_BATCH);
            write(file, |transaction| {
                let mut table = transaction.open_table(BATCHES_TABLE).unwrap();
                let mut list = table.get(("market", number)).unwrap().unwrap().value().to_vec();
                list[place * 32..][..32].copy_from_slice(&forged.0);
                table.insert(("market", number), list.as_slice()).unwrap();
            });
            Expected { codes: mismatch, record: None }
        }
        // Roll back: the last batches were never made.
        _ => {
            let kept = stage.below(BATCHES) as u64;
            write(file, |transaction| {
                let mut table = transaction.open_table(BATCHES_TABLE).unwrap();
                for number in kept..BATCHES as u64 {
                    table.remove(("market", number)).unwrap();
                }
            });
            Expected { codes: &[Wrong::Missing], record: None }
        }
    }
}

async fn store_is_found_out(stage: &mut Stage, folder: &Path) {
    let file = folder.join("tampered.redb");
    fs::copy(folder.join("records.redb"), &file).unwrap();
    let expected = manipulate_store(stage, &file);
    let store = EmbeddedStore::open(&file).unwrap();
    let mut report = walk(&store, "market", &stage.roots.0, &stage.waiting).await.unwrap();
    report.findings.extend(strays(&store, &["market".to_owned()]).await.unwrap());
    let record = expected.record.map(|id| id.to_string());
    let is_expected = |finding: &crate::walk::Finding| {
        expected.codes.contains(&finding.code) && (record.is_none() || finding.record == record)
    };
    assert!(report.findings.iter().any(is_expected), "{:?} {record:?}: {:?}", expected.codes, report.findings);
    // Whoever asks for just this record is told as well.
    if let Some(id) = expected.record {
        let fetched = Verifier::new(&store, &stage.roots).fetch(&[id]).await.unwrap().remove(0);
        let code = fetched.expect_err("a record that was tampered with is vouched for").code;
        let wanted = if expected.codes == [Wrong::Added] { &[Wrong::NotAnchored] } else { expected.codes };
        assert!(wanted.contains(&code), "{code:?}, not {wanted:?}");
    }
}

/// The bytes of a file of the index before its footer, which holds nothing but version and checksum.
fn content_bytes(file: &[u8]) -> usize {
    let Some((rest, end)) = file.split_last_chunk::<8>() else { return 0 };
    let length = u32::from_le_bytes([end[0], end[1], end[2], end[3]]) as usize;
    rest.len().saturating_sub(length)
}

fn manipulate_index(stage: &mut Stage, folder: &Path, old: &Path) -> Expected<IndexWrong> {
    let record = stage.pick();
    let place = stage.records.iter().position(|one| *one == record).unwrap() as u64;
    let id = record.id();
    let kind = stage.below(6);
    if kind == 5 {
        copy(old, folder);
        return Expected { codes: &[IndexWrong::IndexBehind], record: None };
    }
    if kind == 4 {
        // A flipped bit in a file of a segment.
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension != "json" && extension != "lock"));
        files.sort();
        files.retain(|path| content_bytes(&fs::read(path).unwrap()) > 0);
        let file = &files[stage.below(files.len())];
        let mut bytes = fs::read(file).unwrap();
        let place = stage.below(content_bytes(&bytes));
        bytes[place] ^= 1 << stage.below(8);
        fs::write(file, bytes).unwrap();
        return Expected { codes: &[IndexWrong::IndexDamaged], record: None };
    }
    let fields = Fields::new();
    let index = tantivy::Index::open_in_dir(folder).unwrap();
    let payload = index.load_metas().unwrap().payload.unwrap();
    let mut writer: IndexWriter = index.writer_with_num_threads(1, 15_000_000).unwrap();
    let entry = |record: &Record| Entry::new(&record.document().unwrap(), &stage.directory);
    let at = |place: u64| {
        let term = Term::from_field_u64(fields.place, place);
        Box::new(RangeQuery::new(Bound::Included(term.clone()), Bound::Included(term)))
    };
    let expected = match kind {
        // Alter: a price, a word, or a carrier.
        0 => {
            let mut altered = entry(&record);
            match place % 3 {
                0 => altered.prices.insert(12_345_678),
                1 => altered.carriers.insert("gravity".to_owned()),
                _ => {
                    altered.description.push_str(" forged");
                    true
                }
            };
            writer.delete_query(at(place)).unwrap();
            writer.add_document(fields.document(&id, place, &altered)).unwrap();
            Expected { codes: &[IndexWrong::EntryAltered][..], record: Some(id) }
        }
        1 => {
            writer.delete_query(at(place)).unwrap();
            Expected { codes: &[IndexWrong::EntryMissing], record: Some(id) }
        }
        // Add an entry for a record that nobody has, or a second one.
        2 => {
            let entry = entry(&record);
            let added = if place.is_multiple_of(2) { RecordId([7; 32]) } else { id };
            writer.add_document(fields.document(&added, place, &entry)).unwrap();
            Expected { codes: &[IndexWrong::EntryAdded], record: Some(added) }
        }
        // Two records found under each other's words.
        _ => {
            let (other_place, other) = (0..)
                .zip(&stage.records)
                .find(|(_, other)| entry(other).text() != entry(&record).text())
                .map(|(place, other)| (place, other.clone()))
                .unwrap();
            writer.delete_query(at(place)).unwrap();
            writer.delete_query(at(other_place)).unwrap();
            writer.add_document(fields.document(&id, place, &entry(&other))).unwrap();
            writer.add_document(fields.document(&other.id(), other_place, &entry(&record))).unwrap();
            Expected { codes: &[IndexWrong::EntriesSwapped], record: Some(id) }
        }
    };
    let mut commit = writer.prepare_commit().unwrap();
    commit.set_payload(&payload);
    commit.commit().unwrap();
    writer.wait_merging_threads().unwrap();
    expected
}

async fn index_is_found_out(stage: &mut Stage, folder: &Path, store: &EmbeddedStore) {
    let tampered = folder.join("tampered-index");
    copy(&folder.join("index"), &tampered);
    let expected = manipulate_index(stage, &tampered, &folder.join("old-index"));
    // As a verifier opens it: what is there, not made again.
    let findings = match tantivy::Index::open_in_dir(&tampered)
        .map_err(Into::into)
        .and_then(|index| SearchIndex::of(index, stage.directory.clone()))
    {
        Ok(index) => walk_index(&index, store).await.unwrap().findings,
        // A flipped bit may be where opening an index stumbles over it.
        Err(_) => {
            assert_eq!(expected.codes, [IndexWrong::IndexDamaged]);
            return;
        }
    };
    let record = expected.record.map(|id| id.to_string());
    let is_expected = |finding: &super::IndexFinding| {
        expected.codes.contains(&finding.code) && (record.is_none() || finding.record == record)
    };
    assert!(findings.iter().any(is_expected), "{:?} {record:?}: {findings:?}", expected.codes);
}

#[tokio::test]
async fn a_thousand_manipulations_are_found_and_named() {
    let seed = std::env::var("GRIDBOURSE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut stage = build(folder, seed).await;

    // Nothing is found where nothing was done.
    let store = EmbeddedStore::open(&folder.join("records.redb")).unwrap();
    let report = walk(&store, "market", &stage.roots.0, &stage.waiting).await.unwrap();
    assert_eq!((report.findings.len(), report.records), (0, (BATCHES * RECORDS_PER_BATCH) as u64));
    let index = SearchIndex::open(&folder.join("index"), &stage.directory).unwrap();
    let report = walk_index(&index, &store).await.unwrap();
    assert_eq!((report.findings, report.entries), (Vec::new(), stage.records.len() as u64));
    drop(store);

    // The store is open while the index is manipulated, and closed while its file is copied.
    for _ in 0..MANIPULATIONS / 2 {
        store_is_found_out(&mut stage, folder).await;
    }
    let store = EmbeddedStore::open(&folder.join("records.redb")).unwrap();
    for _ in 0..MANIPULATIONS / 2 {
        index_is_found_out(&mut stage, folder, &store).await;
    }
}
