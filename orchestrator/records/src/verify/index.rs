//! Compares everything in an index with the records that it is made from.
//!
//! The postings of all terms are read and summed up by document, each as a hash over field, term and places, and so are
//! the columns. The sum must be the one that the record's own text gives. So whatever is added to a posting, left out of
//! it or moved to another document is found. (The lengths of texts, which only weigh hits, are not compared: the order of
//! hits is not proven.)

use super::VerifyError;
use crate::{
    index::{Entry, Fields, IndexError, NAMES, PLACE, SearchIndex, tokens, values},
    record::RecordId,
    search::values::Number,
    store::{Found, Store},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};
use tantivy::{
    DocSet as _, SegmentReader, TERMINATED, TantivyDocument, TantivyError,
    postings::Postings as _,
    schema::{IndexRecordOption, Value as _},
};

/// Records that are read at once.
const RECORDS: usize = 1_000;

/// What is wrong with an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IndexWrong {
    /// A file is not what was written.
    IndexDamaged,
    /// It ends before the store does: rolled back, or not caught up yet.
    IndexBehind,
    /// It goes on where the store ends: the store was rolled back.
    IndexAhead,
    /// A record has no entry.
    EntryMissing,
    /// An entry belongs to no record, or a record has two.
    EntryAdded,
    /// A record is found under words or numbers that are not its own.
    EntryAltered,
    /// Two records are found under each other's words.
    EntriesSwapped,
}

impl IndexWrong {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::IndexDamaged => "INDEX_DAMAGED",
            Self::IndexBehind => "INDEX_BEHIND",
            Self::IndexAhead => "INDEX_AHEAD",
            Self::EntryMissing => "ENTRY_MISSING",
            Self::EntryAdded => "ENTRY_ADDED",
            Self::EntryAltered => "ENTRY_ALTERED",
            Self::EntriesSwapped => "ENTRIES_SWAPPED",
        }
    }
}

/// Something that is not as the records say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexFinding {
    /// What is wrong.
    pub code: IndexWrong,
    /// The record, unless it is about the index as a whole.
    pub record: Option<String>,
    /// In words.
    pub text: String,
}

impl fmt::Display for IndexFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record.as_deref().map(|record| format!("record {record}: ")).unwrap_or_default();
        write!(formatter, "{}: {record}{}", self.code.code(), self.text)
    }
}

/// What the comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IndexReport {
    /// Entries that are what their records say.
    pub entries: u64,
    /// What is wrong.
    pub findings: Vec<IndexFinding>,
}

impl IndexReport {
    fn find(&mut self, code: IndexWrong, record: Option<&RecordId>, text: &str) {
        self.findings.push(IndexFinding { code, record: record.map(RecordId::to_string), text: text.to_owned() });
    }
}

/// A sum of hashes. Which of them came first does not matter.
type Fingerprint = u128;

/// An entry of the index.
struct Indexed {
    id: RecordId,
    fingerprint: Fingerprint,
}

/// What an entry should be.
struct Expected {
    place: u64,
    fingerprint: Fingerprint,
}

/// Compares all entries of an index with the records of the store. Records that the store has lost or altered are
/// what [`crate::walk`] finds; here they have no entry to be compared with.
///
/// # Errors
/// [`VerifyError`]: the store does not answer.
pub async fn walk_index(index: &SearchIndex, store: &dyn Store) -> Result<IndexReport, VerifyError> {
    let mut report = IndexReport::default();
    // Damaged files are not read at all: what is in them may be anything.
    if !matches!(index.is_intact(), Ok(true)) {
        report.find(IndexWrong::IndexDamaged, None, "a file is not what was written; delete the index");
        return Ok(report);
    }
    let (next, indexed) = match (index.next_place(), read(index)) {
        (Ok(next), Ok(indexed)) => (next, indexed),
        (Err(error), _) | (_, Err(error)) => {
            report.find(IndexWrong::IndexDamaged, None, &error.to_string());
            return Ok(report);
        }
    };
    let (expected, end) = expect(index, store, next).await?;
    if next < end {
        report.find(IndexWrong::IndexBehind, None, &format!("it ends at place {next}, the store at {end}"));
    }
    if next > end {
        report.find(IndexWrong::IndexAhead, None, &format!("it ends at place {next}, the store at {end}"));
    }
    compare(&mut report, &indexed, &expected);
    Ok(report)
}

fn compare(report: &mut IndexReport, indexed: &BTreeMap<u64, Vec<Indexed>>, expected: &HashMap<RecordId, Expected>) {
    let mut seen: HashMap<RecordId, Fingerprint> = HashMap::new();
    for (place, entries) in indexed {
        for Indexed { id, fingerprint } in entries {
            match expected.get(id) {
                None => report.find(IndexWrong::EntryAdded, Some(id), "the store has no such record"),
                Some(_) if seen.contains_key(id) => {
                    report.find(IndexWrong::EntryAdded, Some(id), "it has more than one entry");
                }
                Some(record) => {
                    seen.insert(*id, *fingerprint);
                    if record.place == *place && record.fingerprint == *fingerprint {
                        report.entries += 1;
                    }
                }
            }
        }
    }
    let by_fingerprint: HashMap<Fingerprint, &RecordId> =
        expected.iter().map(|(id, record)| (record.fingerprint, id)).collect();
    let mut ids: Vec<&RecordId> = expected.keys().collect();
    ids.sort_unstable();
    for id in ids {
        let Some(record) = expected.get(id) else { continue };
        match seen.get(id) {
            None => report.find(IndexWrong::EntryMissing, Some(id), "it has no entry"),
            Some(found) if *found == record.fingerprint => {
                let is_placed =
                    indexed.get(&record.place).is_some_and(|entries| entries.iter().any(|entry| entry.id == *id));
                if !is_placed {
                    report.find(IndexWrong::EntryAltered, Some(id), "its place of arrival is another");
                }
            }
            Some(found) => match by_fingerprint.get(found) {
                Some(other) => {
                    let text = format!("it is found under the words of {other}");
                    report.find(IndexWrong::EntriesSwapped, Some(id), &text);
                }
                None => {
                    report.find(IndexWrong::EntryAltered, Some(id), "it is found under words or numbers not its own");
                }
            },
        }
    }
}

/// What should be in the index up to a place, and the place at which the store ends.
async fn expect(
    index: &SearchIndex,
    store: &dyn Store,
    next: u64,
) -> Result<(HashMap<RecordId, Expected>, u64), VerifyError> {
    let mut expected = HashMap::new();
    let mut end = 0;
    loop {
        let arrivals = store.since(end, RECORDS).await?;
        let Some((last, _)) = arrivals.last() else { return Ok((expected, end)) };
        end = last + 1;
        let ids: Vec<RecordId> = arrivals.iter().map(|(_, id)| *id).collect();
        for ((place, id), found) in arrivals.iter().zip(store.get(&ids).await?) {
            if *place >= next {
                continue;
            }
            if let Found::Record(record) = found
                && record.id() == *id
                && let Ok(document) = record.document()
            {
                let fingerprint = of_entry(&index.fields, &Entry::new(&document, &index.directory));
                expected.insert(*id, Expected { place: *place, fingerprint });
            }
        }
    }
}

/// All entries of the index by their place.
fn read(index: &SearchIndex) -> Result<BTreeMap<u64, Vec<Indexed>>, IndexError> {
    let searcher = index.searcher();
    let mut indexed: BTreeMap<u64, Vec<Indexed>> = BTreeMap::new();
    for segment in searcher.segment_readers() {
        let mut fingerprints = vec![0; segment.max_doc() as usize];
        add_postings(&index.fields, segment, &mut fingerprints)?;
        add_columns(segment, &mut fingerprints)?;
        let places = segment.fast_fields().u64(PLACE)?;
        let store = segment.get_store_reader(1).map_err(TantivyError::from)?;
        for document in segment.doc_ids_alive() {
            let stored: TantivyDocument = store.get(document)?;
            let id = stored.get_first(index.fields.id).and_then(|id| id.as_bytes()).and_then(|id| id.try_into().ok());
            let id = RecordId(id.ok_or_else(|| TantivyError::SystemError("an entry has no identifier".to_owned()))?);
            let fingerprint = fingerprints.get(document as usize).copied().unwrap_or_default();
            let place = places.first(document).unwrap_or(u64::MAX);
            indexed.entry(place).or_default().push(Indexed { id, fingerprint });
        }
    }
    Ok(indexed)
}

/// Adds the postings of every term to the documents that they are of.
fn add_postings(fields: &Fields, segment: &SegmentReader, fingerprints: &mut [Fingerprint]) -> Result<(), IndexError> {
    let names = NAMES.iter().filter_map(|name| Some((name.field(), fields.name(*name)?, IndexRecordOption::Basic)));
    let text = ("text", fields.text, IndexRecordOption::WithFreqsAndPositions);
    for (name, field, option) in names.chain([text]) {
        let inverted = segment.inverted_index(field)?;
        let mut terms = inverted.terms().stream().map_err(TantivyError::from)?;
        while let Some((term, info)) = terms.next() {
            let mut postings = inverted.read_postings_from_terminfo(info, option).map_err(TantivyError::from)?;
            let mut positions = Vec::new();
            while postings.doc() != TERMINATED {
                if option.has_positions() {
                    postings.positions(&mut positions);
                }
                if let Some(fingerprint) = fingerprints.get_mut(postings.doc() as usize) {
                    *fingerprint = fingerprint.wrapping_add(posting(name, term, &positions));
                }
                postings.advance();
            }
        }
    }
    Ok(())
}

/// Adds what is in the columns of numbers and facets.
fn add_columns(segment: &SegmentReader, fingerprints: &mut [Fingerprint]) -> Result<(), IndexError> {
    for number in Number::ALL {
        let column = segment.fast_fields().i64(number.field())?;
        for (document, fingerprint) in (0..).zip(fingerprints.iter_mut()) {
            for value in column.values_for_doc(document) {
                *fingerprint = fingerprint.wrapping_add(posting(number.field(), &value.to_be_bytes(), &[]));
            }
        }
    }
    for name in crate::index::FACETS {
        let Some(column) = segment.fast_fields().str(name.field())? else { continue };
        let mut value = String::new();
        for (document, fingerprint) in (0..).zip(fingerprints.iter_mut()) {
            for ordinal in column.ords().values_for_doc(document) {
                column.ord_to_str(ordinal, &mut value).map_err(TantivyError::from)?;
                *fingerprint =
                    fingerprint.wrapping_add(posting("facet", format!("{} {value}", name.field()).as_bytes(), &[]));
            }
        }
    }
    Ok(())
}

/// What a record's entry should add up to.
fn of_entry(fields: &Fields, entry: &Entry) -> Fingerprint {
    let mut sum: Fingerprint = 0;
    let mut add = |field: &str, term: &[u8], positions: &[u32]| sum = sum.wrapping_add(posting(field, term, positions));
    let mut positions: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for token in tokens(&entry.text()).tokens {
        positions.entry(token.text).or_default().push(u32::try_from(token.position).unwrap_or(u32::MAX));
    }
    for (term, positions) in &mut positions {
        positions.sort_unstable();
        add("text", term.as_bytes(), positions);
    }
    for name in NAMES.into_iter().filter(|name| fields.name(*name).is_some()) {
        let mut values = values(name, entry);
        if crate::index::FACETS.contains(&name) {
            values.iter().for_each(|value| add("facet", format!("{} {value}", name.field()).as_bytes(), &[]));
        }
        // The same name twice is one posting.
        values.sort_unstable();
        values.dedup();
        values.iter().for_each(|value| add(name.field(), value.as_bytes(), &[]));
    }
    entry.prices.iter().for_each(|price| add(Number::Price.field(), &price.to_be_bytes(), &[]));
    entry.volumes.iter().for_each(|volume| add(Number::Volume.field(), &volume.to_be_bytes(), &[]));
    add(Number::Time.field(), &entry.time_ns.to_be_bytes(), &[]);
    sum
}

/// The hash of a term's posting in a document.
fn posting(field: &str, term: &[u8], positions: &[u32]) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update([u8::try_from(field.len()).unwrap_or(u8::MAX)]);
    hash.update(field);
    hash.update((term.len() as u64).to_be_bytes());
    hash.update(term);
    positions.iter().for_each(|position| hash.update(position.to_be_bytes()));
    let hash: [u8; 32] = hash.finalize().into();
    let (half, _) = hash.split_at(16);
    half.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}
