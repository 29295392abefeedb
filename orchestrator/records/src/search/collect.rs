//! The best hits after a cursor, in an order that does not depend on how the index lies in segments; and facets.

use crate::index::{FACETS, PLACE};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
};
use tantivy::{
    DocAddress, DocId, Result, Score, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::StrColumn,
    query::Weight,
};

/// Scores are compared in steps of this fraction: sums of the same numbers in another order differ in the last bits.
const STEPS_PER_SCORE: f32 = 1024.0;

/// A hit's place in the order: a higher score first, then the earlier arrival. The greater rank is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) score: u32,
    pub(super) place: Reverse<u64>,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "scores are small and not negative")]
fn steps(score: Score) -> u32 {
    (score * STEPS_PER_SCORE).round() as u32
}

/// Steps as a score.
#[expect(clippy::cast_precision_loss, reason = "steps fit")]
pub(super) fn score(steps: u32) -> Score {
    steps as f32 / STEPS_PER_SCORE
}

/// The highest score that surely does not round up to more steps.
#[expect(clippy::cast_precision_loss, reason = "steps fit")]
fn below_next_step(steps: u32) -> Score {
    (steps as f32 + 0.4) / STEPS_PER_SCORE
}

/// Collects the best hits.
pub(super) struct Best {
    pub(super) limit: usize,
    /// Only hits that come after this one.
    pub(super) after: Option<Rank>,
}

impl Collector for Best {
    type Fruit = Vec<(Rank, DocAddress)>;
    /// Not used: a segment is collected as a whole, which lets whole blocks of postings be passed over.
    type Child = Nothing;

    fn for_segment(&self, _: SegmentOrdinal, _: &SegmentReader) -> Result<Nothing> {
        Ok(Nothing)
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn collect_segment(&self, weight: &dyn Weight, segment: u32, reader: &SegmentReader) -> Result<Self::Fruit> {
        let places = reader.fast_fields().u64(PLACE)?;
        let places = places.first_or_default_col(u64::MAX);
        let alive = reader.alive_bitset();
        let mut best: BinaryHeap<Reverse<(Rank, DocId)>> = BinaryHeap::with_capacity(self.limit + 1);
        let mut threshold = Score::MIN;
        weight.for_each_pruning(threshold, reader, &mut |document, score| {
            if alive.is_some_and(|alive| !alive.is_alive(document)) {
                return threshold;
            }
            let rank = Rank { score: steps(score), place: Reverse(places.get_val(document)) };
            if self.after.is_some_and(|after| rank >= after) {
                return threshold;
            }
            best.push(Reverse((rank, document)));
            if best.len() > self.limit {
                best.pop();
            }
            if best.len() == self.limit
                && let Some(Reverse((worst, _))) = best.peek()
            {
                // What comes later in a segment has arrived later, so an equal score is not enough.
                threshold = below_next_step(worst.score);
            }
            threshold
        })?;
        Ok(best.into_iter().map(|Reverse((rank, document))| (rank, DocAddress::new(segment, document))).collect())
    }

    fn merge_fruits(&self, segments: Vec<Self::Fruit>) -> Result<Self::Fruit> {
        let mut hits: Vec<_> = segments.into_iter().flatten().collect();
        hits.sort_unstable_by_key(|(rank, _)| Reverse(*rank));
        hits.truncate(self.limit);
        Ok(hits)
    }
}

/// Collects nothing.
pub(super) struct Nothing;

impl SegmentCollector for Nothing {
    type Fruit = Vec<(Rank, DocAddress)>;

    fn collect(&mut self, _: DocId, _: Score) {}

    fn harvest(self) -> Self::Fruit {
        Vec::new()
    }
}

/// How many hits there are with each value, by field.
pub(super) type Counts = BTreeMap<&'static str, BTreeMap<String, u64>>;

/// Counts hits, and how many have each value of the fields that are counted.
pub(super) struct Facets;

impl Collector for Facets {
    type Fruit = (u64, Counts);
    type Child = SegmentFacets;

    fn for_segment(&self, _: SegmentOrdinal, reader: &SegmentReader) -> Result<SegmentFacets> {
        let mut columns = Vec::with_capacity(FACETS.len());
        for name in FACETS {
            if let Some(column) = reader.fast_fields().str(name.field())? {
                let counts = vec![0; column.num_terms()];
                columns.push((name.field(), column, counts));
            }
        }
        Ok(SegmentFacets { hits: 0, columns })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Result<Self::Fruit>>) -> Result<Self::Fruit> {
        let (mut hits, mut all) = (0, Counts::new());
        for segment in segments {
            let (count, fields) = segment?;
            hits += count;
            for (field, values) in fields {
                let known = all.entry(field).or_default();
                for (value, count) in values {
                    *known.entry(value).or_default() += count;
                }
            }
        }
        Ok((hits, all))
    }
}

/// Counts by the numbers that values have in a segment.
pub(super) struct SegmentFacets {
    hits: u64,
    columns: Vec<(&'static str, StrColumn, Vec<u64>)>,
}

impl SegmentCollector for SegmentFacets {
    type Fruit = Result<(u64, Counts)>;

    fn collect(&mut self, document: DocId, _: Score) {
        self.hits += 1;
        for (_, column, counts) in &mut self.columns {
            for value in column.ords().values_for_doc(document) {
                if let Some(count) = usize::try_from(value).ok().and_then(|value| counts.get_mut(value)) {
                    *count += 1;
                }
            }
        }
    }

    fn harvest(self) -> Self::Fruit {
        let mut fields = Counts::new();
        for (field, column, counts) in self.columns {
            let mut values = HashMap::new();
            for (number, count) in (0..).zip(counts) {
                if count > 0 {
                    let mut value = String::new();
                    if !column.ord_to_str(number, &mut value).map_err(TantivyError::from)? {
                        return Err(TantivyError::SystemError(format!("{field} lacks a value")));
                    }
                    values.insert(value, count);
                }
            }
            fields.insert(field, values.into_iter().collect());
        }
        Ok((self.hits, fields))
    }
}
