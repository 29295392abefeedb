//! A hit as it is shown to people and programs.

use records::{
    index::Entry,
    search::{Hit, Results, timestamp},
    verify::Proven,
};
use serde::Serialize;
use std::{collections::BTreeMap, ops::Range};

/// Bold and yellow on a terminal.
const MARK: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[1;31m";
const FAINT: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Values of a field that are shown to people.
const FACET_VALUES: usize = 6;

/// A hit.
#[derive(Serialize)]
pub(super) struct Shown {
    id: String,
    score: f32,
    #[serde(flatten)]
    record: Option<Described>,
    verification: Verification,
}

/// What the record says, if it could be had.
#[derive(Serialize)]
struct Described {
    kind: &'static str,
    time: String,
    title: String,
    description: String,
    /// Bytes of the title that the query's words are at.
    title_highlights: Vec<Range<usize>>,
    /// Bytes of the description that the query's words are at.
    description_highlights: Vec<Range<usize>>,
}

/// Whether the chain vouches for it.
#[derive(Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(super) enum Verification {
    NotAsked,
    Passed { channel: String, batch: u64, index: u64 },
    Failed { code: &'static str, text: String },
}

impl Verification {
    pub(super) fn passed(proven: &Proven) -> Self {
        Self::Passed { channel: proven.channel.clone(), batch: proven.batch, index: proven.proof.index }
    }
}

impl Shown {
    pub(super) fn new(hit: &Hit, entry: Option<Entry>, verification: Verification, results: &Results) -> Self {
        let record = entry.map(|entry| Described {
            kind: entry.kind.name(),
            time: timestamp(entry.time_ns),
            title_highlights: results.highlights(&entry.title),
            description_highlights: results.highlights(&entry.description),
            title: entry.title,
            description: entry.description,
        });
        Self { id: hit.id.to_string(), score: hit.score, record, verification }
    }

    pub(super) fn is_failed(&self) -> bool {
        matches!(self.verification, Verification::Failed { .. })
    }

    /// The hit in a few lines.
    pub(super) fn text(&self, number: usize, colour: bool) -> String {
        let paint = |text: &str, colour_code: &str| {
            if colour { format!("{colour_code}{text}{PLAIN}") } else { text.to_owned() }
        };
        let mut lines = Vec::new();
        match &self.record {
            Some(record) => {
                let title = highlighted(&record.title, &record.title_highlights, colour);
                lines.push(format!("{number:>3}  {title}"));
                lines
                    .push(format!("     {}", highlighted(&record.description, &record.description_highlights, colour)));
                lines.push(paint(&format!("     {}  score {:.2}  {}", record.time, self.score, self.id), FAINT));
            }
            None => {
                lines.push(format!("{number:>3}  (no record)"));
                lines.push(paint(&format!("     {}", self.id), FAINT));
            }
        }
        match &self.verification {
            Verification::NotAsked => {}
            Verification::Passed { channel, batch, index } => {
                lines.push(format!(
                    "     {}",
                    paint(&format!("verified: record {index} of batch {batch} on {channel}"), GREEN)
                ));
            }
            Verification::Failed { code, text } => {
                lines.push(format!("     {}", paint(&format!("{code}: {text}"), RED)));
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

fn highlighted(text: &str, ranges: &[Range<usize>], colour: bool) -> String {
    if !colour {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 12 * ranges.len());
    let mut at = 0;
    for range in ranges {
        shown.push_str(text.get(at..range.start).unwrap_or_default());
        shown.push_str(MARK);
        shown.push_str(text.get(range.clone()).unwrap_or_default());
        shown.push_str(PLAIN);
        at = range.end;
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    shown
}

/// How many hits have which value of a field, the most frequent ones.
pub(super) fn facet(field: &str, values: &BTreeMap<String, u64>) -> Option<String> {
    let mut values: Vec<_> = values.iter().collect();
    values.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let others = values.len().saturating_sub(FACET_VALUES);
    let mut parts: Vec<String> =
        values.into_iter().take(FACET_VALUES).map(|(value, count)| format!("{value} {count}")).collect();
    if others > 0 {
        parts.push(format!("{others} more"));
    }
    if parts.is_empty() { None } else { Some(format!("  {field:<8} {}", parts.join("  "))) }
}
