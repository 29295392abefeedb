//! Searching the index.
//!
//! The language of queries is in [`grammar`], what a query is made of in [`clause`], prices, volumes and times in [`values`]. A search gives identifiers and
//! places; what is shown of a record, and whether the chain vouches for it, comes from the store
//! ([`crate::verify`]). That nothing was left out of a result is not proven.

pub mod clause;
mod collect;
mod compile;
mod cursor;
mod distance;
pub mod error;
mod fits;
pub mod grammar;
mod highlight;
pub mod values;

pub use cursor::{Cursor, MalformedCursor};
pub use error::QueryError;
pub use fits::fits;
pub use values::timestamp;

use crate::{
    index::{IndexError, SearchIndex},
    record::{Kind, RecordId},
};
use clause::{Clause, Name};
use collect::{Best, Facets};
use compile::{Compiler, Mark};
use std::{collections::BTreeMap, ops::Range};
use tantivy::{TantivyDocument, TantivyError, schema::Value};

/// The most hits of a page.
pub const HITS_MAX: usize = 1_000;

/// What to search for.
#[derive(Clone, Debug)]
pub struct Request<'query> {
    /// The query.
    pub query: &'query str,
    /// Only records of this kind.
    pub kind: Option<Kind>,
    /// At most so many hits.
    pub limit: usize,
    /// Go on after an earlier page.
    pub after: Option<Cursor>,
    /// Whether to count all hits, and how many have each value of the fields that are counted. That looks at every hit.
    pub facets: bool,
}

impl Request<'_> {
    /// What a record must fit.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn clause(&self) -> Result<Clause, QueryError> {
        let clause = grammar::parse(self.query)?;
        Ok(match self.kind {
            Some(kind) => Clause::All(vec![clause, Clause::Named(Name::Kind, kind.name().to_owned())]),
            None => clause,
        })
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// For the next page; none if this one was not full.
    pub next: Option<Cursor>,
    /// How many hits there are, if facets were asked for.
    pub total: Option<u64>,
    /// How many hits have each value, by field.
    pub facets: BTreeMap<&'static str, BTreeMap<String, u64>>,
    marks: Vec<Mark>,
}

/// A record that fits a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The record.
    pub id: RecordId,
    /// Its place of arrival in the store.
    pub place: u64,
    /// How well it fits: BM25, rounded to 1/1024.
    pub score: f32,
}

impl Results {
    /// Where the query's words are in a text, as ranges of bytes, in order and apart.
    #[must_use]
    pub fn highlights(&self, text: &str) -> Vec<Range<usize>> {
        highlight::highlights(text, &self.marks)
    }
}

/// Why there are no results.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The query is wrong.
    #[error("{0}")]
    Query(#[from] QueryError),
    /// The cursor belongs to another query.
    #[error("CURSOR_OF_ANOTHER_QUERY: the cursor belongs to another query; leave it out to begin with the first page")]
    OtherCursor,
    /// The index cannot be read; it can be deleted and is then made again.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl From<TantivyError> for SearchError {
    fn from(error: TantivyError) -> Self {
        Self::Index(error.into())
    }
}

impl SearchIndex {
    /// Searches.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn search(&self, request: &Request<'_>) -> Result<Results, SearchError> {
        if request.after.is_some_and(|cursor| !cursor.is_for(request)) {
            return Err(SearchError::OtherCursor);
        }
        let clause = request.clause()?;
        let searcher = self.searcher();
        let mut compiler = Compiler { searcher: &searcher, fields: &self.fields, marks: Vec::new() };
        let query = compiler.compile(&clause)?;
        let marks = compiler.marks;
        let limit = request.limit.clamp(1, HITS_MAX);
        let best = searcher.search(&query, &Best { limit, after: request.after.map(|cursor| cursor.rank) })?;
        let mut hits = Vec::with_capacity(best.len());
        for (rank, address) in &best {
            let document: TantivyDocument = searcher.doc(*address)?;
            let id = document.get_first(self.fields.id).and_then(|id| id.as_bytes()).and_then(|id| id.try_into().ok());
            let id = id.ok_or_else(|| TantivyError::SystemError("an entry has no identifier".to_owned()))?;
            hits.push(Hit { id: RecordId(id), place: rank.place.0, score: collect::score(rank.score) });
        }
        let last = best.last().filter(|_| best.len() == limit);
        let next = last.map(|(rank, _)| Cursor::new(*rank, request));
        let (total, facets) = if request.facets {
            let (total, facets) = searcher.search(&query, &Facets)?;
            (Some(total), facets)
        } else {
            (None, BTreeMap::new())
        };
        Ok(Results { hits, next, total, facets, marks })
    }
}
