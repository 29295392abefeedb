//! What is wrong with a query, where, and what to write instead.

use std::{fmt, ops::Range};

/// A query that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// A code that stays the same, for programs.
    pub code: &'static str,
    /// The query as it was written.
    pub query: String,
    /// The bytes of the query that are meant.
    pub place: Range<usize>,
    /// What is wrong there.
    pub message: String,
    /// What to write instead.
    pub instead: String,
}

impl fmt::Display for QueryError {
    /// The query, a mark under the place, and the text. A Chinese character takes two columns on a terminal.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}: {}", self.code, self.message)?;
        // A query that is too long is not repeated, nor is one that would break the line.
        if self.code != TOO_LONG && !self.query.contains(char::is_control) {
            let before = self.query.get(..self.place.start).unwrap_or_default();
            let marked = self.query.get(self.place.clone()).unwrap_or_default();
            writeln!(formatter, "  {}", self.query)?;
            writeln!(
                formatter,
                "  {:before$}{:^>marked$}",
                "",
                "",
                before = columns(before),
                marked = columns(marked).max(1)
            )?;
        }
        write!(formatter, "{}", self.instead)
    }
}

impl std::error::Error for QueryError {}

/// The columns that a text takes on a terminal: two for what is written wide.
pub fn columns(text: &str) -> usize {
    text.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum()
}

fn is_wide(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}')
}

/// The query is longer than [`QUERY_BYTES_MAX`](super::grammar::QUERY_BYTES_MAX).
pub const TOO_LONG: &str = "QUERY_TOO_LONG";
/// It has more parts than [`CLAUSES_MAX`](super::grammar::CLAUSES_MAX).
pub const TOO_MANY_CLAUSES: &str = "QUERY_TOO_MANY_CLAUSES";
/// Its parentheses go deeper than [`DEPTH_MAX`](super::grammar::DEPTH_MAX).
pub const TOO_DEEP: &str = "QUERY_TOO_DEEP";
/// There is nothing to look for.
pub const EMPTY: &str = "QUERY_EMPTY";
/// Something is missing or does not belong there.
pub const SYNTAX: &str = "QUERY_SYNTAX";
/// There is no such field.
pub const UNKNOWN_FIELD: &str = "QUERY_UNKNOWN_FIELD";
/// A price, volume or time that cannot be read.
pub const VALUE: &str = "QUERY_VALUE";
/// A word that is too short or too far off for a fuzzy or prefix search.
pub const FUZZY: &str = "QUERY_FUZZY";
