//! What a record says.
//!
//! A declaration's bytes are the value that lies on chain ([`declaration::StoredBundle`]), so the chain vouches for every
//! byte of it twice. Everything else is JSON as these types write it: keys in the order of the fields, no white space,
//! amounts as decimal strings. Bytes that are not exactly as they would be written are refused.

use crate::record::Kind;
use declaration::StoredBundle;
use exchange::messages::{BookOrder, Device, IssuedCertificate, Posting, PostingKind, RoundResult, Trade};
use rules::bundle::Bundle;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Why bytes are no record.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// Another version or kind.
    #[error("RECORD_HEADER: not a record of a version and kind that is known here")]
    Header,
    /// A declaration that is none.
    #[error("RECORD_DECLARATION: not a signed bundle: {0}")]
    Declaration(String),
    /// JSON that is not the document's.
    #[error("RECORD_JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A document written otherwise than this crate writes it.
    #[error("RECORD_NOT_CANONICAL: the document is not in its canonical form")]
    NotCanonical,
}

/// A document of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// A member's signed bundle of orders.
    Declaration(Declaration),
    /// The disclosed result of a round.
    Book(Book),
    /// What was posted to the accounts for a session.
    Settlement(Settlement),
    /// A meter reading.
    Reading(Reading),
    /// A certificate as a change left it.
    Certificate(IssuedCertificate),
    /// A meter's own record of what a reading is the sum of.
    Evidence(Evidence),
}

/// A member's signed bundle of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The value on chain.
    pub stored: StoredBundle,
    /// What the member signed.
    pub bundle: Bundle,
}

/// The disclosed result of a round with its book and trades.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// The delivery that is traded, nanoseconds since the epoch.
    pub delivery_start_ns: u64,
    /// The session's classes, by which orders name theirs.
    pub classes: Vec<String>,
    /// The result.
    pub result: RoundResult,
    /// All open orders as they entered the clearing.
    pub orders: Vec<BookOrder>,
    /// The trades, in the order of the matching.
    pub trades: Vec<Trade>,
}

/// What a transaction posted to the accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// What it is for first: a session; or `@` and a certificate.
    pub subject: String,
    /// For trades, for deviations from them, or for a certificate.
    pub kind: PostingKind,
    /// All of them, by account. They add up to zero.
    pub postings: Vec<AccountPosting>,
}

/// What was posted to an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountPosting {
    /// A member, or one of the market's accounts.
    pub account: String,
    /// The posting.
    pub posting: Posting,
}

/// A version of a meter reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The device.
    pub device: Device,
    /// What was read.
    pub reading: exchange::messages::Reading,
}

/// A meter's own record. It stays with the grid company; its identifier is the evidence hash of the reading on chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The device.
    pub device: String,
    /// Start of the reading's interval, nanoseconds since the epoch.
    pub start_ns: u64,
    /// Length of the meter's own intervals, seconds.
    pub interval_s: u32,
    /// Energy in each of them, Wh.
    pub energies_wh: Vec<u64>,
}

impl Document {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Declaration(_) => Kind::Declaration,
            Self::Book(_) => Kind::Book,
            Self::Settlement(_) => Kind::Settlement,
            Self::Reading(_) => Kind::Reading,
            Self::Certificate(_) => Kind::Certificate,
            Self::Evidence(_) => Kind::Evidence,
        }
    }

    /// A declaration from the value on chain.
    ///
    /// # Errors
    /// [`Malformed::Declaration`].
    pub fn declaration(value: &[u8]) -> Result<Self, Malformed> {
        let stored = StoredBundle::decode(value).ok_or_else(|| Malformed::Declaration("it is too short".to_owned()))?;
        let bundle = Bundle::decode(&stored.bytes).map_err(|error| Malformed::Declaration(error.to_string()))?;
        Ok(Self::Declaration(Declaration { stored, bundle }))
    }

    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Declaration(declaration) => bytes.extend(declaration.stored.encode()),
            Self::Book(book) => write_json(bytes, book),
            Self::Settlement(settlement) => write_json(bytes, settlement),
            Self::Reading(reading) => write_json(bytes, reading),
            Self::Certificate(certificate) => write_json(bytes, certificate),
            Self::Evidence(evidence) => write_json(bytes, evidence),
        }
    }

    pub(crate) fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, Malformed> {
        match kind {
            Kind::Declaration => Self::declaration(bytes),
            Kind::Book => read_json(bytes).map(Self::Book),
            Kind::Settlement => read_json(bytes).map(Self::Settlement),
            Kind::Reading => read_json(bytes).map(Self::Reading),
            Kind::Certificate => read_json(bytes).map(Self::Certificate),
            Kind::Evidence => read_json(bytes).map(Self::Evidence),
        }
    }
}

/// Documents are made of strings, numbers and lists, which always have a JSON form.
fn write_json<T: Serialize>(bytes: &mut Vec<u8>, document: &T) {
    bytes.extend(serde_json::to_vec(document).unwrap_or_default());
}

fn read_json<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    let document = serde_json::from_slice(bytes)?;
    let mut written = Vec::with_capacity(bytes.len());
    write_json(&mut written, &document);
    if written == bytes { Ok(document) } else { Err(Malformed::NotCanonical) }
}
