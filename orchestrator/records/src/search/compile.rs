//! A query's parts as queries of the index, and as what is marked in a text.

use super::{
    clause::{Clause, Name},
    distance::distance,
    fits::wanted,
    values::Number,
};
use crate::index::{self, Fields};
use std::{collections::BTreeMap, ops::Bound};
use tantivy::{
    Searcher, TantivyError, Term,
    query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, Occur, PhraseQuery, Query,
        RangeQuery, TermQuery,
    },
    schema::{Field, IndexRecordOption},
};

/// A fuzzy search looks for at most so many terms: those with the fewest errors, then the most frequent ones.
const FUZZY_TERMS_MAX: usize = 64;
/// What of a meaning's weight a word counts that was only meant to be it, per typing error.
const FUZZY_WEIGHTS: [f32; 3] = [1.0, 0.5, 0.25];

/// What is marked in the text of a hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// This term.
    Term(String),
    /// Terms that begin so.
    Prefix(String),
}

pub(super) struct Compiler<'search> {
    pub(super) searcher: &'search Searcher,
    pub(super) fields: &'search Fields,
    /// Filled while compiling.
    pub(super) marks: Vec<Mark>,
}

type Compiled = Result<Box<dyn Query>, TantivyError>;

impl Compiler<'_> {
    pub(super) fn compile(&mut self, clause: &Clause) -> Compiled {
        match clause {
            Clause::Everything => Ok(filter(Box::new(AllQuery))),
            Clause::Words(text) => self.words(text),
            Clause::Phrase(text) => self.phrase(text),
            Clause::Prefix(text) => self.prefix(text),
            Clause::Fuzzy(text, distance) => self.fuzzy(text, *distance),
            Clause::Named(field, value) => self.named(*field, value),
            Clause::NamedPrefix(field, value) => self.named_prefix(*field, value),
            Clause::Range(number, lower, upper) => self.range(*number, *lower, *upper),
            Clause::All(clauses) => self.all(clauses),
            Clause::Any(clauses) => {
                let choices = clauses.iter().map(|clause| Ok((Occur::Should, self.compile(clause)?)));
                Ok(Box::new(BooleanQuery::new(choices.collect::<Result<_, TantivyError>>()?)))
            }
            Clause::Not(inner) => self.all(&[Clause::Not(inner.clone())]),
        }
    }

    fn all(&mut self, clauses: &[Clause]) -> Compiled {
        let mut parts = Vec::with_capacity(clauses.len() + 1);
        for clause in clauses {
            if let Clause::Not(inner) = clause {
                let marks = self.marks.len();
                parts.push((Occur::MustNot, self.compile(inner)?));
                self.marks.truncate(marks);
            } else if let Clause::Words(text) = clause {
                // Not as a query within the query: an intersection of terms alone passes over blocks that cannot rank.
                let terms = index::terms_of_query(text);
                parts.extend(terms.into_iter().map(|term| (Occur::Must, self.term(term.text))));
            } else {
                parts.push((Occur::Must, self.compile(clause)?));
            }
        }
        if parts.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            parts.push((Occur::Must, filter(Box::new(AllQuery))));
        }
        Ok(Box::new(BooleanQuery::new(parts)))
    }

    fn term(&mut self, text: String) -> Box<dyn Query> {
        let query = TermQuery::new(Term::from_field_text(self.fields.text, &text), IndexRecordOption::WithFreqs);
        self.marks.push(Mark::Term(text));
        Box::new(query)
    }

    fn words(&mut self, text: &str) -> Compiled {
        let terms = index::terms_of_query(text);
        let mut queries: Vec<_> = terms.into_iter().map(|term| (Occur::Must, self.term(term.text))).collect();
        Ok(match queries.len() {
            // Nothing but punctuation and words without a meaning of their own: they restrict nothing.
            0 => filter(Box::new(AllQuery)),
            1 => queries.remove(0).1,
            _ => Box::new(BooleanQuery::new(queries)),
        })
    }

    fn phrase(&mut self, text: &str) -> Compiled {
        let terms = index::terms_of_query(text);
        if terms.len() < 2 {
            return self.words(text);
        }
        let placed = |term: &index::Term| (term.position, Term::from_field_text(self.fields.text, &term.text));
        let query = PhraseQuery::new_with_offset(terms.iter().map(placed).collect());
        self.marks.extend(terms.into_iter().map(|term| Mark::Term(term.text)));
        Ok(Box::new(query))
    }

    /// Finds words by their beginning, or by their stem: `certificates*` finds what `certificates` finds. It does not rank.
    fn prefix(&mut self, text: &str) -> Compiled {
        let lower = text.to_lowercase();
        let prefix = FuzzyTermQuery::new_prefix(Term::from_field_text(self.fields.text, &lower), 0, true);
        let mut choices: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Should, filter(Box::new(prefix)))];
        self.marks.push(Mark::Prefix(lower));
        let whole = index::terms_of_query(text);
        if let [term] = whole.as_slice() {
            choices.push((Occur::Should, self.term(term.text.clone())));
        }
        Ok(Box::new(BooleanQuery::new(choices)))
    }

    fn fuzzy(&mut self, text: &str, errors: u8) -> Compiled {
        let lower = text.to_lowercase();
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        // Words of the table of synonyms that may be meant stand for their meaning.
        for (word, meaning) in index::words_with_meanings() {
            let distance = distance(&word.to_lowercase(), &lower);
            if distance <= usize::from(errors) {
                note(&mut found, meaning, distance);
            }
        }
        // In the index words are without their endings.
        let stem = index::stem(&lower);
        for wanted in [&lower, &stem] {
            let query = FuzzyTermQuery::new(Term::from_field_text(self.fields.text, wanted), errors, false);
            for segment in self.searcher.segment_readers() {
                let inverted = segment.inverted_index(self.fields.text)?;
                let mut terms = inverted.terms().search(query.automaton()?).into_stream()?;
                while let Some((term, _)) = terms.next() {
                    if let Ok(term) = std::str::from_utf8(term) {
                        note(&mut found, term.to_owned(), distance(term, wanted));
                    }
                }
            }
        }
        let mut ranked = Vec::with_capacity(found.len());
        for (term, distance) in found {
            let frequency = self.searcher.doc_freq(&Term::from_field_text(self.fields.text, &term))?;
            ranked.push((distance, std::cmp::Reverse(frequency), term));
        }
        ranked.sort_unstable();
        ranked.truncate(FUZZY_TERMS_MAX);
        let mut choices: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(ranked.len());
        for (distance, _, term) in ranked {
            let weight = FUZZY_WEIGHTS.get(distance).copied().unwrap_or_default();
            choices.push((Occur::Should, Box::new(BoostQuery::new(self.term(term), weight))));
        }
        if choices.is_empty() { Ok(Box::new(EmptyQuery)) } else { Ok(Box::new(BooleanQuery::new(choices))) }
    }

    fn name_field(&self, name: Name) -> Result<Field, TantivyError> {
        self.fields.name(name).ok_or_else(|| TantivyError::FieldNotFound(name.field().to_owned()))
    }

    fn named(&mut self, name: Name, value: &str) -> Compiled {
        let value = wanted(name, value);
        let term = Term::from_field_text(self.name_field(name)?, &value);
        Ok(filter(Box::new(TermQuery::new(term, IndexRecordOption::Basic))))
    }

    fn named_prefix(&mut self, name: Name, value: &str) -> Compiled {
        let term = Term::from_field_text(self.name_field(name)?, &value.to_lowercase());
        Ok(filter(Box::new(FuzzyTermQuery::new_prefix(term, 0, true))))
    }

    fn range(&self, number: Number, lower: Bound<i64>, upper: Bound<i64>) -> Compiled {
        let field = self.fields.number(number).ok_or_else(|| TantivyError::FieldNotFound(number.field().to_owned()))?;
        // A range must have a bound in tantivy; the smallest number is below every price and volume.
        let lower =
            if (lower, upper) == (Bound::Unbounded, Bound::Unbounded) { Bound::Included(i64::MIN) } else { lower };
        let term = |value| Term::from_field_i64(field, value);
        Ok(filter(Box::new(RangeQuery::new(lower.map(term), upper.map(term)))))
    }
}

/// Keeps the smallest distance.
fn note(found: &mut BTreeMap<String, usize>, term: String, distance: usize) {
    found.entry(term).and_modify(|known| *known = distance.min(*known)).or_insert(distance);
}

/// What restricts hits and does not rank them.
fn filter(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}
