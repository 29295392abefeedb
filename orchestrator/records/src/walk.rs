//! Compares everything in a store with what lies on the chain.

use crate::{
    merkle::Tree,
    record::RecordId,
    store::{Found, Store, StoreError},
};
use serde::Serialize;
use std::{
    collections::{BTreeSet, HashSet},
    fmt,
};

/// Records that are read at once.
const RECORDS: usize = 1_000;

/// A batch as it is anchored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// The root over its records.
    pub root: [u8; 32],
    /// How many it has.
    pub records: u64,
}

/// What is wrong with a record or a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Wrong {
    /// The chain vouches for it and the store does not have it.
    Missing,
    /// Something else is there.
    HashMismatch,
    /// The store says that it is anchored, and the chain does not.
    NotAnchored,
    /// The store has it, and neither a batch nor the chain knows of it.
    Added,
}

impl Wrong {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::HashMismatch => "HASH_MISMATCH",
            Self::NotAnchored => "NOT_ANCHORED",
            Self::Added => "ADDED",
        }
    }
}

/// Something that is not as the chain says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub code: Wrong,
    /// The record, unless it is about a batch as a whole.
    pub record: Option<String>,
    /// The number of the batch, if one has it.
    pub batch: Option<u64>,
    /// What was found, in words.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.record.as_deref().map_or_else(|| "batch".to_owned(), |record| format!("record {record}"));
        let batch = self.batch.map(|batch| format!(" (batch {batch})")).unwrap_or_default();
        write!(formatter, "{}: {what}{batch}: {}", self.code.code(), self.text)
    }
}

/// What a walk through a channel's records came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The channel.
    pub channel: String,
    /// Batches whose root is the one on the chain.
    pub batches: u64,
    /// Records in them that are what the chain vouches for.
    pub records: u64,
    /// Records that wait for their batch, and rightly so.
    pub waiting: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Report {
    fn find(&mut self, code: Wrong, record: Option<&RecordId>, batch: Option<u64>, text: &str) {
        let record = record.map(RecordId::to_string);
        self.findings.push(Finding { code, record, batch, text: text.to_owned() });
    }
}

/// Walks through all batches of a channel and all records that wait there. `anchored` are the batches on the chain by
/// number; `waiting` are the records since the last batch, as they follow from the chain.
///
/// Every root is computed again from the list in the store and every identifier from the record's bytes, so that nothing
/// in the store is believed.
///
/// # Errors
/// [`StoreError`]: the store does not answer.
pub async fn walk(
    store: &dyn Store,
    channel: &str,
    anchored: &[Anchored],
    waiting: &BTreeSet<RecordId>,
) -> Result<Report, StoreError> {
    let mut report = Report { channel: channel.to_owned(), ..Report::default() };
    let batches = store.batches(channel).await?.max(anchored.len() as u64);
    let mut known = HashSet::new();
    for number in 0..batches {
        let anchor = usize::try_from(number).ok().and_then(|place| anchored.get(place));
        let Some(batch) = store.batch(channel, number).await? else {
            if let Some(anchor) = anchor {
                let text = format!("the chain has it with {} records, the store does not", anchor.records);
                report.find(Wrong::Missing, None, Some(number), &text);
            }
            continue;
        };
        let root = Tree::new(&batch.records).root();
        let vouched = match anchor {
            None => {
                report.find(Wrong::NotAnchored, None, Some(number), "it is in the store and not on the chain");
                false
            }
            Some(anchor) if (anchor.root, anchor.records) != (root, batch.records.len() as u64) => {
                report.find(Wrong::HashMismatch, None, Some(number), "its list has another root than the chain");
                false
            }
            Some(_) => true,
        };
        report.batches += u64::from(vouched);
        let sound = check(store, &mut report, &batch.records, Some(number)).await?;
        report.records += if vouched { sound } else { 0 };
        known.extend(batch.records);
    }
    for id in &store.pending(channel).await? {
        if !waiting.contains(id) && !known.contains(id) {
            report.find(Wrong::Added, Some(id), None, "it waits for a batch, and does not follow from the chain");
        }
    }
    let rightly: Vec<RecordId> = waiting.iter().copied().filter(|id| !known.contains(id)).collect();
    report.waiting = check(store, &mut report, &rightly, None).await?;
    Ok(report)
}

/// How many of these records are there as they should be; the others are found.
async fn check(
    store: &dyn Store,
    report: &mut Report,
    ids: &[RecordId],
    batch: Option<u64>,
) -> Result<u64, StoreError> {
    let mut sound = 0;
    for ids in ids.chunks(RECORDS) {
        for (id, found) in ids.iter().zip(store.get(ids).await?) {
            match found {
                Found::Missing => report.find(Wrong::Missing, Some(id), batch, "the store does not have it"),
                Found::Damaged(why) => report.find(Wrong::HashMismatch, Some(id), batch, &why),
                Found::Record(record) if record.id() != *id => {
                    let text = format!("the store has {} under its name", record.id());
                    report.find(Wrong::HashMismatch, Some(id), batch, &text);
                }
                Found::Record(_) => sound += 1,
            }
        }
    }
    Ok(sound)
}

/// Records in the store that are in no batch of these channels and do not wait for one there.
///
/// # Errors
/// [`StoreError`].
pub async fn strays(store: &dyn Store, channels: &[String]) -> Result<Vec<Finding>, StoreError> {
    let mut known = HashSet::new();
    for channel in channels {
        for number in 0..store.batches(channel).await? {
            known.extend(store.batch(channel, number).await?.map(|batch| batch.records).unwrap_or_default());
        }
        known.extend(store.pending(channel).await?);
    }
    let mut findings = Vec::new();
    let mut place = 0;
    loop {
        let page = store.since(place, RECORDS).await?;
        let Some((last, _)) = page.last() else { return Ok(findings) };
        place = last + 1;
        for (_, id) in page.iter().filter(|(_, id)| !known.contains(id)) {
            let text = "it is in the store, in no batch, and waits for none".to_owned();
            findings.push(Finding { code: Wrong::Added, record: Some(id.to_string()), batch: None, text });
        }
    }
}
