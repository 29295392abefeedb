//! A query in parts.

use super::values::Number;
use std::ops::Bound;

/// A field whose values are names, compared as a whole and without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The kind of record.
    Kind,
    /// The carrier of energy.
    Carrier,
    /// The fee class.
    Class,
    /// The trading session.
    Session,
    /// The day of delivery.
    Day,
    /// A member that the record is about.
    Member,
    /// A state, of a certificate for example.
    State,
}

impl Name {
    /// The field's name in queries and in the index.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Carrier => "carrier",
            Self::Class => "class",
            Self::Session => "session",
            Self::Day => "day",
            Self::Member => "member",
            Self::State => "state",
        }
    }
}

/// A query in parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// Every record.
    Everything,
    /// Words next to each other that must all be there.
    Words(String),
    /// Words that must follow each other.
    Phrase(String),
    /// Words that begin so.
    Prefix(String),
    /// A word with at most so many typing errors.
    Fuzzy(String, u8),
    /// A field with just this value.
    Named(Name, String),
    /// A field with a value that begins so.
    NamedPrefix(Name, String),
    /// A number between two bounds.
    Range(Number, Bound<i64>, Bound<i64>),
    /// All of these.
    All(Vec<Clause>),
    /// At least one of these.
    Any(Vec<Clause>),
    /// Anything but this.
    Not(Box<Clause>),
}
