//! Where in a text the words of a query are.

use super::compile::Mark;
use crate::index;
use std::ops::Range;

/// The bytes of the text that a query's terms are at, in order and apart.
pub(super) fn highlights(text: &str, marks: &[Mark]) -> Vec<Range<usize>> {
    let is_marked = |term: &index::Term| {
        marks.iter().any(|mark| match mark {
            Mark::Term(wanted) => term.text == *wanted,
            Mark::Prefix(prefix) => term.text.starts_with(prefix.as_str()),
        })
    };
    let mut ranges: Vec<Range<usize>> =
        index::terms_of_text(text).into_iter().filter(is_marked).map(|term| term.bytes).collect();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
