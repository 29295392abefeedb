//! A record's kind, canonical bytes and identifier.

use crate::document::{Document, Malformed};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// The version of the canonical bytes that this crate writes and reads.
const VERSION: u8 = 1;

/// What a record is about. The numbers are part of the canonical bytes and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A member's signed bundle of orders.
    Declaration = 1,
    /// The disclosed book of a round, with its trades.
    Book = 2,
    /// What was posted to the accounts for a session.
    Settlement = 3,
    /// A meter reading.
    Reading = 4,
    /// A certificate as a change left it.
    Certificate = 5,
    /// A meter's own record, which a reading is the sum of.
    Evidence = 6,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Declaration, Self::Book, Self::Settlement, Self::Reading, Self::Certificate, Self::Evidence];

    /// The name that people and queries use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Declaration => "declaration",
            Self::Book => "book",
            Self::Settlement => "settlement",
            Self::Reading => "reading",
            Self::Certificate => "certificate",
            Self::Evidence => "evidence",
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// There is no such kind of records.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0}: there is no such kind of records; the kinds are declaration, book, settlement, reading, certificate, evidence"
)]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// SHA-256 of a record's canonical bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub [u8; 32]);

impl RecordId {
    /// The identifier of canonical bytes, whatever they say.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl AsRef<[u8]> for RecordId {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RecordId({self})")
    }
}

/// Text that is no identifier.
#[derive(Debug, thiserror::Error)]
#[error("{0}: an identifier of a record is 64 hexadecimal digits")]
pub struct MalformedId(String);

impl FromStr for RecordId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let mut id = [0; 32];
        hex::decode_to_slice(text, &mut id).map_err(|_| MalformedId(text.to_owned()))?;
        Ok(Self(id))
    }
}

/// A document in canonical bytes: one byte of version, one byte of kind, then the document as [`Document`] encodes it.
/// A store or a file may hold bytes that say nothing: they have an identifier as well, which is how that is noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record(Vec<u8>);

impl Record {
    /// The record of a document.
    #[must_use]
    pub fn new(document: &Document) -> Self {
        let mut bytes = vec![VERSION, document.kind() as u8];
        document.encode(&mut bytes);
        Self(bytes)
    }

    /// Takes bytes as they came from somewhere.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The canonical bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub fn id(&self) -> RecordId {
        RecordId::of(&self.0)
    }

    /// The kind that the bytes name, if they do.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        match self.0.as_slice() {
            [VERSION, kind, ..] => Kind::from_number(*kind),
            _ => None,
        }
    }

    /// What the record says.
    ///
    /// # Errors
    /// [`Malformed`]: the bytes are of another version or kind, or not as [`Record::new`] makes them.
    pub fn document(&self) -> Result<Document, Malformed> {
        let kind = self.kind().ok_or(Malformed::Header)?;
        Document::decode(kind, &self.0[2..])
    }
}
