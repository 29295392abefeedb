//! Whether a record fits a query, found out from the record alone.
//!
//! The index only proposes hits. Whoever verifies one asks here, so that an index that was tampered with cannot pass a
//! record off as an answer.

use super::{
    clause::{Clause, Name},
    distance::distance,
    values::Number,
};
use crate::index::{self, Entry, Term, values};
use std::ops::RangeBounds as _;

/// Whether a record with this entry fits the query.
#[must_use]
pub fn fits(clause: &Clause, entry: &Entry) -> bool {
    fits_terms(clause, entry, &index::terms_of_text(&entry.text()))
}

fn fits_terms(clause: &Clause, entry: &Entry, terms: &[Term]) -> bool {
    let has = |wanted: &str| terms.iter().any(|term| term.text == wanted);
    match clause {
        Clause::Everything => true,
        Clause::Words(text) => index::terms_of_query(text).iter().all(|term| has(&term.text)),
        Clause::Phrase(text) => has_phrase(&index::terms_of_query(text), terms),
        Clause::Prefix(text) => {
            let lower = text.to_lowercase();
            let whole = index::terms_of_query(text);
            let is_whole = matches!(whole.as_slice(), [term] if has(&term.text));
            is_whole || terms.iter().any(|term| term.text.starts_with(&lower))
        }
        Clause::Fuzzy(text, errors) => {
            let lower = text.to_lowercase();
            let stem = index::stem(&lower);
            let near = |one: &str, other: &str| distance(one, other) <= usize::from(*errors);
            terms.iter().any(|term| near(&term.text, &lower) || near(&term.text, &stem))
                || index::words_with_meanings()
                    .any(|(word, meaning)| near(&word.to_lowercase(), &lower) && has(&meaning))
        }
        Clause::Named(name, value) => values(*name, entry).contains(&wanted(*name, value)),
        Clause::NamedPrefix(name, value) => {
            let prefix = value.to_lowercase();
            values(*name, entry).iter().any(|value| value.starts_with(&prefix))
        }
        Clause::Range(number, lower, upper) => {
            let range = (*lower, *upper);
            match number {
                Number::Price => entry.prices.iter().any(|price| range.contains(price)),
                Number::Volume => entry.volumes.iter().any(|volume| range.contains(volume)),
                Number::Time => range.contains(&entry.time_ns),
            }
        }
        Clause::All(clauses) => clauses.iter().all(|clause| fits_terms(clause, entry, terms)),
        Clause::Any(clauses) => clauses.iter().any(|clause| fits_terms(clause, entry, terms)),
        Clause::Not(clause) => !fits_terms(clause, entry, terms),
    }
}

/// A value as it is compared: carriers, kinds and states have synonyms.
pub(super) fn wanted(name: Name, value: &str) -> String {
    match name {
        Name::Kind | Name::Carrier | Name::State => index::name(value),
        Name::Class | Name::Session | Name::Day | Name::Member => value.trim().to_lowercase(),
    }
}

/// Whether the terms follow each other as in the phrase.
fn has_phrase(phrase: &[Term], terms: &[Term]) -> bool {
    let Some(first) = phrase.first() else { return true };
    let follows = |start: usize, wanted: &Term| {
        let position = start + wanted.position - first.position;
        terms.iter().any(|term| term.position == position && term.text == wanted.text)
    };
    let starts = terms.iter().filter(|term| term.text == first.text).map(|term| term.position);
    starts.into_iter().any(|start| phrase.iter().all(|wanted| follows(start, wanted)))
}
